"""OpenSim's joint angles without inverse kinematics, of the model Rajagopal 2016, from a take's rotations.

Pelvis, hips, lumbar spine and shoulders are that model's own coordinates. Knees and elbows are pure flexion
about straight axes, which the model has oblique: they differ by up to 10 degrees. Ankles are rough. Forearms'
turning and wrists are not observed. Shoulders count collar and shoulder as one; their first and third angle
turn over where arm_add nears 90 degrees, which is the T-pose.
"""

from __future__ import annotations

import numpy as np

from str_live.export.kinematics import euler_degrees, world_rotations
from str_live.export.take import Take
from str_live.export.trc import OPENSIM_FROM_WORLD

OPENSIM_ANGLES = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation",
    "hip_flexion_r", "hip_adduction_r", "hip_rotation_r", "knee_angle_r", "ankle_angle_r",
    "hip_flexion_l", "hip_adduction_l", "hip_rotation_l", "knee_angle_l", "ankle_angle_l",
    "lumbar_extension", "lumbar_bending", "lumbar_rotation",
    "arm_flex_r", "arm_add_r", "arm_rot_r", "elbow_flex_r",
    "arm_flex_l", "arm_add_l", "arm_rot_l", "elbow_flex_l",
)  # fmt: skip
"""In the order in which they are written."""
_PELVIS, _SPINE3 = 0, 9
_HIP, _KNEE, _ANKLE = {"r": 2, "l": 1}, {"r": 5, "l": 4}, {"r": 8, "l": 7}
_SHOULDER, _ELBOW = {"r": 17, "l": 16}, {"r": 19, "l": 18}
_SIDE = {"r": 1.0, "l": -1.0}
HIPS_IN_PELVIS = np.array([-0.056, -0.078, 0.0])
"""(3,) metres: the middle of the hips in the model's pelvis, whose origin lies between the front spines."""
MODEL_HIP_WIDTH = 2 * 0.077
"""Metres between the unscaled model's hips."""


def opensim_angles(take: Take) -> dict[str, np.ndarray]:
    """Name -> (N,) degrees, whole turns taken out from frame to frame."""
    world = OPENSIM_FROM_WORLD @ take.world_rotations() @ OPENSIM_FROM_WORLD.T
    angles: dict[str, np.ndarray] = {}
    _add(angles, "pelvis_tilt pelvis_list pelvis_rotation", euler_degrees(world[:, _PELVIS], "ZXY"))
    spine = _between(world, _PELVIS, _SPINE3)
    _add(angles, "lumbar_extension lumbar_bending lumbar_rotation", euler_degrees(spine, "ZXY"))
    for side, sign in _SIDE.items():
        _add_leg(angles, world, side, sign)
        _add_arm(angles, world, side, sign)
    return {name: np.degrees(np.unwrap(np.radians(values))) for name, values in angles.items()}


def _add_leg(angles: dict[str, np.ndarray], world: np.ndarray, side: str, sign: float) -> None:
    hip = euler_degrees(_between(world, _PELVIS, _HIP[side]), "ZXY") * [1, sign, sign]
    _add(angles, f"hip_flexion_{side} hip_adduction_{side} hip_rotation_{side}", hip)
    knee = euler_degrees(_between(world, _HIP[side], _KNEE[side]), "ZXY")
    angles[f"knee_angle_{side}"] = -knee[:, 0]
    ankle = euler_degrees(_between(world, _KNEE[side], _ANKLE[side]), "ZXY")
    angles[f"ankle_angle_{side}"] = ankle[:, 0]


def _add_arm(angles: dict[str, np.ndarray], world: np.ndarray, side: str, sign: float) -> None:
    """SMPL's arms are stretched out at zero, OpenSim's hang: a quarter of a turn about x is between."""
    hanging = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, sign], [0.0, -sign, 0.0]])  # Rx(-sign 90 degrees)
    shoulder = _between(world, _SPINE3, _SHOULDER[side]) @ hanging
    arm = euler_degrees(shoulder, "ZXY") * [1, sign, sign]
    _add(angles, f"arm_flex_{side} arm_add_{side} arm_rot_{side}", arm)
    elbow = euler_degrees(_between(world, _SHOULDER[side], _ELBOW[side]), "YXZ")
    angles[f"elbow_flex_{side}"] = sign * elbow[:, 0]


def pelvis_origin(take: Take) -> np.ndarray:
    """(N, 3) metres in OpenSim's axes: pelvis_tx, ty, tz of a model scaled to the take's hips."""
    joints = take.joints() @ OPENSIM_FROM_WORLD.T
    world = world_rotations(take.rotations[:, :1], (-1,))[:, 0]
    turn = OPENSIM_FROM_WORLD @ world @ OPENSIM_FROM_WORLD.T
    scale = np.linalg.norm(take.rest[1] - take.rest[2]) / MODEL_HIP_WIDTH
    middle = joints[:, (1, 2)].mean(axis=1)
    return middle - np.einsum("nij,j->ni", turn, HIPS_IN_PELVIS * scale)


def _between(world: np.ndarray, above: int, below: int) -> np.ndarray:
    """(N, 3, 3): the lower joint's rotation as the upper one sees it."""
    return world[:, above].transpose(0, 2, 1) @ world[:, below]


def _add(angles: dict[str, np.ndarray], names: str, values: np.ndarray) -> None:
    angles.update(zip(names.split(), values.T, strict=True))
