"""Metrics against naive twins and against what they must not see."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.metrics import accel_error_mm, accel_mm, mpjpe_mm, pa_mpjpe_mm, procrustes


def joints(frames: int = 6) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(frames, 12, 3))


def random_rotation(seed: int) -> np.ndarray:
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def test_pa_mpjpe_does_not_see_a_similarity_transform():
    moved = 1.7 * joints() @ random_rotation(1).T + [1.0, -2.0, 3.0]
    assert pa_mpjpe_mm(moved, joints()) == pytest.approx(0, abs=1e-9)


def test_pa_mpjpe_sees_a_reflection():
    assert pa_mpjpe_mm(joints() * [-1, 1, 1], joints()) > 100


def test_procrustes_beats_nearby_transforms():
    target, points = joints(1), joints(1) + np.random.default_rng(3).normal(size=(1, 12, 3)) * 0.2
    best = ((procrustes(points, target) - target) ** 2).sum()
    for seed in range(20):
        wobble = np.eye(3) + 0.02 * np.random.default_rng(seed).normal(size=(3, 3))
        other = procrustes(points, target) @ random_rotation_near(wobble).T
        assert ((other - target) ** 2).sum() >= best - 1e-9


def random_rotation_near(matrix: np.ndarray) -> np.ndarray:
    u, _, vt = np.linalg.svd(matrix)
    return u @ vt


def test_mpjpe_is_the_mean_distance_in_millimetres():
    total = [
        np.sqrt(((a - b) ** 2).sum()) for a, b in zip(joints().reshape(-1, 3), np.zeros((72, 3)), strict=True)
    ]
    assert mpjpe_mm(joints(), np.zeros((6, 12, 3))) == pytest.approx(1000 * np.mean(total))


def test_acceleration_error_is_zero_for_constant_velocity():
    time = np.arange(8)[:, None, None]
    steady = joints(1) + time * np.array([0.1, 0.0, -0.2])
    assert accel_mm(steady) == pytest.approx(0, abs=1e-9)
    assert accel_error_mm(steady, np.zeros((8, 12, 3))) == pytest.approx(0, abs=1e-9)


def test_acceleration_error_against_a_naive_twin():
    first, second = joints(), joints()[::-1]
    distances = []
    for t in range(1, 5):
        for j in range(12):
            a = first[t - 1, j] - 2 * first[t, j] + first[t + 1, j]
            b = second[t - 1, j] - 2 * second[t, j] + second[t + 1, j]
            distances.append(np.linalg.norm(a - b))
    assert accel_error_mm(first, second) == pytest.approx(1000 * np.mean(distances))
