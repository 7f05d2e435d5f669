"""SMPL's skeleton, and the joints that it shares with mediapipe. Imports the standard library only."""

from __future__ import annotations

JOINT_NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
    "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hand", "right_hand",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
"""The kinematic tree: of each joint the one that it hangs on, always one before it; -1 for the root."""
JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}
SIDES = tuple(1 if name.startswith("left") else 2 if name.startswith("right") else 0 for name in JOINT_NAMES)
"""Of each joint: 0 middle, 1 left, 2 right."""
MIRRORED_JOINT = [
    JOINT[name.replace("left", "@").replace("right", "left").replace("@", "right")] for name in JOINT_NAMES
]
"""Of each joint the one on the other side."""

LIMB_JOINTS = [16, 17, 18, 19, 20, 21, 1, 2, 4, 5, 7, 8]
"""SMPL's shoulders, elbows, wrists, hips, knees, ankles, left before right ..."""
LIMB_LANDMARKS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
"""... and the same in mediapipe's 33 landmarks, which lie nearer to the skin by centimetres."""
LIMB_SHOULDERS, LIMB_HIPS = slice(0, 2), slice(6, 8)
"""Where both shoulders and both hips stand in those lists."""
