"""Cuts pieces of free motion together, with short blends, around one spot in front of the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from str_live.datasets.motion import MotionClip

BLEND = 14
"""Frames over which one piece turns into the next."""
REACH = 12
"""Frames before and after in which a foot is looked for on the floor: longer than half a jump."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a clip of the motion cache."""

    name: str
    start: int
    stop: int
    facing_deg: float
    """Mean direction the person faces, 0 towards the camera, positive to the viewer's right."""


CUTS = (
    Cut("train/directing_traffic/directing_traffic_4", 318, 445, 6.0),
    Cut("train/walking_extra/walking_22", 92, 205, 10.0),
    Cut("train/jumping/jumping_2", 96, 215, -14.0),
    Cut("train/soccer/soccer_2", 64, 128, 28.0),
    Cut("dance_b", 0, 76, 0.0),
)


def cut_together(clips: Sequence[MotionClip], cuts: Sequence[Cut] = CUTS) -> tuple[np.ndarray, np.ndarray]:
    """Local rotations (N, 24, 3, 3) and pelvis positions (N, 3), world: y up, +z towards the camera."""
    by_name = {clip.name: clip for clip in clips}
    missing = [cut.name for cut in cuts if cut.name not in by_name]
    if missing:
        raise ValueError(f"the motion folder lacks {', '.join(missing)}")
    rotmat, root = _piece(by_name[cuts[0].name], cuts[0])
    for cut in cuts[1:]:
        next_rotmat, next_root = _piece(by_name[cut.name], cut)
        rotmat, root = _blend(rotmat, root, next_rotmat, next_root)
    return rotmat.astype(np.float32), root.astype(np.float32)


def _piece(clip: MotionClip, cut: Cut) -> tuple[np.ndarray, np.ndarray]:
    """One cut, turned to its direction and moved so that its path is centred on the spot."""
    rotmat = clip.rotmat[cut.start : cut.stop].astype(np.float64)
    root = clip.root[cut.start : cut.stop].astype(np.float64)
    forward = rotmat[:, 0, :, 2].sum(axis=0)  # where +z of the body points
    turn = Rotation.from_euler(
        "y", np.radians(cut.facing_deg) - np.arctan2(forward[0], forward[2])
    ).as_matrix()
    rotmat = np.concatenate([(turn @ rotmat[:, 0])[:, None], rotmat[:, 1:]], axis=1)
    root = root @ turn.T
    middle = (root.min(axis=0) + root.max(axis=0)) / 2
    return rotmat, root - middle * (1.0, 0.0, 1.0)


def _blend(
    rotmat: np.ndarray, root: np.ndarray, next_rotmat: np.ndarray, next_root: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The end of one piece faded into the beginning of the next: positions linearly, rotations by slerp."""
    t = np.linspace(0.0, 1.0, BLEND + 2)[1:-1]
    share = t * t * (3 - 2 * t)
    mixed_root = root[-BLEND:] * (1 - share[:, None]) + next_root[:BLEND] * share[:, None]
    mixed = np.empty_like(next_rotmat[:BLEND])
    for frame in range(BLEND):
        for joint in range(24):
            ends = Rotation.from_matrix([rotmat[frame - BLEND, joint], next_rotmat[frame, joint]])
            mixed[frame, joint] = Slerp([0.0, 1.0], ends)(share[frame]).as_matrix()
    return (
        np.concatenate([rotmat[:-BLEND], mixed, next_rotmat[BLEND:]]),
        np.concatenate([root[:-BLEND], mixed_root, next_root[BLEND:]]),
    )


def put_on_the_floor(root: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """Pelvis positions (N, 3) moved up and down, slowly, so that the lowest vertex (N,) stands at height 0.

    The floor under a frame is the smoothed lowest point within REACH frames around it: a jump stays a jump,
    and because the smoothing is no wider than the search, nothing ever sinks in.
    """
    frames = np.arange(len(lowest))[:, None] + np.arange(-REACH, REACH + 1)
    floor = lowest[np.clip(frames, 0, len(lowest) - 1)].min(axis=1)
    window = np.hanning(2 * REACH + 3)[1:-1]
    smooth = np.convolve(np.pad(floor, REACH, mode="edge"), window / window.sum(), mode="valid")
    corrected = root.copy()
    corrected[:, 1] -= smooth
    return corrected
