"""What the joints are called elsewhere: Mixamo, Unity, VRM, Unreal, Rigify, CMU, in SMPL's order.

Other skeletons have no hand joints (SMPL's last two), so that they end at the wrists: 22 names.
"""

from __future__ import annotations

from str_live.skeleton import JOINT_NAMES


def _sided(pattern: str, left: str, right: str) -> tuple[str, ...]:
    """The pattern's 22 names, * being the side's letter or word, in SMPL's order of sides: left first."""
    names = []
    for name in pattern.split():
        names += [name.replace("*", left), name.replace("*", right)] if "*" in name else [name]
    return tuple(names)


NAMES: dict[str, tuple[str, ...]] = {
    "smpl": JOINT_NAMES,
    "mixamo": _sided(
        "mixamorig:Hips mixamorig:*UpLeg mixamorig:Spine mixamorig:*Leg mixamorig:Spine1 mixamorig:*Foot "
        "mixamorig:Spine2 mixamorig:*ToeBase mixamorig:Neck mixamorig:*Shoulder mixamorig:Head "
        "mixamorig:*Arm mixamorig:*ForeArm mixamorig:*Hand",
        "Left",
        "Right",
    ),
    "unity": _sided(
        "Hips *UpperLeg Spine *LowerLeg Chest *Foot UpperChest *Toes Neck *Shoulder Head *UpperArm *LowerArm "
        "*Hand",
        "Left",
        "Right",
    ),
    "vrm": _sided(
        "hips *UpperLeg spine *LowerLeg chest *Foot upperChest *Toes neck *Shoulder head *UpperArm *LowerArm "
        "*Hand",
        "left",
        "right",
    ),
    "unreal": _sided(
        "pelvis thigh_* spine_01 calf_* spine_02 foot_* spine_03 ball_* neck_01 clavicle_* head upperarm_* "
        "lowerarm_* hand_*",
        "l",
        "r",
    ),
    "rigify": _sided(
        "spine thigh.* spine.001 shin.* spine.002 foot.* spine.003 toe.* spine.004 shoulder.* spine.006 "
        "upper_arm.* forearm.* hand.*",
        "L",
        "R",
    ),
    "cmu": _sided(
        "Hips *UpLeg LowerBack *Leg Spine *Foot Spine1 *ToeBase Neck *Shoulder Head *Arm *ForeArm *Hand",
        "Left",
        "Right",
    ),
}
"""Preset -> the names of SMPL's first 22 joints, or of all 24."""
