"""What joint angles are called: in OpenSim's files, on the command line, and for people. Imports nothing."""

from __future__ import annotations

from dataclasses import dataclass

PELVIS_ANGLES = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
JOINT_ANGLES = (
    "hip_flexion_r", "hip_adduction_r", "hip_rotation_r", "knee_angle_r", "ankle_angle_r",
    "hip_flexion_l", "hip_adduction_l", "hip_rotation_l", "knee_angle_l", "ankle_angle_l",
    "lumbar_extension", "lumbar_bending", "lumbar_rotation",
    "arm_flex_r", "arm_add_r", "arm_rot_r", "elbow_flex_r",
    "arm_flex_l", "arm_add_l", "arm_rot_l", "elbow_flex_l",
)  # fmt: skip
"""In OpenSim's order. None of them depends on how the person stands in the world."""


@dataclass(frozen=True, slots=True)
class AngleKind:
    """What is shown as one angle: of the left and the right side, or of the trunk."""

    title: str
    sides: dict[str, str]
    """'left' and 'right', or 'middle' -> its name in JOINT_ANGLES."""
    exact: bool
    """Whether it is the model's own coordinate."""


def _both(title: str, name: str, *, exact: bool = True) -> AngleKind:
    return AngleKind(title, {"left": f"{name}_l", "right": f"{name}_r"}, exact)


ANGLE_KINDS: dict[str, AngleKind] = {
    "knee": _both("Knee flexion", "knee_angle", exact=False),
    "hip": _both("Hip flexion", "hip_flexion"),
    "hip-adduction": _both("Hip adduction", "hip_adduction"),
    "hip-rotation": _both("Hip rotation", "hip_rotation"),
    "elbow": _both("Elbow flexion", "elbow_flex", exact=False),
    "shoulder": _both("Shoulder flexion", "arm_flex"),
    "shoulder-adduction": _both("Shoulder adduction", "arm_add"),
    "shoulder-rotation": _both("Shoulder rotation", "arm_rot"),
    "trunk": AngleKind("Trunk extension", {"middle": "lumbar_extension"}, exact=True),
    "trunk-bending": AngleKind("Trunk bending", {"middle": "lumbar_bending"}, exact=True),
    "trunk-rotation": AngleKind("Trunk rotation", {"middle": "lumbar_rotation"}, exact=True),
}
"""Name in the command line and in settings -> what is shown; ankles are too rough for that."""
