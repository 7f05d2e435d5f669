"""Rotations as 6D, matrices, axis-angle and quaternions: pure torch, any batch dimensions.

Written out and not taken from roma (1.8): that imports torch's compiler, 1.4 s of processor time at every
start, takes up to four times as long for a body's 24 joints, and rounds otherwise, so that databases made
from a seed would not be the same any more.
"""

from __future__ import annotations

import torch
from torch import Tensor


def rotmat_from_6d(x: Tensor) -> Tensor:
    """(..., 6) -> (..., 3, 3) by Gram-Schmidt.

    SPIN interleaves the columns: x[0::2] is the first column's direction, x[1::2] the second's. Libraries
    that store rows (pytorch3d) are incompatible with SPIN's weights.
    """
    columns = x.reshape(*x.shape[:-1], 3, 2)  # (..., 3, 2)
    first = torch.nn.functional.normalize(columns[..., 0], dim=-1, eps=1e-8)
    second = columns[..., 1] - (first * columns[..., 1]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1, eps=1e-8)
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)


def pose6d_from_rotmat(rotmat: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 6), the inverse of `rotmat_from_6d`."""
    return rotmat[..., :2].reshape(*rotmat.shape[:-2], 6)


def rotmat_from_axis_angle(axis_angle: Tensor) -> Tensor:
    """(..., 3) radians -> (..., 3, 3) by Rodrigues' formula."""
    angle = torch.sqrt((axis_angle**2).sum(-1, keepdim=True) + 1e-16)
    x, y, z = (axis_angle / angle).unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*x.shape, 3, 3)
    sine, cosine = torch.sin(angle)[..., None], torch.cos(angle)[..., None]
    identity = torch.eye(3, dtype=axis_angle.dtype, device=axis_angle.device)
    return identity + sine * skew + (1 - cosine) * (skew @ skew)


def quaternion_from_rotmat(rotmat: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 4) unit quaternion (w, x, y, z) with w >= 0.

    The largest of the four squared components is computed first, so nothing is divided by a small number.
    """
    m00, m11, m22 = rotmat[..., 0, 0], rotmat[..., 1, 1], rotmat[..., 2, 2]
    squares = torch.stack(
        [1 + m00 + m11 + m22, 1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22], dim=-1
    )
    x = rotmat[..., 2, 1] - rotmat[..., 1, 2]
    y = rotmat[..., 0, 2] - rotmat[..., 2, 0]
    z = rotmat[..., 1, 0] - rotmat[..., 0, 1]
    xy = rotmat[..., 1, 0] + rotmat[..., 0, 1]
    xz = rotmat[..., 0, 2] + rotmat[..., 2, 0]
    yz = rotmat[..., 2, 1] + rotmat[..., 1, 2]
    candidates = torch.stack(
        [
            torch.stack([squares[..., 0], x, y, z], dim=-1),
            torch.stack([x, squares[..., 1], xy, xz], dim=-1),
            torch.stack([y, xy, squares[..., 2], yz], dim=-1),
            torch.stack([z, xz, yz, squares[..., 3]], dim=-1),
        ],
        dim=-2,
    )  # (..., 4 candidates, 4)
    best = squares.argmax(dim=-1)[..., None, None].expand(*squares.shape[:-1], 1, 4)
    quaternion = torch.nn.functional.normalize(candidates.gather(-2, best).squeeze(-2), dim=-1)
    return torch.where(quaternion[..., :1] < 0, -quaternion, quaternion)


def rotmat_from_quaternion(quaternion: Tensor) -> Tensor:
    """(..., 4) quaternion (w, x, y, z), any length -> (..., 3, 3)."""
    w, x, y, z = torch.nn.functional.normalize(quaternion, dim=-1).unbind(-1)
    return torch.stack(
        [
            1 - 2 * (y * y + z * z),
            2 * (x * y - w * z),
            2 * (x * z + w * y),
            2 * (x * y + w * z),
            1 - 2 * (x * x + z * z),
            2 * (y * z - w * x),
            2 * (x * z - w * y),
            2 * (y * z + w * x),
            1 - 2 * (x * x + y * y),
        ],
        dim=-1,
    ).reshape(*w.shape, 3, 3)


def axis_angle_from_rotmat(rotmat: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 3) radians, angle at most pi; well behaved near 0 and near pi."""
    quaternion = quaternion_from_rotmat(rotmat)
    sine = torch.linalg.vector_norm(quaternion[..., 1:], dim=-1, keepdim=True)
    angle = 2 * torch.atan2(sine, quaternion[..., :1])
    return quaternion[..., 1:] * torch.where(
        sine > 1e-7, angle / sine.clamp_min(1e-12), torch.full_like(sine, 2.0)
    )
