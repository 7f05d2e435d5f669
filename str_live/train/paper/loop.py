"""The paper's training loop: epochs, validation, learning rate, checkpoints, and the way back.

In: a PaperConfig and the loaded material. Out, in a folder: `best.safetensors` (lowest validation PA-MPJPE)
and `last.safetensors`, `history.jsonl` (a line an epoch), and `state.pt` to resume from. A resumed run gives
the same numbers as one without interruption: batches follow from the seed and the step, dropout from the seed
and the epoch.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from str_live.evaluate.prediction import validate
from str_live.evaluate.protocols import PROTOCOLS, Score
from str_live.train.data.databases import Database
from str_live.train.data.sequences import Sequence
from str_live.train.paper.batches import Share, load_batches
from str_live.train.paper.config import ConfigError, PaperConfig, as_json
from str_live.train.paper.losses import paper_terms, total_loss
from str_live.train.paper.measured_body import MeasuredBody
from str_live.train.paper.network import VideoNetwork, save_video_network
from str_live.train.paper.processes import Processes

logger = logging.getLogger(__name__)

LOG_EVERY = 50
"""Iterations between two lines of the log."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that was read before the first epoch."""

    shares: list[Share]
    validation: Database
    body: MeasuredBody
    notes: dict[str, str]
    """Goes into each checkpoint's header: which files it was trained on."""


class Training:
    """One run: its network, optimiser and progress."""

    def __init__(
        self,
        config: PaperConfig,
        material: Material,
        network: VideoNetwork,
        out: Path,
        *,
        device: torch.device,
        workers: int = 0,
        processes: Processes | None = None,
    ) -> None:
        self.config, self.material, self.out = config, material, out
        self.device, self.workers = device, workers
        self.processes = processes or Processes()
        self.network, self.body = network.to(device), material.body.to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate)
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimiser, "min", factor=config.rate_factor, patience=config.rate_patience
        )
        self.epoch, self.best = 0, float("inf")
        self.history: list[dict[str, Any]] = []
        self._resume()

    def run(self) -> None:
        """Train up to the configuration's last epoch."""
        board = _tensorboard(self.out) if self.processes.is_first else None
        if self.epoch >= self.config.epochs:
            logger.info("nothing to do: %s is at epoch %d of %d", self.out, self.epoch, self.config.epochs)
        while self.epoch < self.config.epochs:
            started, rate = time.perf_counter(), self.optimiser.param_groups[0]["lr"]
            losses = self._train_epoch()
            seconds = time.perf_counter() - started
            score = self._validate()
            pa_mpjpe = self.processes.share_from_first(score.pa_mpjpe_mm if score else 0.0)
            self.scheduler.step(pa_mpjpe)
            self.epoch += 1
            if score is None:
                continue
            figures = {"epoch": self.epoch, "learning_rate": rate, **losses, **_figures(score)}
            self._keep(figures, pa_mpjpe, seconds)
            if board:
                for name, value in figures.items():
                    board.add_scalar(name, value, self.epoch)
        if board:
            board.close()

    def _train_epoch(self) -> dict[str, float]:
        """One epoch; means of its losses."""
        config, processes = self.config, self.processes
        torch.manual_seed(config.seed * 100_003 + self.epoch * 101 + processes.rank)  # for dropout
        first = self.epoch * config.iterations
        loader = load_batches(
            self.material.shares,
            config.seed,
            first,
            first + config.iterations,
            workers=self.workers,
            rank=processes.rank,
            world=processes.world,
        )
        sums: dict[str, Tensor] = {}
        self.network.train()
        for done, batch in enumerate(loader, start=1):
            terms = self.step(Sequence(*(part.to(self.device, non_blocking=True) for part in batch)))
            sums = {name: sums.get(name, 0) + value for name, value in terms.items()}
            if done % LOG_EVERY == 0 and processes.is_first:
                means = {name: float(value) / done for name, value in sums.items()}
                logger.info("epoch %d/%d, %d/%d: %s", self.epoch + 1, config.epochs, done, config.iterations,
                            _line(means))  # fmt: skip
        return {name: float(value) / config.iterations for name, value in sums.items()}

    def step(self, batch: Sequence) -> dict[str, Tensor]:
        """Learn from one batch (this process's part of it); the whole batch's loss and weighted terms."""
        terms = paper_terms(self.network(batch.features), batch, self.body.joints_49)
        loss, parts = total_loss(self.processes.share_counts(terms), self.config.weights)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.processes.sum_gradients(self.network.parameters())
        figures = self.processes.sum_figures({"loss": loss.detach(), **parts})
        if not torch.isfinite(figures["loss"]):
            raise FloatingPointError(f"the loss is no longer a number in epoch {self.epoch + 1}: {figures}")
        self.optimiser.step()
        return figures

    def _validate(self) -> Score | None:
        """PA-MPJPE and company on the validation set, by the first process; the others wait for it."""
        if not self.processes.is_first:
            return None
        database, limit = self.material.validation, self.config.validation_limit
        return validate(self.network, self.body, database, PROTOCOLS["tcmr"], limit)

    def _keep(self, figures: dict[str, Any], pa_mpjpe: float, seconds: float) -> None:
        """Log the epoch and write checkpoints, history and state."""
        logger.info("epoch %d/%d in %.0f s: %s", self.epoch, self.config.epochs, seconds, _line(figures))
        self.history.append(figures)
        self.out.mkdir(parents=True, exist_ok=True)
        notes = {**self.material.notes, "training": as_json(self.config), "validation": json.dumps(figures)}
        save_video_network(self.network, self.out / "last.safetensors", notes=notes)
        if pa_mpjpe < self.best:
            self.best = pa_mpjpe
            save_video_network(self.network, self.out / "best.safetensors", notes=notes)
        lines = "".join(json.dumps(entry) + "\n" for entry in self.history)
        (self.out / "history.jsonl").write_text(lines, encoding="utf-8")
        state = {
            "config": _identity(self.config),
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "epoch": self.epoch,
            "best": self.best,
            "history": self.history,
        }
        partial = self.out / "state.pt.part"
        torch.save(state, partial)
        partial.replace(self.out / "state.pt")

    def _resume(self) -> None:
        """Go on from the state in the folder; another configuration's is an error."""
        path = self.out / "state.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True, map_location=self.device)
        if state["config"] != _identity(self.config):
            raise ConfigError(
                f"{path} belongs to a run with another configuration: give another folder with --out, or "
                f"remove this one to start anew"
            )
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.epoch, self.best, self.history = state["epoch"], state["best"], state["history"]
        logger.info("resumed %s after epoch %d", path, self.epoch)


def _identity(config: PaperConfig) -> str:
    """What must not change in a run; it may be given more epochs."""
    return as_json(replace(config, epochs=1, about=""))


def _figures(score: Score) -> dict[str, float]:
    return {
        "val_mpjpe_mm": score.mpjpe_mm,
        "val_pa_mpjpe_mm": score.pa_mpjpe_mm,
        "val_accel_mm": score.accel_mm,
    }


def _line(figures: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in figures.items() if name != "epoch")


def _tensorboard(out: Path) -> Any:
    """A writer of TensorBoard's scalars where that package is installed; it is not required."""
    try:
        from torch.utils.tensorboard import SummaryWriter  # imports the package tensorboard
    except ImportError:
        return None
    return SummaryWriter(str(out))
