"""Metrics of human pose: numpy, float64. Joints come in metres, results leave in millimetres."""

from __future__ import annotations

import numpy as np


def procrustes(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(N, J, 3) points, each frame moved, turned and scaled to fit (N, J, 3) target best."""
    points, target = np.asarray(points, np.float64), np.asarray(target, np.float64)
    centre, goal = points.mean(1, keepdims=True), target.mean(1, keepdims=True)
    rotation = best_rotation(points - centre, target - goal)  # (N, 3, 3)
    turned = (points - centre) @ np.swapaxes(rotation, -1, -2)
    scale = (turned * (target - goal)).sum((1, 2)) / np.maximum(((points - centre) ** 2).sum((1, 2)), 1e-12)
    return scale[:, None, None] * turned + goal


def best_rotation(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(..., J, 3) centred points and target -> (..., 3, 3) R that minimises |R points - target| (Kabsch)."""
    u, _, vt = np.linalg.svd(np.swapaxes(points, -1, -2) @ target)
    v = np.swapaxes(vt, -1, -2)
    sign = np.sign(np.linalg.det(v @ np.swapaxes(u, -1, -2)))
    v[..., :, -1] *= sign[..., None]
    return v @ np.swapaxes(u, -1, -2)


def mpjpe_mm(points: np.ndarray, target: np.ndarray) -> float:
    """Mean distance over (N, J, 3), as it stands: centre both on the root first."""
    return float(np.linalg.norm(np.asarray(points) - np.asarray(target), axis=-1).mean() * 1000)


def pa_mpjpe_mm(points: np.ndarray, target: np.ndarray) -> float:
    """Mean distance over (N, J, 3) after a similarity Procrustes alignment of each frame."""
    return mpjpe_mm(procrustes(points, target), target)


def acceleration(points: np.ndarray) -> np.ndarray:
    """(N, J, 3) metres -> (N - 2, J, 3) metres a frame^2: p[t-1] - 2 p[t] + p[t+1]."""
    points = np.asarray(points, np.float64)
    return points[:-2] - 2 * points[1:-1] + points[2:]


def accel_error_mm(points: np.ndarray, target: np.ndarray) -> float:
    """Mean norm of the difference of (N, J, 3) points' accelerations, mm/frame^2 at the frames' own rate."""
    return float(np.linalg.norm(acceleration(points) - acceleration(target), axis=-1).mean() * 1000)


def accel_mm(points: np.ndarray) -> float:
    """Mean norm of (N, J, 3) points' acceleration, mm/frame^2. A body that never moves errs little, too."""
    return float(np.linalg.norm(acceleration(points), axis=-1).mean() * 1000)
