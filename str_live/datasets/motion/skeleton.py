"""The target: a body's rest joints, forward kinematics in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from str_live.files import FREE_BODY
from str_live.skeleton import JOINT, PARENTS
from str_live.untrusted.arrays import read_arrays

LIMB_CHILD = {
    JOINT[f"{side}_{joint}"]: JOINT[f"{side}_{child}"]
    for side in ("left", "right")
    for joint, child in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
}  # joints whose bone must point where the source's bone points
FOOT_JOINTS = tuple(JOINT[name] for name in ("left_ankle", "right_ankle", "left_foot", "right_foot"))
TOE_JOINT_ABOVE_SOLE_M = 0.028  # measured on the free body; rest joints alone do not know the sole


def load_rest_joints(body_file: Path = FREE_BODY) -> np.ndarray:
    """Return the mean shape's rest joints (24, 3) in metres of an SMPL-format npz."""
    if not Path(body_file).is_file():
        raise FileNotFoundError(f"{body_file} is missing: it gives the proportions that motion is fitted to")
    body = read_arrays(body_file, ("J_regressor", "v_template"))
    return np.asarray(body["J_regressor"] @ body["v_template"], dtype=np.float64)


def forward_kinematics(
    rotmat: np.ndarray, root: np.ndarray, rest_joints: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return global rotations (N, 24, 3, 3) and joint positions (N, 24, 3).

    rotmat (N, 24, 3, 3) local, root (N, 3) pelvis position in metres, rest_joints (24, 3).
    """
    rotmat_global = np.empty_like(rotmat)
    positions = np.empty((*rotmat.shape[:2], 3), dtype=np.result_type(root, rest_joints))
    rotmat_global[:, 0], positions[:, 0] = rotmat[:, 0], root
    for joint, parent in enumerate(PARENTS[1:], start=1):
        rotmat_global[:, joint] = rotmat_global[:, parent] @ rotmat[:, joint]
        bone = rest_joints[joint] - rest_joints[parent]
        positions[:, joint] = positions[:, parent] + rotmat_global[:, parent] @ bone
    return rotmat_global, positions


def height_above_sole(rest_joints: np.ndarray) -> np.ndarray:
    """Return the height (24,) in metres of each rest joint above the soles."""
    sole = rest_joints[list(FOOT_JOINTS), 1].min() - TOE_JOINT_ABOVE_SOLE_M
    return rest_joints[:, 1] - sole


def leg_length(rest_joints: np.ndarray) -> float:
    """Return thigh + shank of rest_joints (24, 3) in metres, mean of both sides."""
    bones = [
        np.linalg.norm(rest_joints[c] - rest_joints[j])
        for j, c in LIMB_CHILD.items()
        if j < JOINT["left_ankle"]
    ]
    return float(np.sum(bones) / 2)
