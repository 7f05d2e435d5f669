"""Free motion for training.  Flow: readers -> SourceMotion -> retarget -> MotionClip (30 fps, SMPL's joints).

Four readers, one file each: three of published formats, and one of packs, which many sources were turned
into. A new source is a pack, or a file that yields SourceMotion and a line in READERS; catalogue.py describes
it. `python -m str_live.datasets.motion --motion DIR --out FILE.npz` does the work once and writes a cache,
which every `--motion` takes in place of the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from str_live.datasets.motion.cache import read_motion_cache, rest_joints_of_cache, write_motion_cache
from str_live.datasets.motion.catalogue import FIRST_ONLY, remaining
from str_live.datasets.motion.clip import FPS, MotionClip, SourceMotion
from str_live.datasets.motion.cmu_bvh import read_cmu_bvh
from str_live.datasets.motion.cmu_expmap import read_cmu_expmap
from str_live.datasets.motion.deepmimic import read_deepmimic
from str_live.datasets.motion.packs import read_packs
from str_live.datasets.motion.retarget import retarget, usable_pieces
from str_live.datasets.motion.skeleton import forward_kinematics, load_rest_joints
from str_live.skeleton import JOINT_NAMES, PARENTS

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
MAKE = "python -m str_live.datasets.motion"
SAME_BODY_M = 1e-4
"""Files hold rest joints in single precision."""


def load_motion(
    motion: Path, rest_joints: np.ndarray | None = None, left_out: Iterable[str] = FIRST_ONLY
) -> list[MotionClip]:
    """Return all motion of a folder or of a cache on the target body, cut at jumps, but for `left_out`.

    rest_joints (24, 3) in metres; None takes those of assets/body/free_body.npz. Raises ValueError for a file
    that is none, an unknown source, or a cache that was made for another body; NotADirectoryError.
    """
    rest_joints = load_rest_joints() if rest_joints is None else rest_joints
    if not Path(motion).is_file():
        whole = whole_clips(motion, rest_joints, left_out)
        return [piece for clip in whole for piece in usable_pieces(clip)]
    if not np.allclose(rest_joints_of_cache(motion), rest_joints, atol=SAME_BODY_M):
        raise ValueError(f"{motion} was made for another body: make it anew, {MAKE}")
    sources = remaining(left_out)
    return [clip for clip in read_motion_cache(motion) if clip.source in sources]


def whole_clips(
    folder: Path, rest_joints: np.ndarray, left_out: Iterable[str] = FIRST_ONLY
) -> Iterator[MotionClip]:
    """Yield every recording in the folder on the target body, uncut.  rest_joints (24, 3) in metres."""
    sources = remaining(left_out)
    if not Path(folder).is_dir():
        raise NotADirectoryError(f"{folder} is no folder; give the folder of the motion files with --motion")
    for source, read in READERS.items():
        if source in sources:
            for motion in read(Path(folder)):
                yield retarget(motion, rest_joints)
    for motion in read_packs(Path(folder), sources):
        yield retarget(motion, rest_joints)
