"""Rotations: round trips and the awkward angles."""

from __future__ import annotations

import math

import pytest
import torch

from str_live.rotation import (
    axis_angle_from_rotmat,
    pose6d_from_rotmat,
    quaternion_from_rotmat,
    rotmat_from_6d,
    rotmat_from_axis_angle,
    rotmat_from_quaternion,
)


def turns(count: int, angle: float | None = None) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    axis = torch.nn.functional.normalize(
        torch.randn(count, 3, dtype=torch.float64, generator=generator), dim=-1
    )
    size = (
        torch.rand(count, 1, dtype=torch.float64, generator=generator) * math.pi if angle is None else angle
    )
    return axis * size


@pytest.mark.parametrize("angle", [None, 0.0, 1e-9, 1e-4, math.pi - 1e-6, math.pi])
def test_axis_angle_and_matrix_are_each_other_s_inverse(angle):
    rotmat = rotmat_from_axis_angle(turns(50, angle))
    back = rotmat_from_axis_angle(axis_angle_from_rotmat(rotmat))
    torch.testing.assert_close(back, rotmat, atol=1e-7, rtol=0)


def test_6d_and_matrix_are_each_other_s_inverse():
    rotmat = rotmat_from_axis_angle(turns(50))
    torch.testing.assert_close(rotmat_from_6d(pose6d_from_rotmat(rotmat)), rotmat)


def test_6d_interleaves_its_columns_as_spin_does():
    x = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    assert torch.equal(rotmat_from_6d(x), torch.eye(3))


def test_any_6d_gives_a_rotation():
    rotmat = rotmat_from_6d(
        torch.randn(100, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    )
    identity = torch.eye(3, dtype=torch.float64).expand(100, 3, 3)
    torch.testing.assert_close(rotmat @ rotmat.mT, identity)
    torch.testing.assert_close(torch.linalg.det(rotmat), torch.ones(100, dtype=torch.float64))


@pytest.mark.parametrize("angle", [None, 0.0, math.pi])
def test_quaternion_and_matrix_are_each_other_s_inverse(angle):
    rotmat = rotmat_from_axis_angle(turns(50, angle))
    torch.testing.assert_close(
        rotmat_from_quaternion(quaternion_from_rotmat(rotmat)), rotmat, atol=1e-7, rtol=0
    )


def test_gradient_is_finite_at_no_rotation():
    axis_angle = torch.zeros(3, requires_grad=True)
    rotmat_from_axis_angle(axis_angle).sum().backward()
    assert torch.isfinite(axis_angle.grad).all()
