"""The records of the motion package.  Flow: reader -> SourceMotion -> retarget -> MotionClip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FPS = 30  # every clip is resampled to it: the rate that the live windows are trained at
CMU_LICENCE = "CMU mocap (mocap.cs.cmu.edu, created with funding from NSF EIA-0196217)"


@dataclass(frozen=True, slots=True)
class SourceMotion:
    """One recording, still with the proportions of its own skeleton, in the target's axes.

    The axes are y up, facing +z, left +x: readers have already applied their change of basis C.
    """

    name: str
    source: str  # "cmu_expmap", "cmu_bvh" or "deepmimic"
    licence: str
    times_s: np.ndarray  # (N,) strictly increasing
    turns: np.ndarray  # (N, 24, 3, 3) C R_src(t) R_src(rest)^-1 C^T of the bone that drives each target joint
    rest_bones: np.ndarray  # (24, 3) rest direction joint -> child, any length; NaN: keep the target's own
    root: np.ndarray  # (N, 3) hips in source units
    leg_length: float  # thigh + shank in source units: gives the scale of `root`


@dataclass(frozen=True, slots=True)
class MotionClip:
    """A motion of the target body at a fixed rate; world: y up, floor near y = 0."""

    name: str
    source: str
    licence: str
    rotmat: (
        np.ndarray
    )  # (N, 24, 3, 3) float32 local rotations, [0] is the global orientation; identity faces +z
    root: np.ndarray  # (N, 3) float32 position of the pelvis joint in metres
    fps: int = FPS

    def __len__(self) -> int:
        """Number of frames N."""
        return len(self.rotmat)
