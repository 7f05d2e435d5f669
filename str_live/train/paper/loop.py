"""The paper's training loop: epochs, validation, learning rate, checkpoints, and the way back.

In: a PaperConfig and the loaded material. Out, in a folder: `best.safetensors` (lowest validation PA-MPJPE)
and `last.safetensors`, `history.jsonl` (a line an epoch), and `state.pt` to resume from. A resumed run gives
the same numbers as one without interruption, within an epoch too: batches and dropout follow from the seed
and the step alone.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from tqdm.contrib.logging import logging_redirect_tqdm

from str_live.dataclass_json import ConfigError, as_json
from str_live.datasets.measured_body import MeasuredBody
from str_live.datasets.published.databases import Database
from str_live.evaluate.prediction import validate
from str_live.evaluate.protocols import PROTOCOLS, Score
from str_live.files import written_whole
from str_live.interruption import Interrupted, Interruption
from str_live.train.paper.batches import Share, load_batches
from str_live.train.paper.config import PaperConfig
from str_live.train.paper.learner import Learner
from str_live.train.reporting import LOG_EVERY, Board, as_line, progress
from str_live.untrusted.tensors import read_torch
from str_live.untrusted.unreadable import in_one_line
from str_live.weights.own import save_network

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Material:
    """All that was read before the first epoch."""

    shares: list[Share]
    validation: Database
    body: MeasuredBody
    notes: dict[str, str]
    """Goes into each checkpoint's header: which files it was trained on."""


class Training:
    """One run and its progress."""

    def __init__(self, config: PaperConfig, material: Material, learner: Learner, out: Path) -> None:
        """Goes on from the state in the folder `out`; ConfigError where that is another configuration's."""
        self.config, self.material, self.learner, self.out = config, material, learner, out
        self.processes = learner.processes
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            learner.optimiser, "min", factor=config.rate_factor, patience=config.rate_patience
        )
        self.epoch, self.best = 0, float("inf")
        self.history: list[dict[str, Any]] = []
        self.iteration = 0
        """Within the epoch."""
        self._sums: dict[str, float] = {}
        """Of the epoch's losses up to `iteration`."""
        self._written_s = 0.0
        """When the state was last written, or the epoch began, on the monotonic clock."""
        self._resume()

    @property
    def step(self) -> int:
        """Iterations learnt from since the beginning."""
        return self.epoch * self.config.iterations + self.iteration

    def run(self) -> None:
        """Train up to the configuration's last epoch; raises Interrupted when told to end before."""
        if self.epoch >= self.config.epochs:
            logger.info("nothing to do: %s is at epoch %d of %d", self.out, self.epoch, self.config.epochs)
            return
        board = Board(self.out, self.step) if self.processes.is_first else None
        try:
            with Interruption() as interruption, logging_redirect_tqdm():
                while self.epoch < self.config.epochs:
                    self._end_if_told(interruption)
                    self._run_epoch(interruption, board)
        finally:
            if board:
                board.close()

    def _run_epoch(self, interruption: Interruption, board: Board | None) -> None:
        """Learn, validate, keep."""
        started, rate = time.perf_counter(), self.learner.optimiser.param_groups[0]["lr"]
        self._learn(interruption, board)
        seconds = time.perf_counter() - started
        score = self._validate()
        pa_mpjpe = self.processes.share_from_first(score.pa_mpjpe_mm if score else 0.0)
        self.scheduler.step(pa_mpjpe)
        losses = {name: value / self.config.iterations for name, value in self._sums.items()}
        self.epoch, self.iteration, self._sums = self.epoch + 1, 0, {}
        if score is None:
            return
        figures = {"learning_rate": rate, **losses, **_figures(score)}
        logger.info("epoch %d/%d in %.0f s: %s", self.epoch, self.config.epochs, seconds, as_line(figures))
        self._keep({"epoch": self.epoch, **figures}, pa_mpjpe)
        if board:
            board.add("epoch", figures, self.step)

    def _learn(self, interruption: Interruption, board: Board | None) -> None:
        """The rest of an epoch's iterations."""
        config, processes = self.config, self.processes
        batches = load_batches(
            self.material.shares,
            config.seed,
            self.step,
            (self.epoch + 1) * config.iterations,
            workers=self.learner.options.workers,
            rank=processes.rank,
            world=processes.world,
        )
        about = f"epoch {self.epoch + 1}/{config.epochs}"
        self._written_s = time.monotonic()
        with progress(
            batches, about=about, done=self.iteration, total=config.iterations, shown=processes.is_first
        ) as bar:
            for batch in bar:
                figures = self.learner.step(batch, self.step)
                self._sums = {name: self._sums.get(name, 0.0) + value for name, value in figures.items()}
                self.iteration += 1
                bar.set_postfix(loss=figures["loss"], refresh=False)
                if self.iteration % LOG_EVERY == 0:
                    self._tell(about, figures, board, in_a_log=bar.disable)
                if self.iteration < config.iterations:  # an epoch that is done is kept as a whole
                    self._write_state_if_due()
                    self._end_if_told(interruption)

    def _tell(self, about: str, figures: dict[str, float], board: Board | None, *, in_a_log: bool) -> None:
        """The epoch's mean losses up to now as a line, this batch's as scalars; by the first process."""
        if board is None:
            return
        board.add("step", figures, self.step)
        if in_a_log:
            means = {name: value / self.iteration for name, value in self._sums.items()}
            logger.info("%s, %d/%d: %s", about, self.iteration, self.config.iterations, as_line(means))

    def _write_state_if_due(self) -> None:
        if time.monotonic() - self._written_s >= self.learner.options.save_minutes * 60:
            self._write_state()
            self._written_s = time.monotonic()

    def _end_if_told(self, interruption: Interruption) -> None:
        """Between two steps: keep the state and raise Interrupted."""
        if interruption.requested:
            self._write_state()
            raise Interrupted(
                f"stopped in epoch {self.epoch + 1} after {self.iteration} of {self.config.iterations} "
                f"iterations: the same command goes on from there"
            )

    def _validate(self) -> Score | None:
        """PA-MPJPE and company on the validation set, by the first process; the others wait for it."""
        if not self.processes.is_first:
            return None
        database, limit = self.material.validation, self.config.validation_limit
        return validate(self.learner.head, self.learner.body, database, PROTOCOLS["tcmr"], limit)

    def _keep(self, figures: dict[str, Any], pa_mpjpe: float) -> None:
        """Write checkpoints, history and state of an epoch."""
        self.history.append(figures)
        self.out.mkdir(parents=True, exist_ok=True)
        carried_out = self.learner.options.note(
            self.learner.precision, self.learner.device, self.processes.world
        )
        notes = {**self.material.notes, "training": as_json(self.config), "carried_out": carried_out,
                 "validation": json.dumps(figures)}  # fmt: skip
        network = self.learner.network
        save_network(network, self.out / "last.safetensors", notes=notes)
        if pa_mpjpe < self.best:
            self.best = pa_mpjpe
            save_network(network, self.out / "best.safetensors", notes=notes)
        lines = "".join(json.dumps(entry) + "\n" for entry in self.history)
        (self.out / "history.jsonl").write_text(lines, encoding="utf-8")
        self._write_state()

    def _write_state(self) -> None:
        """Write, in one go, what `_resume` goes on from; the first process does."""
        if not self.processes.is_first:
            return
        state = {
            "config": _identity(self.config),
            **self.learner.state(),
            "scheduler": self.scheduler.state_dict(),
            "epoch": self.epoch,
            "iteration": self.iteration,
            "sums": self._sums,
            "best": self.best,
            "history": self.history,
        }
        self.out.mkdir(parents=True, exist_ok=True)
        with written_whole(self.out / "state.pt") as partial:
            torch.save(state, partial)

    def _resume(self) -> None:
        """Go on from the state in the folder; another configuration's is an error."""
        path = self.out / "state.pt"
        if not path.exists():
            return
        with _resuming(path):
            self._restore(path)
        logger.info("resumed %s in epoch %d after %d iterations", path, self.epoch + 1, self.iteration)

    def _restore(self, path: Path) -> None:
        state: Any = read_torch(path)
        if state["config"] != _identity(self.config):
            raise ConfigError(
                f"{path} belongs to a run with another configuration: give another folder with --out, or "
                f"remove this one to start anew"
            )
        self.learner.restore(state)
        self.scheduler.load_state_dict(state["scheduler"])
        self.epoch, self.iteration, self._sums = state["epoch"], state["iteration"], state["sums"]
        self.best, self.history = state["best"], state["history"]


@contextmanager
def _resuming(path: Path) -> Iterator[None]:
    """Say what to do where a state is none that this program wrote."""
    try:
        yield
    except ConfigError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ConfigError(
            f"{path} is damaged or no state of a run ({in_one_line(error)}): remove it to start anew"
        ) from error


def _identity(config: PaperConfig) -> str:
    """What must not change in a run; it may be given more epochs."""
    return as_json(replace(config, epochs=1, about=""))


def _figures(score: Score) -> dict[str, float]:
    return {
        "val_mpjpe_mm": score.mpjpe_mm,
        "val_pa_mpjpe_mm": score.pa_mpjpe_mm,
        "val_accel_mm": score.accel_mm,
    }
