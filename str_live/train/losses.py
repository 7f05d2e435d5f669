"""Losses of the default weights' training; each is zero on a perfect prediction. Lengths in metres."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from str_live.body.regressor import Regression
from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.target import Target
from str_live.geometry import project
from str_live.rotation import rotmat_from_6d


@dataclass(frozen=True, slots=True)
class LossWeights:
    """What each term counts."""

    points: float = 10.0
    """L1 of 24 joints and 21 landmark points, relative to the pelvis."""
    image: float = 2.0
    """L1 of the 21 projected points against the true ones, in [-1, 1] of the crop."""
    rotation: float = 3.0
    """Mean squared error of the local rotation matrices."""
    shape: float = 0.02
    """Mean squared error of the betas."""
    velocity: float = 10.0
    """L1 of the change of the 3D error from frame to frame."""
    acceleration: float = 10.0
    """L1 of the second difference of the 3D error."""


def pose_loss(
    regression: Regression, target: Target, body: PointBody, weights: LossWeights
) -> tuple[Tensor, Tensor]:
    """The loss of N single frames, and their 3D error (N, 45, 3) for the losses over time."""
    rotmat = rotmat_from_6d(regression.pose6d.float())
    betas, camera = regression.betas.float(), regression.camera.float()
    placed = body(rotmat, betas)
    error = placed.all() - target.points
    image = project(placed.points, camera) - target.image
    loss = (
        weights.points * error.abs().mean()
        + weights.image * image.abs().clamp(max=2.0).mean()
        + weights.rotation * (rotmat - target.rotmat).square().mean()
        + weights.shape * (betas - target.betas).square().mean()
    )
    return loss, error


def motion_loss(error: Tensor, weights: LossWeights) -> Tensor:
    """(B, K, 45, 3) 3D error of K >= 3 frames in a row -> the losses of its velocity and acceleration."""
    velocity = error[:, 1:] - error[:, :-1]
    acceleration = velocity[:, 1:] - velocity[:, :-1]
    return weights.velocity * velocity.abs().mean() + weights.acceleration * acceleration.abs().mean()


def mean_joint_distance_mm(error: Tensor) -> Tensor:
    """(N, J, 3) metres -> mean distance, millimetres (root-aligned MPJPE when the error is)."""
    return torch.linalg.vector_norm(error, dim=-1).mean() * 1000
