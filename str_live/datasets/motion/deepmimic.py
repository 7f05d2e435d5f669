"""Reader for DeepMimic's humanoid motions (JSON, MIT licence).  Out: SourceMotion.

The skeleton faces +x with right = +z and hanging arms; knees and elbows are angles about z, all other joints
quaternions (w, x, y, z).  It has one spine joint and no hands or toes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.clip import SourceMotion
from str_live.datasets.motion.retarget import slerp
from str_live.datasets.motion.skeleton import LIMB_CHILD
from str_live.skeleton import JOINT

LICENCE = "MIT (xbpeng/DeepMimic)"
FRAME_LENGTH = 44
LEG_LENGTH_M = 0.421546 + 0.409870
T_TARGET_SOURCE = np.array(
    [[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
)  # C: forward x -> z, right z -> -x

# name: (parent, first column, number of columns); a frame starts with its duration and the root position
JOINTS = {
    "root": (None, 4, 4),
    "chest": ("root", 8, 4),
    "neck": ("chest", 12, 4),
    "right_hip": ("root", 16, 4),
    "right_knee": ("right_hip", 20, 1),
    "right_ankle": ("right_knee", 21, 4),
    "right_shoulder": ("chest", 25, 4),
    "right_elbow": ("right_shoulder", 29, 1),
    "left_hip": ("root", 30, 4),
    "left_knee": ("left_hip", 34, 1),
    "left_ankle": ("left_knee", 35, 4),
    "left_shoulder": ("chest", 39, 4),
    "left_elbow": ("left_shoulder", 43, 1),
}
# Target joints that sit between two source joints take a share of the turn: (lower, upper, weight of upper).
SHARED = {
    "spine1": ("root", "chest", 1 / 3),
    "spine2": ("root", "chest", 2 / 3),
    "neck": ("chest", "neck", 0.5),
}
DRIVEN_BY = {
    "pelvis": "root", "spine3": "chest", "head": "neck",
    "left_collar": "chest", "left_wrist": "left_elbow", "left_hand": "left_elbow", "left_foot": "left_ankle",
    "right_collar": "chest", "right_wrist": "right_elbow", "right_hand": "right_elbow",
    "right_foot": "right_ankle",
}  # fmt: skip  # every other joint has its own name in the source


def read_deepmimic(folder: Path) -> Iterator[SourceMotion]:
    """Yield every humanoid3d_*.txt below the folder."""
    for path in sorted(Path(folder).rglob("humanoid3d_*.txt")):
        frames = json.loads(path.read_text())["Frames"]
        yield source_from_frames(path.stem.removeprefix("humanoid3d_"), np.array(frames, dtype=np.float64))


def source_from_frames(name: str, frames: np.ndarray) -> SourceMotion:
    """Return one motion from its frames (N, 44)."""
    if frames.ndim != 2 or frames.shape[1] != FRAME_LENGTH or len(frames) < 2:
        raise ValueError(f"{name}: expected (N, {FRAME_LENGTH}) frames, found {frames.shape}")
    rotmat_global = _global_rotations(frames)
    turns = np.stack([_turn(joint, rotmat_global) for joint in JOINT], axis=1)  # (N, 24, 3, 3)
    rest_bones = np.full((len(JOINT), 3), np.nan)
    rest_bones[list(LIMB_CHILD)] = (0.0, -1.0, 0.0)  # legs stand, arms hang
    return SourceMotion(
        name=name,
        source="deepmimic",
        licence=LICENCE,
        times_s=np.concatenate([[0.0], np.cumsum(frames[:-1, 0])]),
        turns=T_TARGET_SOURCE @ turns @ T_TARGET_SOURCE.T,
        rest_bones=rest_bones,
        root=frames[:, 1:4] @ T_TARGET_SOURCE.T,
        leg_length=LEG_LENGTH_M,
    )


def _global_rotations(frames: np.ndarray) -> dict[str, np.ndarray]:
    """Return global rotations (N, 3, 3) in the source's axes by joint name."""
    result: dict[str, np.ndarray] = {}
    for name, (parent, column, count) in JOINTS.items():
        values = frames[:, column : column + count]
        if count == 1:
            local = Rotation.from_rotvec(values * [0.0, 0.0, 1.0])
        else:
            local = Rotation.from_quat(values[:, [1, 2, 3, 0]])
        result[name] = local.as_matrix() if parent is None else result[parent] @ local.as_matrix()
    return result


def _turn(joint: str, rotmat_global: dict[str, np.ndarray]) -> np.ndarray:
    """Return the turn since rest (N, 3, 3) of one target joint; the rest pose is all zeros, so no inverse."""
    if joint in SHARED:
        lower, upper, weight = SHARED[joint]
        start, end = rotmat_global[lower], rotmat_global[upper]
        return slerp(start, end, np.full(len(start), weight))
    return rotmat_global[DRIVEN_BY.get(joint, joint)]
