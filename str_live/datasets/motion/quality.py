"""Figures that tell whether retargeted motion can be trusted: knee angles, floor."""

from __future__ import annotations

import numpy as np

from str_live.skeleton import JOINT

HYPEREXTENDED_DEG = -10.0  # a straight knee reads 0; real ones reach about -10


def knee_flexion_deg(rotmat: np.ndarray, rest_joints: np.ndarray) -> np.ndarray:
    """Return the signed flexion (N, 2) of the left and right knee: positive when the shank swings back.

    rotmat (N, 24, 3, 3) local; measured between the bones, in the plane across the knee's hinge (the x axis).
    """
    angles = []
    for side in ("left", "right"):
        hip, knee, ankle = (JOINT[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        thigh = rest_joints[knee] - rest_joints[hip]
        shank = rotmat[:, knee] @ (rest_joints[ankle] - rest_joints[knee])  # (N, 3) in the thigh's axes
        angle = np.arctan2(-shank[:, 2], -shank[:, 1]) - np.arctan2(-thigh[2], -thigh[1])
        angles.append(np.degrees(angle))
    return (np.stack(angles, axis=1) + 180) % 360 - 180
