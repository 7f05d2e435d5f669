"""One step down: the learning rate of a step, and an optimiser's step along the gradients of some losses."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

LARGEST_GRADIENT = 1.0
"""Norm that the gradients of one loss's learner are cut to."""


class Objective(NamedTuple):
    """What one part of a network learns in a step. Parts do not share weights."""

    learner: nn.Module
    loss: Tensor
    """()."""
    figures: dict[str, float]
    """For the log."""


def learning_rate(peak: float, done: int, total: int, warmth: float) -> float:
    """The rate of a step: a cosine from `peak` to a hundredth of it, with a linear warm-up.

    `done` of `total` is how much of the cosine is over, `warmth` how much of the warm-up (1 and more: all).
    """
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(done, total) / total)
    return peak * min(warmth, 1.0) * (0.01 + 0.99 * cosine)


def descend(optimiser: torch.optim.Optimizer, objectives: Iterable[Objective]) -> dict[str, float]:
    """Take one step; each objective's gradients have a limit of their own. Returns all their figures."""
    figures: dict[str, float] = {}
    optimiser.zero_grad(set_to_none=True)
    for objective in objectives:
        objective.loss.backward()
        nn.utils.clip_grad_norm_(objective.learner.parameters(), LARGEST_GRADIENT)
        figures |= objective.figures
    optimiser.step()
    return figures
