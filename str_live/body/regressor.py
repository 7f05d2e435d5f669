"""SPIN's iterative regressor: a feature to pose, shape and camera, refined three times from the mean.

In: (B, C) feature. Out: (B, 24, 6) pose, (B, 10) betas, (B, 3) camera of the crop.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

JOINTS = 24
BETAS = 10
STATE = JOINTS * 6 + BETAS + 3
"""What is refined: pose, shape and camera."""


class Regression(NamedTuple):
    """What the regressor predicts."""

    pose6d: Tensor
    """(B, 24, 6), columns interleaved (rotation.rotmat_from_6d)."""
    betas: Tensor
    """(B, 10)."""
    camera: Tensor
    """(B, 3): s, tx, ty of the crop."""


class Regressor(nn.Module):
    """Iterative error feedback, as `hmr.py` of nkolot/SPIN, with its key names; without activations."""

    def __init__(
        self, width: int = 2048, hidden: int = 1024, dropout: float = 0.5, iterations: int = 3
    ) -> None:
        super().__init__()
        self.iterations = iterations
        self.fc1 = nn.Linear(width + STATE, hidden)
        self.drop1 = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, hidden)
        self.drop2 = nn.Dropout(dropout)
        self.decpose = nn.Linear(hidden, JOINTS * 6)
        self.decshape = nn.Linear(hidden, BETAS)
        self.deccam = nn.Linear(hidden, 3)
        for head in (self.decpose, self.decshape, self.deccam):
            nn.init.xavier_uniform_(head.weight, gain=0.01)
        self.init_pose: Tensor
        self.init_shape: Tensor
        self.init_cam: Tensor
        pose, shape, camera = upright_mean()
        self.register_buffer("init_pose", pose)
        self.register_buffer("init_shape", shape)
        self.register_buffer("init_cam", camera)

    def forward(self, feature: Tensor) -> Regression:
        """(B, C) feature -> pose, shape and camera."""
        batch = feature.shape[0]
        pose = self.init_pose.expand(batch, -1)  # (B, 144)
        shape = self.init_shape.expand(batch, -1)  # (B, 10)
        camera = self.init_cam.expand(batch, -1)  # (B, 3)
        # fc1([feature, state]), with the part that does not change computed once
        of_feature, of_state = self.fc1.weight.split([feature.shape[1], STATE], dim=1)
        entering = nn.functional.linear(feature, of_feature, self.fc1.bias)
        for _ in range(self.iterations):
            state = torch.cat([pose, shape, camera], dim=1)
            hidden = self.drop1(entering + nn.functional.linear(state, of_state))
            hidden = self.drop2(self.fc2(hidden))
            pose = pose + self.decpose(hidden)
            shape = shape + self.decshape(hidden)
            camera = camera + self.deccam(hidden)
        return Regression(pose.reshape(batch, JOINTS, 6), shape, camera)


def upright_mean() -> tuple[Tensor, Tensor, Tensor]:
    """A standing person facing the camera: (1, 144) pose, (1, 10) shape, (1, 3) camera.

    SPIN's own means come with its checkpoint; this is the start of networks trained without it. The global
    orientation is half a turn about x, from the body's y-up to the camera's y-down.
    """
    identity = torch.eye(3)
    upright = torch.tensor([[1.0, 0.0, 0.0], [0.0, math.cos(math.pi), 0.0], [0.0, 0.0, math.cos(math.pi)]])
    rotmats = torch.stack([upright] + [identity] * (JOINTS - 1))
    pose = rotmats[..., :2].reshape(1, JOINTS * 6)
    return pose, torch.zeros(1, BETAS), torch.tensor([[0.9, 0.0, 0.2]])
