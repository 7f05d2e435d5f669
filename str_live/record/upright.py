"""Finds the up direction of a motion in unknown axes. In: rotations and translations, out: Axes.

AMASS has z up, game engines and smplx mostly y, a camera y down, and no file states it. But people are
upright most of the time, and those who lie or crawl travel along the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SPINE = (0, 3, 6, 9, 12)
"""Joints from the pelvis to the neck, whose rotations carry the trunk."""
PRIOR = 0.3
"""Score of the usual axes of a kind of file, beside the trunk's direction, which scores 1 at most."""
STILL_M = 1.0
"""People rise and sink less than that; travel along an axis beyond it counts against its being vertical."""
TRAVEL_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Axes:
    """A frame of reference by the way that is up in it."""

    name: str
    R_camera_world: np.ndarray
    """(3, 3): turns it into a level camera's axes: x right, y down, z away."""

    @property
    def up(self) -> np.ndarray:
        """(3,) unit vector."""
        return -self.R_camera_world[1]


AXES = tuple(
    Axes(name, np.array(rows, np.float64))
    for name, rows in {
        "z up": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
        "y up": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
        "y down": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        "z down": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
        "x up": ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
        "x down": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    }.items()
)
"""Each looks at the person from the front where it stands in its frame as SMPL's rest pose does."""


def find_axes(rotmat: np.ndarray, trans: np.ndarray, usual: str = "") -> Axes:
    """The axes of (N, 24, 3, 3) local rotations and (N, 3) metres; `usual`: the name of what is expected."""
    trunk = trunk_direction(rotmat)
    low, high = np.percentile(trans, (5, 95), axis=0)

    def likelihood(axes: Axes) -> float:
        travel = float(np.abs(axes.up) @ (high - low))
        moves = np.clip(travel - STILL_M, 0.0, 1.0) * TRAVEL_WEIGHT
        return float(axes.up @ trunk) + PRIOR * (axes.name == usual) - float(moves)

    return max(AXES, key=likelihood)


def trunk_direction(rotmat: np.ndarray) -> np.ndarray:
    """(3,) mean direction from pelvis to neck; short where it varies."""
    direction, turned = np.zeros((len(rotmat), 3)), None
    for joint in SPINE:
        local = rotmat[:, joint].astype(np.float64)
        turned = local if turned is None else turned @ local
        direction += turned[:, :, 1]  # where +y, a rest pose's way up, goes
    length = np.linalg.norm(direction, axis=1, keepdims=True)
    return (direction / np.maximum(length, 1e-9)).mean(axis=0)
