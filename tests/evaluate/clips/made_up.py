"""Joints, sights and frames that are made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from str_live.evaluate.clips.tracks import (
    Sight,
)
from str_live.messages import Frame
from tests.live.engine_fakes import FakeBody, make_frame

EVERY = np.ones(40, bool)


def walk(seed: int, frames: int = 40) -> np.ndarray:
    """(N, 12, 3) metres: joints that move at random."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1, 12, 3)) + 0.01 * rng.normal(size=(frames, 12, 3)).cumsum(0)


def sights(joints: np.ndarray) -> list[Sight | None]:
    return [Sight(frame, np.zeros((12, 2)), None) for frame in joints]


def noisy_frames(count: int, *, films: int = 1) -> list[Frame]:
    image = np.random.default_rng(0).integers(60, 200, (48, 64, 3), np.uint8)
    return [
        replace(make_frame(index, epoch=index * films // count), image=image)  # each film of one epoch
        for index in range(count)
    ]


class LandmarkBody(FakeBody):
    """A fake body with landmarks, far from each other."""

    def landmarks(self, rotmat: torch.Tensor, betas: torch.Tensor) -> torch.Tensor:
        return torch.linspace(-1, 1, 33)[None, :, None].expand(len(betas), 33, 3)
