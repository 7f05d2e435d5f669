"""The truth of a batch of frames, as trainings compare with it."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Target(NamedTuple):
    """The truth of N frames."""

    rotmat: Tensor
    """(N, 24, 3, 3), global orientation in the camera frame."""
    betas: Tensor
    """(N, 10)."""
    points: Tensor
    """(N, 45, 3), relative to the pelvis."""
    image: Tensor
    """(N, 21, 2) in [-1, 1] of the crop."""

    def index(self, rows: Tensor) -> Target:
        """The frames `rows`, (M,) numbers or (N,) bool."""
        return Target(*(part[rows] for part in self))
