"""Joint conventions of the field: SPIN's 49 and how 3DPW, Human3.6M, MPI-INF-3DHP and others order theirs.

In: a posed body's vertices, joints and landmarks. Out: the 49 joints that losses and metrics speak of. All
index tuples work on numpy arrays and tensors alike. Sources: SPIN's and VIBE's data.
The free body has no SMPL vertices: landmark points stand in for the joints read off those.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from str_live.skeleton import JOINT_NAMES

SMPL_VERTICES = 6890
"""Vertices of a real SMPL body, the only one that VERTEX_JOINTS and the published regressors are for."""
VERTEX_JOINTS = {
    "nose": 332, "right_eye": 6260, "left_eye": 2800, "right_ear": 4071, "left_ear": 583,
    "left_big_toe": 3216, "left_small_toe": 3226, "left_heel": 3387,
    "right_big_toe": 6617, "right_small_toe": 6624, "right_heel": 6787,
    "left_thumb": 2746, "left_index": 2319, "left_middle": 2445, "left_ring": 2556, "left_pinky": 2673,
    "right_thumb": 6191, "right_index": 5782, "right_middle": 5905, "right_ring": 6016, "right_pinky": 6133,
}  # fmt: skip
"""Joints 24 to 44 of the 54: name -> SMPL vertex. The finger tips (35 to 44) are not among the 49."""
EXTRA_JOINTS = (
    "right_hip_lsp", "left_hip_lsp", "neck_lsp", "head_top_lsp", "pelvis_mpii", "thorax_mpii", "spine_h36m",
    "jaw_h36m", "head_h36m",
)  # fmt: skip
"""Joints 45 to 53 of the 54: the rows of J_regressor_extra.npy."""
FROM_54 = (
    24, 12, 17, 19, 21, 16, 18, 20, 0, 2, 5, 8, 1, 4, 7, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34,
    8, 5, 45, 46, 4, 7, 21, 19, 17, 16, 18, 20, 47, 48,
    49, 50, 51, 52, 53, 24, 26, 25, 28, 27,
)  # fmt: skip
"""Where each of the 49 joints sits among the 54: OpenPose's 25, the common 14, and ten more."""

OPENPOSE_25 = (
    "op_nose", "op_neck", "op_right_shoulder", "op_right_elbow", "op_right_wrist", "op_left_shoulder",
    "op_left_elbow", "op_left_wrist", "op_middle_hip", "op_right_hip", "op_right_knee", "op_right_ankle",
    "op_left_hip", "op_left_knee", "op_left_ankle", "op_right_eye", "op_left_eye", "op_right_ear",
    "op_left_ear", "op_left_big_toe", "op_left_small_toe", "op_left_heel", "op_right_big_toe",
    "op_right_small_toe", "op_right_heel",
)  # fmt: skip
COMMON_14 = (
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist",
    "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "neck", "head_top",
)  # fmt: skip
"""LSP's joints: those of 3DPW's and PennAction's 2D, and of the metrics on 3DPW and Human3.6M."""
SPIN_49 = (
    *OPENPOSE_25, *COMMON_14, "pelvis", "thorax", "spine", "jaw", "head", "nose", "left_eye", "right_eye",
    "left_ear", "right_ear",
)  # fmt: skip
INSTA_25 = (
    "op_right_heel", "op_right_knee", "op_right_hip", "op_left_hip", "op_left_knee", "op_left_heel",
    "op_right_wrist", "op_right_elbow", "op_right_shoulder", "op_left_shoulder", "op_left_elbow",
    "op_left_wrist", "op_neck", "head_top", "op_nose", "op_left_eye", "op_right_eye", "op_left_ear",
    "op_right_ear", "op_left_big_toe", "op_right_big_toe", "op_left_small_toe", "op_right_small_toe",
    "op_left_ankle", "op_right_ankle",
)  # fmt: skip
POSETRACK_17 = (
    "nose", "neck", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee",
    "left_ankle", "right_ankle",
)  # fmt: skip
MPII3D_17 = (
    "head_top", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
    "left_wrist", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "pelvis",
    "spine", "head",
)  # fmt: skip
"""The joints of MPI-INF-3DHP's test set."""

COMMON_14_IN_49 = tuple(SPIN_49.index(name) for name in COMMON_14)
MPII3D_17_IN_49 = tuple(SPIN_49.index(name) for name in MPII3D_17)
COMMON_14_HIPS = (COMMON_14.index("right_hip"), COMMON_14.index("left_hip"))
MPII3D_17_PELVIS = MPII3D_17.index("pelvis")
H36M_TO_J17 = (6, 5, 4, 1, 2, 3, 16, 15, 14, 11, 12, 13, 8, 10, 0, 7, 9)
"""Order of J_regressor_h36m's 17 rows that makes the first 14 the common ones."""
H36M_TO_J14 = H36M_TO_J17[:14]

# Mediapipe's landmarks that stand in for vertices, by number.
_LANDMARKS = {
    "nose": 0, "left_eye": 2, "right_eye": 5, "left_ear": 7, "right_ear": 8, "mouth_left": 9,
    "mouth_right": 10, "left_pinky": 17, "right_pinky": 18, "left_index": 19, "right_index": 20,
    "left_thumb": 21, "right_thumb": 22, "left_hip": 23, "right_hip": 24, "left_heel": 29, "right_heel": 30,
    "left_toes": 31, "right_toes": 32,
}  # fmt: skip
LANDMARKS = 33
_FREE_VERTEX_JOINTS = {
    **{name: name for name in VERTEX_JOINTS if name in _LANDMARKS},
    # one landmark at the tip of a foot, between the toes; one at the index, one at the pinky
    **{f"{side}_{toe}_toe": f"{side}_toes" for side in ("left", "right") for toe in ("big", "small")},
    **{f"{side}_middle": f"{side}_index" for side in ("left", "right")},
    **{f"{side}_ring": f"{side}_pinky" for side in ("left", "right")},
}
"""Vertex joint -> landmark of the free body."""
HEAD_TOP_LIFT = 1.07
"""How far the crown lies above the ears, in distances from the neck joint to the ears (the free body's)."""
_FREE_EXTRA_JOINTS: dict[str, dict[str, float]] = {
    "right_hip_lsp": {"landmark right_hip": 1.0},
    "left_hip_lsp": {"landmark left_hip": 1.0},
    "neck_lsp": {"neck": 1.0},
    "head_top_lsp": {
        "landmark left_ear": (1 + HEAD_TOP_LIFT) / 2,
        "landmark right_ear": (1 + HEAD_TOP_LIFT) / 2,
        "neck": -HEAD_TOP_LIFT,
    },
    "pelvis_mpii": {"left_hip": 0.5, "right_hip": 0.5},
    "thorax_mpii": {"left_shoulder": 0.5, "right_shoulder": 0.5},
    "spine_h36m": {"spine2": 1.0},
    "jaw_h36m": {"landmark mouth_left": 0.5, "landmark mouth_right": 0.5},
    "head_h36m": {"landmark left_ear": 0.5, "landmark right_ear": 0.5},
}
"""Extra joint -> weights of SMPL joints and landmarks on the free body; each row sums to one."""


def smpl_joints_49(vertices: Tensor, joints: Tensor, extra_regressor: Tensor) -> Tensor:
    """(B, 6890, 3) vertices, (B, 24, 3) joints and (9, 6890) J_regressor_extra -> (B, 49, 3), metres."""
    if vertices.shape[-2] != SMPL_VERTICES:
        raise ValueError(
            f"joints at vertices are defined on SMPL's {SMPL_VERTICES} vertices, not on "
            f"{vertices.shape[-2]}: take free_joints_49 for the free body"
        )
    picked = vertices[..., list(VERTEX_JOINTS.values()), :]  # (B, 21, 3)
    extra = extra_regressor.to(vertices) @ vertices  # (B, 9, 3)
    return torch.cat([joints, picked, extra], dim=-2)[..., list(FROM_54), :]


def free_joints_49(joints: Tensor, landmarks: Tensor) -> Tensor:
    """(B, 24, 3) joints and (B, 33, 3) landmarks of the free body -> (B, 49, 3), metres.

    An approximation of SPIN's joints: good for training and for comparing our own networks on the free body,
    not for tables that others measured on SMPL.
    """
    return free_mixture().to(joints) @ torch.cat([joints, landmarks], dim=-2)


def free_mixture() -> Tensor:
    """(49, 24 + 33) float32: the free body's stand-ins as weights of its joints and landmarks."""
    mixture = torch.zeros(
        len(JOINT_NAMES) + len(VERTEX_JOINTS) + len(EXTRA_JOINTS), len(JOINT_NAMES) + LANDMARKS
    )
    mixture[: len(JOINT_NAMES), : len(JOINT_NAMES)] = torch.eye(len(JOINT_NAMES))
    rows = [{f"landmark {_FREE_VERTEX_JOINTS[name]}": 1.0} for name in VERTEX_JOINTS]
    rows += [_FREE_EXTRA_JOINTS[name] for name in EXTRA_JOINTS]
    for row, sources in enumerate(rows, start=len(JOINT_NAMES)):
        for source, weight in sources.items():
            mixture[row, _column(source)] = weight
    return mixture[list(FROM_54)]


def _column(source: str) -> int:
    kind, _, landmark = source.partition(" ")
    return len(JOINT_NAMES) + _LANDMARKS[landmark] if landmark else JOINT_NAMES.index(kind)


def regress_common_14(vertices: Any, regressor: Any) -> Any:
    """(B, V, 3) vertices and (17, V) J_regressor_h36m -> (B, 14, 3), the common joints of the metrics."""
    return (regressor @ vertices)[..., list(H36M_TO_J14), :]


def to_spin_49(points: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(N, J, 3) points of the joints `names` -> a new (N, 49, 3) array, zero where there is no such joint.

    With a confidence as third coordinate the zero rows count for nothing.
    """
    assert points.shape[1:] == (len(names), 3), f"points are {points.shape}, not (N, {len(names)}, 3)"
    result = np.zeros((len(points), len(SPIN_49), 3), points.dtype)
    for index, name in enumerate(names):
        result[:, SPIN_49.index(name)] = points[:, index]
    return result
