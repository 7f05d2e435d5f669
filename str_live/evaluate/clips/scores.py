"""How well a track fits what is known of a clip. In: Sights and references, out: figures by name.

In 3D, over those frames that count: PA-MPJPE of 12 limb joints; their acceleration error and mean
acceleration in mm/frame^2 at 30 frames a second, centred on their mean, after one rotation for the whole
clip. The mean acceleration is there because a body that never moves has a small error too. In the picture:
PCK, the share of the limbs' landmarks that lie within a part of the torso's length from the reference, and
the overlap (intersection over union) of the person's pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from str_live.evaluate.clips.tracks import Sight
from str_live.metrics import best_rotation, pa_mpjpe_mm
from str_live.skeleton import LIMB_HIPS, LIMB_SHOULDERS

PCK_DISTANCES = {"pck_01": 0.1, "pck_02": 0.2}
"""Figure -> distance in lengths of the torso."""
METRIC_RATE = 30.0
"""Frames a second at which accelerations are measured."""


@dataclass(frozen=True, slots=True)
class Row:
    """How one way of tracking did on one clip with one damage."""

    clip: str
    damage: str
    method: str
    frames: int
    lost: int
    """Frames in which it did not find the person."""
    shown: Mapping[str, float]
    """Figures of what a viewer sees: where the person is lost, the last body stands.

    In 3D over the frames from the first that all methods show a body in; in the picture over all, as a body
    that is not there has missed.
    """
    all_found: Mapping[str, float]
    """Figures over the frames in which all methods found the person; empty where there are none."""
    all_found_frames: int


def motion_figures(
    sights: Sequence[Sight | None], counted: np.ndarray, *, joints: np.ndarray, rate: float
) -> dict[str, float]:
    """Figures over the counted (N,) of N frames, at `rate` frames a second; `joints` (N, 12, 3) metres.

    Every counted frame has a Sight. An acceleration counts where all three of its frames do.
    """
    predicted = np.stack([np.zeros((12, 3)) if sight is None else sight.joints for sight in sights])
    predicted = predicted - predicted.mean(1, keepdims=True)
    joints = joints - joints.mean(1, keepdims=True)
    if not counted.any():
        return {}
    figures = {"pa_mpjpe_mm": pa_mpjpe_mm(predicted[counted], joints[counted])}
    step = max(round(rate / METRIC_RATE), 1)
    triples = counted[: -2 * step] & counted[step:-step] & counted[2 * step :]
    if triples.any():
        rotation = best_rotation(predicted[counted].reshape(-1, 3), joints[counted].reshape(-1, 3))
        moved, target = _acceleration(predicted @ rotation.T, step), _acceleration(joints, step)
        figures["accel_error_mm"] = _mean_length_mm((moved - target)[triples])
        figures["accel_mm"] = _mean_length_mm(moved[triples])
    return figures


def _acceleration(joints: np.ndarray, step: int) -> np.ndarray:
    """(N, J, 3) -> (N - 2 step, J, 3) per (step frames)^2."""
    return joints[: -2 * step] - 2 * joints[step:-step] + joints[2 * step :]


def _mean_length_mm(vectors: np.ndarray) -> float:
    return float(np.linalg.norm(vectors, axis=-1).mean() * 1000)


def picture_figures(
    sights: Sequence[Sight | None],
    counted: np.ndarray,
    *,
    points_px: np.ndarray,
    masks: Sequence[np.ndarray],
) -> dict[str, float]:
    """Figures over the counted (N,) of N frames; `points_px` (N, 12, 2) and (H, W) bool masks are references.

    Reference points outside the picture do not count; a frame without a Sight has missed everything.
    """
    distances, overlaps = [], []
    for index in np.flatnonzero(counted):
        sight, reference, mask = sights[index], points_px[index], masks[index]
        inside = ((reference >= 0) & (reference < mask.shape[::-1])).all(-1)
        distances.append(_torso_distances(sight, reference)[inside])
        overlaps.append(0.0 if sight is None or sight.mask is None else overlap(sight.mask, mask))
    if not distances:
        return {}
    together = np.concatenate(distances)
    shares = {name: float((together < distance).mean()) for name, distance in PCK_DISTANCES.items()}
    return {**shares, "overlap": float(np.mean(overlaps))}


def _torso_distances(sight: Sight | None, reference: np.ndarray) -> np.ndarray:
    """(12,) distances from the (12, 2) reference in lengths of its torso; infinite without a Sight."""
    if sight is None:
        return np.full(len(reference), np.inf)
    torso = np.linalg.norm(reference[LIMB_SHOULDERS].mean(0) - reference[LIMB_HIPS].mean(0))
    return np.linalg.norm(sight.points_px - reference, axis=-1) / torso


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two (H, W) bool masks; 0 where both are empty."""
    union = (first | second).sum()
    return float((first & second).sum() / union) if union else 0.0
