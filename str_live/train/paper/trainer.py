"""The paper's training, as a recipe of train/loop.py: epochs, validation, learning rate, checkpoints.

In: a PaperConfig and the loaded data. Out, in a folder: `best.safetensors` (lowest validation PA-MPJPE),
`last.safetensors` and `history.jsonl` (a line an epoch). Batches and dropout follow from the seed and the
number of the step alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from str_live.dataclass_json import as_json
from str_live.datasets.measured_body import MeasuredBody
from str_live.datasets.published.databases import Database
from str_live.datasets.published.sequences import Sequence
from str_live.evaluate.prediction import validate
from str_live.evaluate.protocols import PROTOCOLS, Score
from str_live.train.loop import Stage
from str_live.train.paper.batches import Share, load_batches
from str_live.train.paper.config import PaperConfig
from str_live.train.paper.learner import Learner
from str_live.weights.own import save_network


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All that was read before the first epoch."""

    shares: list[Share]
    validation: Database
    body: MeasuredBody
    notes: dict[str, str]
    """Goes into each checkpoint's header: which files it was trained on."""


class PaperTrainer:
    """A recipe of train/loop.py; each epoch is a stage."""

    def __init__(self, config: PaperConfig, data: TrainingData, learner: Learner, out: Path) -> None:
        """`out`: the folder to write into."""
        self.config, self.data, self.learner, self.out = config, data, learner, out
        self.processes = learner.processes
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            learner.optimiser, "min", factor=config.rate_factor, patience=config.rate_patience
        )
        self.best = float("inf")
        """Lowest PA-MPJPE in validation, mm."""
        self.history: list[dict[str, Any]] = []
        """Of each epoch: its number, losses and scores."""

    @property
    def stages(self) -> list[Stage]:
        """The epochs."""
        config = self.config
        return [
            Stage("epoch", f"epoch {number}/{config.epochs}", config.iterations)
            for number in range(1, config.epochs + 1)
        ]

    @property
    def is_first(self) -> bool:
        """Of several processes the one that validates, logs and writes."""
        return self.processes.is_first

    def identity(self) -> str:
        """What must not change in a run; it may be given more epochs."""
        return as_json(replace(self.config, epochs=1, about=""))

    def begin(self, stage: int) -> None:
        """An epoch goes on with what the last one left."""

    @contextmanager
    def batches(self, stage: int, first: int) -> Iterator[Iterable[Sequence]]:
        """This process's part of the epoch's batches."""
        config, processes = self.config, self.processes
        epoch = stage * config.iterations
        yield load_batches(
            self.data.shares,
            config.seed,
            epoch + first,
            epoch + config.iterations,
            workers=self.learner.options.workers,
            rank=processes.rank,
            world=processes.world,
        )

    def learn(self, batch: Sequence, stage: int, step: int) -> dict[str, float]:
        """Take one step."""
        return self.learner.step(batch, stage * self.config.iterations + step)

    def end(self, stage: int, means: Mapping[str, float]) -> Mapping[str, float]:
        """Validate, let the rate follow from it, and write the epoch's checkpoints and history."""
        rate = self.learner.optimiser.param_groups[0]["lr"]
        score = self._validate()
        pa_mpjpe = self.processes.share_from_first(score.pa_mpjpe_mm if score else 0.0)
        self.scheduler.step(pa_mpjpe)
        if score is None:
            return {}
        figures = {"learning_rate": rate, **means, **_figures(score)}
        self.history.append({"epoch": stage + 1, **figures})
        self._write(pa_mpjpe)
        return figures

    def on_save(self, stage: int, step: int) -> None:
        """Within an epoch nothing is written but the state: checkpoints tell what validation says of them."""

    def state(self) -> dict[str, Any]:
        """The learner's, the rate's, and what was measured."""
        scheduler = self.scheduler.state_dict()
        return {**self.learner.state(), "scheduler": scheduler, "best": self.best, "history": self.history}

    def restore(self, state: Mapping[str, Any], stage: int) -> None:
        """Go on from what `state` gave."""
        self.learner.restore(state)
        self.scheduler.load_state_dict(state["scheduler"])
        self.best, self.history = state["best"], state["history"]

    def _validate(self) -> Score | None:
        """PA-MPJPE and company on the validation set, by the first process; the others wait for it."""
        if not self.is_first:
            return None
        database, limit = self.data.validation, self.config.validation_limit
        return validate(self.learner.head, self.learner.body, database, PROTOCOLS["tcmr"], limit)

    def _write(self, pa_mpjpe: float) -> None:
        """Checkpoints and history of the last epoch."""
        self.out.mkdir(parents=True, exist_ok=True)
        learner = self.learner
        carried_out = learner.options.note(learner.precision, learner.device, self.processes.world)
        notes = {**self.data.notes, "training": as_json(self.config), "carried_out": carried_out,
                 "validation": json.dumps(self.history[-1])}  # fmt: skip
        save_network(learner.network, self.out / "last.safetensors", notes=notes)
        if pa_mpjpe < self.best:
            self.best = pa_mpjpe
            save_network(learner.network, self.out / "best.safetensors", notes=notes)
        lines = "".join(json.dumps(entry) + "\n" for entry in self.history)
        (self.out / "history.jsonl").write_text(lines, encoding="utf-8")


def _figures(score: Score) -> dict[str, float]:
    return {
        "val_mpjpe_mm": score.mpjpe_mm,
        "val_pa_mpjpe_mm": score.pa_mpjpe_mm,
        "val_accel_mm": score.accel_mm,
    }
