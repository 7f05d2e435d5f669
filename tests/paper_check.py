"""`make paper-check`: the whole way of the paper on small made-up files of the exact formats.

Writes databases of every dataset, a body, regressors and SPIN's weights; trains shipped recipes at a tiny
width; ends a run within an epoch, resumes it and compares with a run in one go; evaluates on all three test
sets, offline and streaming; prints the tables and draws the figure. Then the same from pixels: extracts
features of the built-in clip, as new footage and as an older database's rows, trains on the first and
measures on the second. It shows that everything fits together, not that anybody's numbers are reproduced.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from str_live.datasets.from_videos.__main__ import main as extract
from str_live.evaluate.__main__ import main as evaluate
from str_live.interruption import Interrupted
from str_live.train.__main__ import main as train
from str_live.train.paper.learner import Learner
from tests.paper_material import CLIP, Size, write_clip_base, write_clip_labels, write_material

Rows = dict[str, dict[str, float]]
"""What was measured: method and mode -> scores."""
SPIN_FILE = "spin_model_checkpoint.pth.tar"
VIBE_TRAIN = [
    {"dataset": "insta", "file": "insta_train_db.h5"},
    {"dataset": "posetrack", "file": "posetrack_train_db.pt"},
    {"dataset": "penn", "file": "penn_train_db.pt"},
    {"dataset": "mpii3d", "file": "mpii3d_train_scale12_occ_db.pt"},
    {"dataset": "3dpw", "file": "3dpw_train_occ_db.pt"},
]
"""VIBE's own mixture: every 2D dataset there is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the check takes."""

    size: Size = field(default_factory=Size)
    epochs: int = 4
    iterations: int = 40
    batch: tuple[int, int] = (4, 4)
    networks: tuple[str, ...] = ("str", "tcmr", "vibe")
    lookaheads: bool = True
    clip_frames: int = 24
    """Of the built-in clip; 0 leaves pixels out."""


def run(folder: Path, plan: Plan) -> Rows:
    """Everything in turn; what was measured on 3DPW. Raises AssertionError where something does not hold."""
    base, databases = write_material(folder, plan.size)
    checkpoints = [train_network(network, folder, base, databases, plan) for network in plan.networks]
    check_resuming(folder, base, databases, plan)
    spin = str(base / SPIN_FILE)
    rows = measure(
        [*checkpoints, spin], databases / "3dpw_test_db.pt", base, folder / "table", plan.lookaheads
    )
    for name in ("mpii3d_val_scale12", "h36m_test_25fps_nosmpl"):
        measure(checkpoints, databases / f"{name}_db.pt", base, folder / name, streaming=False)
    if importlib.util.find_spec("matplotlib"):
        assert (folder / "table.svg").stat().st_size > 1000, "the figure was not drawn"
    if plan.clip_frames:
        check_pixels(folder, base, databases, plan)
    return rows


def train_network(network: str, folder: Path, base: Path, databases: Path, plan: Plan) -> str:
    """Train one network, STR's run being ended in the middle of an epoch; the path of its best checkpoint."""
    options = [
        "paper",
        recipe(network, folder),
        *_options(plan, network, databases, base),
        "--out",
        str(folder / network),
    ]
    if network == "str":
        step = plan.iterations + (plan.iterations - 1) // 2  # of the second epoch, not its last
        with told_to_end(step), pytest.raises(Interrupted, match="steps of epoch 2"):
            train(options)
    train(options)
    return str(folder / network / "best.safetensors")


def check_resuming(folder: Path, base: Path, databases: Path, plan: Plan) -> None:
    """STR once more without interruption: the same numbers, and a loss that falls."""
    whole = folder / "str_without_interruption"
    train(["paper", recipe("str", folder), *_options(plan, "str", databases, base), "--out", str(whole)])
    history = (whole / "history.jsonl").read_text()
    assert (folder / "str" / "history.jsonl").read_text() == history, "resuming changed the numbers"
    losses = [json.loads(line)["loss"] for line in history.splitlines()]
    assert losses[-1] < losses[0], f"the loss did not fall: {losses}"


def check_pixels(folder: Path, base: Path, databases: Path, plan: Plan) -> None:
    """From the built-in clip's pixels to a table."""
    whole_base = write_clip_base(base, folder / "clip_base_data", plan.size.hidden)
    spin, frames = whole_base / SPIN_FILE, plan.clip_frames
    common = ["--backbone", str(spin), "--device", "cpu"]
    extract([str(CLIP / "clip.mp4"), "--out", str(databases / "clip_db.pt"), "--limit", str(frames), *common])
    labels = write_clip_labels(folder / "3dpw_clip_db.pt", frames)
    seen = databases / "3dpw_clip_db.pt"
    extract(["--labels", str(labels), "--images", str(CLIP), "--out", str(seen), *common])
    config = {
        "about": "the built-in clip",
        "train": [{"dataset": "video", "file": "clip_db.pt"}],
        "validation": {"dataset": "3dpw", "file": seen.name},
        "network": {"temporal": "vibe", "regressor_hidden": plan.size.hidden},
        "batch_2d": 2, "batch_3d": 0, "step": 1, "epochs": 1, "iterations": 3,
    }  # fmt: skip
    (folder / "clip.json").write_text(json.dumps(config))
    train(["paper", str(folder / "clip.json"), "--databases", str(databases), "--base", str(whole_base),
           "--device", "cpu", "--out", str(folder / "clip")])  # fmt: skip
    rows = measure(
        [str(folder / "clip" / "best.safetensors"), str(spin)],
        seen,
        base,
        folder / "clip_table",
        streaming=False,
    )
    assert [row["frames"] for row in rows.values()] == [frames, frames]


def measure(checkpoints: list[str], data: Path, base: Path, out: Path, streaming: bool) -> Rows:
    """The table of a test set, its rows."""
    evaluate(["--checkpoint", *checkpoints, "--data", str(data), "--base", str(base), "--device", "cpu",
              "--out", str(out), *(["--streaming"] if streaming else [])])  # fmt: skip
    return json.loads(out.with_name(out.name + ".json").read_text())["overall"]


def recipe(network: str, folder: Path) -> str:
    """The configuration that a network is trained by: all datasets occur in one of them."""
    if network != "vibe":
        return "str_with_3dpw_3dpw"
    validation = {"dataset": "3dpw", "file": "3dpw_val_db.pt"}
    config = {"about": "VIBE", "train": VIBE_TRAIN, "validation": validation, "step": 8, "epochs": 1}
    (folder / "vibe.json").write_text(json.dumps(config))
    return str(folder / "vibe.json")


@contextmanager
def told_to_end(step: int) -> Iterator[None]:
    """Within it a training gets SIGTERM, as from a cluster, while it takes its `step`-th step."""
    take = Learner.step

    def told(self: Learner, batch, number: int):
        if number == step:
            os.kill(os.getpid(), signal.SIGTERM)
        return take(self, batch, number)

    Learner.step = told
    try:
        yield
    finally:
        Learner.step = take


def _options(plan: Plan, network: str, databases: Path, base: Path) -> list[str]:
    changes = {
        "network.temporal": network,
        "network.width": plan.size.width,
        "network.regressor_hidden": plan.size.hidden,
        "network.switches.attention_width": 16,
        "epochs": plan.epochs,
        "iterations": plan.iterations,
        "batch_2d": plan.batch[0],
        "batch_3d": plan.batch[1],
        "learning_rate": 1e-3,
    }
    options = ["--databases", str(databases), "--base", str(base), "--device", "cpu"]
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
