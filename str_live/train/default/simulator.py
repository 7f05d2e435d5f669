"""Simulated people to learn from. In: motion, a body, a recipe. Out: observations and their truth."""

from __future__ import annotations

import torch

from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.simulated.poses import PoseSampler
from str_live.datasets.simulated.views import View, camera_orientation, observe
from str_live.datasets.target import Target
from str_live.train.default.config import TrainingConfig


class Simulator:
    """Draws batches of simulated people."""

    def __init__(self, config: TrainingConfig, poses: PoseSampler, body: PointBody) -> None:
        self.config, self.poses, self.body = config, poses, body

    def draw(self, batch: int, frames: int, generator: torch.Generator) -> tuple[View, Target]:
        """B sequences of T frames: observations and truth of N = B * T frames, sequence by sequence."""
        rotmat = self.poses.sample(batch, frames, generator)
        camera = camera_orientation(batch, self.config.views, generator)
        rotmat[:, :, 0] = camera[:, None] @ rotmat[:, :, 0]
        rotmat = rotmat.flatten(0, 1)  # (N, 24, 3, 3)
        betas = torch.randn(batch, 10, generator=generator).repeat_interleave(frames, 0)
        truth = self.body(rotmat, betas)
        view = observe(truth.points, batch, frames, self.config.views, generator)
        return view, Target(rotmat, betas, truth.all(), view.clean)
