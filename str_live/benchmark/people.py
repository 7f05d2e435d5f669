"""The people of the benchmark: finite sets of body shapes, validation's and test's apart from training's.

In: a seed for each set. Out: (N, 10) betas. Shapes are continuous, so "held out" needs a distance: nobody of
validation or test is nearer than MARGIN to anyone of training.
"""

from __future__ import annotations

import torch
from torch import Tensor

BETAS = 10
MARGIN = 2.0
"""Least distance between betas of a held-out body and of any in training; two random bodies are 4.4 apart."""


def training_people(count: int, seed: int) -> Tensor:
    """(count, 10) betas, normally distributed as the body's shape space is."""
    return torch.randn(count, BETAS, generator=torch.Generator().manual_seed(seed))


def held_out_people(count: int, seed: int, others: Tensor) -> Tensor:
    """(count, 10) betas, drawn alike, none of them nearer than MARGIN to any of `others` (N, 10)."""
    generator = torch.Generator().manual_seed(seed)
    chosen: list[Tensor] = []
    while len(chosen) < count:
        person = torch.randn(1, BETAS, generator=generator)
        if torch.cdist(person, others).min() >= MARGIN:
            chosen.append(person)
    return torch.cat(chosen)
