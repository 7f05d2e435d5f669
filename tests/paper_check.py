"""`make paper-check`: the whole way of the paper on small made-up files of the exact formats.

Writes databases, a body, regressors and SPIN's weights; trains a shipped recipe at a tiny width; stops
and resumes it and compares with a run in one go; evaluates offline and streaming; prints the table.
It shows that everything fits together, not that anybody's numbers are reproduced.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from paper_material import Size, write_material

from str_live.evaluate.__main__ import main as evaluate
from str_live.train.__main__ import main as train

CONFIG = "str_with_3dpw_3dpw"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the check takes."""

    size: Size = field(default_factory=Size)
    epochs: int = 4
    iterations: int = 40
    batch: tuple[int, int] = (4, 4)
    networks: tuple[str, ...] = ("str", "tcmr", "vibe")
    lookaheads: bool = True


def run(folder: Path, plan: Plan) -> dict[str, dict[str, float]]:
    """Everything in turn; the measured rows. Raises AssertionError where something does not hold."""
    base, databases = write_material(folder, plan.size)
    checkpoints = []
    for network in plan.networks:
        out = folder / network
        options = _options(plan, network, databases, base)
        if network == "str":
            train([*options, "--set", f"epochs={plan.epochs // 2}", "--out", str(out)])
        train([*options, "--set", f"epochs={plan.epochs}", "--out", str(out)])
        checkpoints.append(str(out / "best.safetensors"))
    whole = folder / "str_without_interruption"
    train([*_options(plan, "str", databases, base), "--set", f"epochs={plan.epochs}", "--out", str(whole)])
    history = (whole / "history.jsonl").read_text()
    assert (folder / "str" / "history.jsonl").read_text() == history, "resuming changed the numbers"
    losses = [json.loads(line)["loss"] for line in history.splitlines()]
    assert losses[-1] < losses[0], f"the loss did not fall: {losses}"
    streaming = ["--streaming"] if plan.lookaheads else []
    evaluate(["--checkpoint", *checkpoints, str(base / "spin_model_checkpoint.pth.tar"),
              "--data", str(databases / "3dpw_test_db.pt"), "--base", str(base), "--device", "cpu",
              "--out", str(folder / "table"), *streaming])  # fmt: skip
    return json.loads((folder / "table.json").read_text())["overall"]


def _options(plan: Plan, network: str, databases: Path, base: Path) -> list[str]:
    changes = {
        "network.temporal": network,
        "network.width": plan.size.width,
        "network.regressor_hidden": plan.size.hidden,
        "network.switches.attention_width": 16,
        "iterations": plan.iterations,
        "batch_2d": plan.batch[0],
        "batch_3d": plan.batch[1],
        "learning_rate": 1e-3,
    }
    options = [CONFIG, "--databases", str(databases), "--base", str(base), "--device", "cpu"]
    for name, value in changes.items():
        options += ["--set", f"{name}={value}"]
    return options


def main() -> None:
    """Run it in a folder that is emptied first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/paper-check"), help="is emptied first")
    folder = parser.parse_args().folder
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    started = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    run(folder, Plan())
    print(f"paper-check passed in {time.perf_counter() - started:.0f} s; resuming gave the same numbers")


if __name__ == "__main__":
    sys.exit(main())
