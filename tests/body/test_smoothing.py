"""One-Euro filters: real time steps, rotations without wrapping."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.body.smoothing import PoseSmoother
from str_live.messages import Box
from str_live.one_euro import MAX_GAP_S, OneEuro
from str_live.rotation import rotmat_from_axis_angle

BOX = Box(320.0, 240.0, 300.0)
UPRIGHT = np.array([0.9, 0.1, -0.2], np.float32)


def turned(angle: float) -> np.ndarray:
    """(24, 3, 3): every joint turned by `angle` about a slanted axis."""
    axis = torch.tensor([0.6, 0.0, 0.8], dtype=torch.float64)
    return rotmat_from_axis_angle(axis * angle).expand(24, 3, 3).numpy()


def angles_to(rotmat: np.ndarray, other: np.ndarray) -> np.ndarray:
    trace = np.einsum("jab,jab->j", rotmat, other)
    return np.arccos(np.clip((trace - 1) / 2, -1, 1))


def test_a_constant_stays_and_noise_shrinks() -> None:
    rng = np.random.default_rng(0)
    steady = OneEuro(1.0, 0.0)
    for frame in range(20):
        assert steady(np.array([3.0, -1.0]), frame / 30) == pytest.approx([3.0, -1.0])
    noisy = OneEuro(1.0, 0.0)
    values = [noisy(rng.normal(0, 1, 1), frame / 30)[0] for frame in range(300)]
    assert np.std(values[60:]) < 0.45


def test_the_same_movement_at_another_rate_lags_alike() -> None:
    ends = []
    for fps in (30, 60):
        euro = OneEuro(1.0, 0.5)
        for frame in range(2 * fps + 1):
            value = euro(np.array([frame / fps]), frame / fps)
        ends.append(value[0])
    assert ends[0] == pytest.approx(ends[1], abs=0.02)
    assert ends[0] < 2.0


def test_the_first_value_and_the_first_after_a_gap_pass_unchanged() -> None:
    euro = OneEuro(0.5, 0.0)
    assert euro(np.array([1.0]), 0.0)[0] == 1.0
    euro(np.array([1.0]), 0.03)
    assert euro(np.array([9.0]), 0.03 + MAX_GAP_S + 0.1)[0] == 9.0
    assert euro(np.array([-4.0]), 0.0)[0] == -4.0  # time ran back


def test_the_same_moment_twice_changes_nothing() -> None:
    euro = OneEuro(1.0, 0.0)
    euro(np.array([1.0]), 0.0)
    assert euro(np.array([5.0]), 0.0)[0] == 1.0


def test_rotations_are_smoothed_across_a_half_turn() -> None:
    """Axis-angle would jump from +pi to -pi here; the result must stay near the input."""
    smoother = PoseSmoother()
    for frame in range(90):
        rotmat = turned(np.pi - 0.6 + frame / 90 * 1.2)
        result, _, _ = smoother(rotmat, np.zeros(10), UPRIGHT, box=BOX, time_s=frame / 30)
        assert angles_to(result, rotmat).max() < 0.25
        np.testing.assert_allclose(
            result @ result.transpose(0, 2, 1), np.tile(np.eye(3), (24, 1, 1)), atol=1e-5
        )
    assert result.dtype == np.float32


def test_a_trembling_pose_becomes_calmer() -> None:
    rng = np.random.default_rng(1)
    smoother = PoseSmoother()
    before, after = [], []
    for frame in range(120):
        rotmat = turned(0.5 + rng.normal(0, 0.05))
        before.append(angles_to(rotmat, turned(0.5))[0])
        result, betas, camera = smoother(rotmat, rng.normal(size=10), UPRIGHT, box=BOX, time_s=frame / 30)
        after.append(angles_to(result, turned(0.5))[0])
    assert np.mean(after[30:]) < 0.6 * np.mean(before[30:])
    assert np.abs(betas).max() < 1
    np.testing.assert_allclose(camera, UPRIGHT, atol=1e-5)


def test_a_box_that_moves_about_a_resting_body_does_not_move_it() -> None:
    smoother = PoseSmoother()
    for frame in range(60):
        box = Box(320 + 20 * np.sin(frame), 240.0, 300 + 30 * np.cos(frame))
        scale = 100.0  # pixels per metre, and the body at pixel (350, 200)
        camera = np.array([2 * scale / box.side, (350 - box.cx) / scale, (200 - box.cy) / scale])
        _, _, result = smoother(turned(0), np.zeros(10), camera, box=box, time_s=frame / 30)
        np.testing.assert_allclose(result, camera, rtol=1e-4, atol=1e-5)


def test_reset_forgets() -> None:
    smoother = PoseSmoother()
    smoother(turned(0.0), np.zeros(10), UPRIGHT, box=BOX, time_s=0.0)
    smoother.reset()
    result, _, _ = smoother(turned(2.0), np.zeros(10), UPRIGHT, box=BOX, time_s=0.01)
    assert angles_to(result, turned(2.0)).max() < 1e-3
