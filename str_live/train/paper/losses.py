"""The paper's objective (equation 8, with the terms and weights of TCMR's code).

In: predictions of B * K feature vectors and the truth of B windows. Out: the total and each term. Every term
is a weighted sum and a count, so that several processes can share one batch and still divide by all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from str_live.body.regressor import BETAS, JOINTS, Regression
from str_live.datasets.published.sequences import Sequence
from str_live.geometry import project
from str_live.rotation import rotmat_from_6d, rotmat_from_axis_angle
from str_live.train.paper.config import Weights

COMMON = slice(25, 39)
"""The common 14 among the 49 joints: the 3D term compares these."""
HIPS = slice(27, 29)
"""Right and left hip: their mean is the origin of the 3D term."""


class Term(NamedTuple):
    """One loss before division."""

    total: Tensor
    """() weighted sum of squared errors."""
    count: Tensor
    """() weighted number of them; 0 where nothing in the batch has this kind of truth."""


def paper_terms(
    prediction: Regression, truth: Sequence, joints_49: Callable[[Tensor, Tensor], Tensor]
) -> dict[str, Term]:
    """The terms 'image', 'joints', 'pose', 'shape' of B windows with K predictions each.

    Where the truth is of the middle frame all K are of it; where it is of all frames, there is one for each.
    `joints_49` is MeasuredBody's. Squared errors: of the crop's [-1, 1], of metres, of rotation matrices
    (TCMR's detour over axis-angle gives gradients that are not finite near half a turn), and of betas.
    """
    outputs = len(prediction.pose6d) // len(truth.features)
    kp_2d, kp_3d, theta = (
        _for_each_output(part, outputs) for part in (truth.kp_2d, truth.kp_3d, truth.theta)
    )
    w_3d, w_smpl = (part.repeat_interleave(outputs) for part in (truth.w_3d, truth.w_smpl))
    rotmat = rotmat_from_6d(prediction.pose6d)
    joints = joints_49(rotmat, prediction.betas)  # (B * K, 49, 3)
    true_rotmat = rotmat_from_axis_angle(theta[:, 3:-BETAS].unflatten(1, (JOINTS, 3)))
    image = (project(joints, prediction.camera) - kp_2d[..., :2]).square() * kp_2d[..., 2:]
    return {
        # Confidence weighs the errors but not their number, as in the reference: hidden joints dilute it.
        "image": Term(image.sum(), torch.tensor(float(image.numel()), device=image.device)),
        "joints": _weighted(_centred(joints) - _centred(kp_3d), w_3d),
        "pose": _weighted(rotmat - true_rotmat, w_smpl),
        "shape": _weighted(prediction.betas - theta[:, -BETAS:], w_smpl),
    }


def total_loss(terms: dict[str, Term], weights: Weights) -> tuple[Tensor, dict[str, Tensor]]:
    """The weighted sum to minimise, and each weighted term for the log; a term without truth is zero."""
    parts = {
        name: getattr(weights, name) * term.total / term.count.clamp_min(1e-9) for name, term in terms.items()
    }
    return torch.stack(list(parts.values())).sum(), {name: part.detach() for name, part in parts.items()}


def _for_each_output(truth: Tensor, outputs: int) -> Tensor:
    """(B, F, ...) with F = 1 or K -> (B * K, ...)."""
    return truth.expand(-1, outputs, *truth.shape[2:]).flatten(0, 1)


def _centred(joints: Tensor) -> Tensor:
    """(N, 49, 3) -> (N, 14, 3): the common joints about the middle of the hips."""
    return joints[:, COMMON] - joints[:, HIPS].mean(1, keepdim=True)


def _weighted(error: Tensor, weight: Tensor) -> Term:
    """Squared errors (N, ...) of samples with weights (N,)."""
    squares = error.square().flatten(1).sum(1)
    return Term((squares * weight).sum(), weight.sum() * error[0].numel())
