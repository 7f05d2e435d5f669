"""How a run tells what it does: a progress bar on a terminal, lines in a log, TensorBoard's scalars.

In: losses and scores. Out: what people see. Nothing in here has an influence on training.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

logger = logging.getLogger(__name__)

LOG_EVERY = 50
"""Iterations between two lines of the log, where there is no bar, and between two scalars."""
TENSORBOARD_ADVICE = "pip install tensorboard==2.20.0 (the last one that gets along with mediapipe)"

Item = TypeVar("Item")


def progress(batches: Iterable[Item], *, about: str, done: int, total: int, shown: bool) -> tqdm[Item]:
    """`batches` with a bar on a terminal; elsewhere, or not `shown`, its attribute `disable` is true."""
    return tqdm(batches, desc=about, initial=done, total=total, unit="batch", leave=False,
                disable=None if shown else True)  # fmt: skip


def as_line(figures: Mapping[str, Any]) -> str:
    """Names and numbers for the log."""
    return "  ".join(f"{name} {value:.4g}" for name, value in figures.items() if name != "epoch")


class Board:
    """Scalars for TensorBoard, where that package is installed; else they are dropped."""

    def __init__(self, folder: Path, first_step: int) -> None:
        """Scalars of step `first_step` and later, which an interrupted run may have left, are taken back."""
        self._writer = None
        try:
            from torch.utils.tensorboard import SummaryWriter  # imports the package tensorboard
        except ImportError:
            logger.info("no curves for TensorBoard: %s", TENSORBOARD_ADVICE)
            return
        self._writer = SummaryWriter(str(folder), purge_step=first_step)
        logger.info("curves: tensorboard --logdir %s", folder)

    def add(self, group: str, figures: Mapping[str, float], step: int) -> None:
        """Draw the figures `group/name` at the run's `step`-th iteration."""
        if self._writer is not None:
            for name, value in figures.items():
                self._writer.add_scalar(f"{group}/{name}", value, step)

    def close(self) -> None:
        """Write what is still held."""
        if self._writer is not None:
            self._writer.close()
