"""Features of rendered sequences, for the window stage: computed once, as the encoders learn no more.

In: a Student and batches of whole sequences. Out: a FeatureCache.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from str_live.datasets.target import Target
from str_live.train.images.observation import Observation
from str_live.train.images.student import Student, prepare

logger = logging.getLogger(__name__)

LOG_EVERY = 20
"""Batches."""


class FeatureCache(NamedTuple):
    """S sequences of L frames."""

    features: dict[str, Tensor]
    """Front end -> (S, L, C)."""
    target: Target
    """Of S * L frames, sequence by sequence."""

    @property
    def sequences(self) -> int:
        """S."""
        return len(next(iter(self.features.values())))


@torch.no_grad()
def extract_features(
    student: Student, pictures: Iterable[Observation], sequences: int, frames: int
) -> FeatureCache:
    """Features of so many sequences or more, taken from batches of whole sequences of `frames` pictures."""
    student.eval()
    features: dict[str, list[Tensor]] = {}
    targets: list[Target] = []
    taken = 0
    for observation in pictures:
        trunk_features = prepare(student, observation)
        found = student.features(trunk_features.between, trunk_features.maps, trunk_features.landmarks)
        for name, feature in found.of.items():
            features.setdefault(name, []).append(feature.unflatten(0, (-1, frames)))
        targets.append(trunk_features.target)
        taken += len(trunk_features) // frames
        if len(targets) % LOG_EVERY == 0:
            logger.info("features of %d/%d sequences", taken, sequences)
        if taken >= sequences:
            break
    joined = Target(*(torch.cat(part) for part in zip(*targets, strict=True)))
    return FeatureCache({name: torch.cat(parts) for name, parts in features.items()}, joined)
