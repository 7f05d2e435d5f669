"""How often each second of the motion is drawn, so that an hour of near-repeated walking is no hour.

Seconds are put together with those that look and move alike (k-means over where the limbs are, seen from the
pelvis, and how far they get in half a second). A cluster of n seconds is then drawn n^exponent times: 1 draws
by minutes, 0 every cluster alike. In: rotations of clips in a row. Out: weights of their seconds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.cluster.vq import kmeans2

from str_live.datasets.motion.clip import FPS
from str_live.datasets.motion.skeleton import forward_kinematics, load_rest_joints
from str_live.skeleton import JOINT

REACH = FPS // 4
"""Frames before and after the middle of a second, between which its motion is seen."""
DESCRIBED = [
    JOINT[name]
    for name in (
        "head",
        *(f"{s}_{j}" for s in ("left", "right") for j in ("knee", "ankle", "elbow", "wrist")),
    )
]
ROUNDS = 20


class Seconds(NamedTuple):
    """The seconds of all clips, each cut into as many as it has."""

    clip: np.ndarray
    """(S,) which clip."""
    first: np.ndarray
    """(S,) frame of that clip."""
    weight: np.ndarray
    """(S,) chance to be drawn, up to a factor; alike for the seconds of a cluster."""


def weighted_seconds(
    rotmat: np.ndarray, lengths: np.ndarray, *, exponent: float, clusters: int, seed: int = 0
) -> Seconds:
    """rotmat (N, 24, 3, 3) of clips in a row, `lengths` (C,) frames of each."""
    counts = np.maximum(lengths // FPS, 1)  # seconds of each clip
    clip = np.repeat(np.arange(len(lengths)), counts)
    within = np.arange(len(clip)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = within * FPS
    starts = np.cumsum(lengths) - lengths
    looks = features(rotmat, starts[clip], lengths[clip], first)
    clusters = min(clusters, len(looks))
    # "seed" is called "rng" since scipy 1.15, which still takes it; stubs know the new name alone.
    _, member = kmeans2(looks, clusters, iter=ROUNDS, minit="++", seed=seed)  # pyright: ignore[reportCallIssue]
    size = np.bincount(member, minlength=clusters).astype(np.float64)
    return Seconds(clip, first, size[member] ** (exponent - 1))


def features(rotmat: np.ndarray, starts: np.ndarray, lengths: np.ndarray, first: np.ndarray) -> np.ndarray:
    """(S, 54) float32 metres: places of nine joints seen from the pelvis, and their ways in half a second.

    Places are turned about the vertical so that the pelvis faces ahead: who lies is told from who stands.
    """
    middle = np.minimum(first + FPS // 2, lengths - 1)
    before, after = np.maximum(middle - REACH, 0), np.minimum(middle + REACH, lengths - 1)
    early, now, late = (_seen_from_pelvis(rotmat[starts + frame]) for frame in (before, middle, after))
    return np.concatenate([now, late - early], axis=1).astype(np.float32)


def _seen_from_pelvis(rotmat: np.ndarray) -> np.ndarray:
    """(S, 24, 3, 3) -> (S, 27)."""
    _, joints = forward_kinematics(rotmat.astype(np.float64), np.zeros((len(rotmat), 3)), load_rest_joints())
    ahead = rotmat[:, 0, :, 2]  # where the pelvis faces
    heading = np.arctan2(ahead[:, 0], ahead[:, 2])
    cosine, sine = np.cos(heading)[:, None], np.sin(heading)[:, None]
    x, y, z = np.moveaxis(joints[:, DESCRIBED], -1, 0)
    return np.stack([cosine * x - sine * z, y, sine * x + cosine * z], axis=-1).reshape(len(rotmat), -1)
