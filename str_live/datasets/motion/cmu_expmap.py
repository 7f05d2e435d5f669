"""Reader for CMU motion as exponential maps (an npz of (N, 117) arrays at 120 fps).  Out: SourceMotion.

A row is the root translation and 38 joints x 3.  The maps are written for row vectors, hence the transpose.
Row 0 of every clip is no motion but a T-pose with closed legs and a level head: it serves as the rest pose,
because at zero angles the legs are 20 degrees apart, feet rolled with them, and the head leans back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.clip import CMU_LICENCE, SourceMotion
from str_live.skeleton import JOINT
from str_live.untrusted.arrays import read_arrays

SOURCE_FPS = 120
JOINT_COUNT = 38
PARENTS = (
    -1, 0, 1, 2, 3, 4, 5, 0, 7, 8, 9, 10, 11, 0, 13, 14, 15, 16, 17, 18, 15, 20, 21, 22, 23, 24, 25, 23, 27,
    15, 29, 30, 31, 32, 33, 34, 32, 36,
)  # fmt: skip
# Bone to the next joint of the limb, in the length unit of the recordings.
LIMB_BONES = {
    "left_hip": (2.597, -7.136, 0.0), "left_knee": (2.492, -6.848, 0.0),
    "right_hip": (-2.595, -7.130, 0.0), "right_knee": (-2.468, -6.780, 0.0),
    "left_shoulder": (4.865, 0.0, 0.0), "left_elbow": (3.356, 0.0, 0.0),
    "right_shoulder": (-5.026, 0.0, 0.0), "right_elbow": (-3.364, 0.0, 0.0),
}  # fmt: skip
LEG_LENGTH = float(
    sum(
        np.linalg.norm(LIMB_BONES[f"{side}_{bone}"]) for side in ("left", "right") for bone in ("hip", "knee")
    )
    / 2
)
SOURCE_JOINT = {
    "pelvis": 0, "left_hip": 2, "left_knee": 3, "left_ankle": 4, "left_foot": 5,
    "right_hip": 8, "right_knee": 9, "right_ankle": 10, "right_foot": 11,
    "spine1": 13, "spine2": 14, "spine3": 15, "neck": 17, "head": 18,
    "left_collar": 20, "left_shoulder": 21, "left_elbow": 22, "left_wrist": 24, "left_hand": 24,
    "right_collar": 29, "right_shoulder": 30, "right_elbow": 31, "right_wrist": 33, "right_hand": 33,
}  # fmt: skip  # joint 23 and 32 are the forearm's twist, 24 and 33 the bend of the hand


def read_cmu_expmap(folder: Path) -> Iterator[SourceMotion]:
    """Yield every clip of every cmu_expmap*.npz in the folder."""
    for path in sorted(Path(folder).glob("cmu_expmap*.npz")):
        for name, rows in read_arrays(path).items():
            yield source_from_expmap(name, rows)


def source_from_expmap(name: str, rows: np.ndarray) -> SourceMotion:
    """Return one clip from its rows (1 + N, 3 + 38 * 3), the first of which is the T-pose."""
    if rows.ndim != 2 or rows.shape[1] != 3 * (1 + JOINT_COUNT) or len(rows) < 3:
        raise ValueError(f"{name}: expected (N, {3 * (1 + JOINT_COUNT)}) rows, found {rows.shape}")
    rotmat_global = _global_rotations(rows[:, 3:].reshape(len(rows), JOINT_COUNT, 3))
    order = [SOURCE_JOINT[joint] for joint in JOINT]
    rest, moving = rotmat_global[0, order], rotmat_global[1:, order]
    return SourceMotion(
        name=name,
        source="cmu_expmap",
        licence=CMU_LICENCE,
        times_s=np.arange(len(moving)) / SOURCE_FPS,
        turns=moving @ np.swapaxes(rest, -1, -2),
        rest_bones=_rest_bones(rest),
        root=rows[1:, :3].astype(np.float64),
        leg_length=LEG_LENGTH,
    )


def _global_rotations(expmap: np.ndarray) -> np.ndarray:
    """Return global rotations (N, 38, 3, 3) for column vectors of local maps (N, 38, 3) for row vectors."""
    local = Rotation.from_rotvec(expmap.reshape(-1, 3)).inv().as_matrix().reshape(*expmap.shape, 3)
    local[1:, 0] = repair_root(local[1:, 0])  # the motion only: it starts at any yaw, the T-pose at zero
    for joint, parent in enumerate(PARENTS[1:], start=1):
        local[:, joint] = local[:, parent] @ local[:, joint]
    return local


def repair_root(root_rotmat: np.ndarray) -> np.ndarray:
    """Return the root rotations (N, 3, 3) as recorded, from those of the file.

    The recording states the root's angles in the order z, y, x; the file was made as if they were in the
    order z, x, y, like all other joints'.  The slip tilts the body a little at any yaw and mirrors its yaw
    beyond 90 degrees.  Undo it: read the angles in the wrong order, build the matrix in the right one.
    """
    z, x, y = Rotation.from_matrix(root_rotmat).as_euler("ZXY").T
    readings = np.stack([np.stack([z, y, x], axis=1), np.stack([z + np.pi, y + np.pi, np.pi - x], axis=1)])
    candidates = Rotation.from_euler("ZYX", readings.reshape(-1, 3)).as_matrix().reshape(2, -1, 3, 3)
    frames = np.arange(len(z))
    choice = (np.cos(y) < 0).astype(int)  # the recording's y, its middle angle, lies within 90 degrees ...
    chosen = candidates[choice, frames]
    turned = np.einsum("nab,nab->n", chosen[:-1], chosen[1:]) < 1.0  # by more than 90 degrees in a frame
    choice ^= np.concatenate([[0], np.cumsum(turned) % 2])  # ... unless it ran on past them without a break
    return candidates[choice, frames]


def _rest_bones(rest: np.ndarray) -> np.ndarray:
    """Return rest bone vectors (24, 3) of the limbs from rest rotations (24, 3, 3)."""
    bones = np.full((len(JOINT), 3), np.nan)
    for name, bone in LIMB_BONES.items():
        bones[JOINT[name]] = rest[JOINT[name]] @ bone
    return bones
