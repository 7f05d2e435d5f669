"""OpenSim's joint angles (model Rajagopal 2016) of SMPL's local rotations, without inverse kinematics.

One place for files, films, figures and the window. Pelvis, hips, lumbar spine and shoulders are that model's
own coordinates. Knees and elbows are pure flexion about straight axes, which the model has oblique: they
differ by up to 13 degrees. Ankles are rough. Forearms' turning and wrists are not observed. Shoulders count
collar and shoulder as one; their first and third angle turn over where arm_add nears 90 degrees, which is the
T-pose.

Signs: flexion, adduction and inward rotation are positive on both sides; lumbar_extension is positive
backwards, lumbar_bending to the right and lumbar_rotation to the left.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.angle_names import JOINT_ANGLES, PELVIS_ANGLES
from str_live.skeleton import JOINT

OPENSIM_FROM_WORLD = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""(3, 3): our z is OpenSim's x (forward), our -x its z (right)."""
_BALL_JOINTS = {
    "hip": ("hip_flexion", "hip_adduction", "hip_rotation"),
    "arm": ("arm_flex", "arm_add", "arm_rot"),
}
_SIDES = {"r": ("right", 1.0), "l": ("left", -1.0)}


def joint_angles(rotations: np.ndarray) -> dict[str, np.ndarray]:
    """(N, 24, 3, 3) local rotations -> name of JOINT_ANGLES -> (N,) degrees, each frame by itself.

    The root's rotation ([:, 0]) counts for nothing, so its frame of reference does not matter.
    """
    turned = OPENSIM_FROM_WORLD @ np.asarray(rotations, np.float64) @ OPENSIM_FROM_WORLD.T
    of = {name: turned[:, index] for name, index in JOINT.items()}
    bends = {"lumbar": of["spine1"] @ of["spine2"] @ of["spine3"]}
    for side, (name, sign) in _SIDES.items():
        bends |= {f"{joint}_{side}": of[f"{name}_{joint}"] for joint in ("hip", "knee", "ankle")}
        bends[f"arm_{side}"] = of[f"{name}_collar"] @ of[f"{name}_shoulder"] @ _hanging(sign)
    zxy = np.moveaxis(euler_degrees(np.stack(list(bends.values()), axis=1), "ZXY"), 1, 0)
    elbows = np.stack([of[f"{name}_elbow"] for name, _ in _SIDES.values()], axis=1)
    flexed = euler_degrees(elbows, "YXZ")[..., 0].T
    angles = _named(dict(zip(bends, zxy, strict=True)), dict(zip(_SIDES, flexed, strict=True)))
    return {name: angles[name] for name in JOINT_ANGLES}


def _named(zxy: dict[str, np.ndarray], elbows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """(N, 3) degrees about z, x, y of each bend, and (N,) of the elbows by side -> OpenSim's angles, (N,)."""
    angles: dict[str, np.ndarray] = {}
    angles["lumbar_extension"], angles["lumbar_bending"], angles["lumbar_rotation"] = zxy["lumbar"].T
    for side, (_, sign) in _SIDES.items():
        for joint, names in _BALL_JOINTS.items():
            values = zxy[f"{joint}_{side}"] * [1.0, sign, sign]
            angles |= {f"{name}_{side}": column for name, column in zip(names, values.T, strict=True)}
        angles[f"knee_angle_{side}"] = -zxy[f"knee_{side}"][:, 0]
        angles[f"ankle_angle_{side}"] = zxy[f"ankle_{side}"][:, 0]
        angles[f"elbow_flex_{side}"] = sign * elbows[side]
    return angles


def pelvis_angles(turns: np.ndarray) -> dict[str, np.ndarray]:
    """(N, 3, 3) of the pelvis in our world (y up) -> pelvis_tilt, _list, _rotation, (N,) degrees each."""
    values = euler_degrees(OPENSIM_FROM_WORLD @ turns @ OPENSIM_FROM_WORLD.T, "ZXY")
    return dict(zip(PELVIS_ANGLES, values.T, strict=True))


def unwrapped(values: np.ndarray) -> np.ndarray:
    """(N,) degrees with whole turns taken out from frame to frame."""
    return np.degrees(np.unwrap(np.radians(values)))


def euler_degrees(matrices: np.ndarray, order: str) -> np.ndarray:
    """(..., 3, 3) -> (..., 3) degrees in scipy's `order`, the second within 90 degrees of 0.

    Near gimbal lock the first and the last angle are not unique; scipy's choice is taken, its warning is not.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        flat = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_euler(order, degrees=True)
    return flat.reshape(*matrices.shape[:-2], 3)


def _hanging(sign: float) -> np.ndarray:
    """(3, 3) Rx(-sign 90 degrees): SMPL's arms are stretched out at zero, OpenSim's hang."""
    return np.array([[1.0, 0.0, 0.0], [0.0, 0.0, sign], [0.0, -sign, 0.0]])
