"""Free motion for training.  Flow: readers -> SourceMotion -> retarget -> MotionClip (30 fps, SMPL's joints).

Three readers, one file each; a new format is one file that yields SourceMotion and one line in READERS.
`python -m str_live.train.motion --motion DIR --out FILE.npz` does the work once and writes a cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from str_live.skeleton import JOINT_NAMES, PARENTS
from str_live.train.motion.cache import read_motion_cache, write_motion_cache
from str_live.train.motion.clip import FPS, MotionClip, SourceMotion
from str_live.train.motion.cmu_bvh import read_cmu_bvh
from str_live.train.motion.cmu_expmap import read_cmu_expmap
from str_live.train.motion.deepmimic import read_deepmimic
from str_live.train.motion.retarget import retarget, usable_pieces
from str_live.train.motion.skeleton import forward_kinematics, load_rest_joints

__all__ = [
    "FPS",
    "JOINT_NAMES",
    "PARENTS",
    "READERS",
    "MotionClip",
    "SourceMotion",
    "forward_kinematics",
    "load_motion",
    "load_rest_joints",
    "read_motion_cache",
    "usable_pieces",
    "whole_clips",
    "write_motion_cache",
]

READERS: dict[str, Callable[[Path], Iterator[SourceMotion]]] = {
    "cmu_expmap": read_cmu_expmap,
    "cmu_bvh": read_cmu_bvh,
    "deepmimic": read_deepmimic,
}


def load_motion(folder: Path, rest_joints: np.ndarray | None = None) -> list[MotionClip]:
    """Return all motion in the folder on the target body, cut at jumps.

    rest_joints (24, 3) in metres; None takes those of assets/body/free_body.npz.
    """
    rest_joints = load_rest_joints() if rest_joints is None else rest_joints
    return [piece for clip in whole_clips(folder, rest_joints) for piece in usable_pieces(clip)]


def whole_clips(folder: Path, rest_joints: np.ndarray) -> Iterator[MotionClip]:
    """Yield every recording in the folder on the target body, uncut.  rest_joints (24, 3) in metres."""
    if not Path(folder).is_dir():
        raise NotADirectoryError(f"{folder} is no folder; give the folder of the motion files with --motion")
    for read in READERS.values():
        for motion in read(Path(folder)):
            yield retarget(motion, rest_joints)
