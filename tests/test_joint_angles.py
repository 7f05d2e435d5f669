"""Angles of made poses are the known ones, on both sides, and do not depend on where the person stands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from str_live.angle_names import ANGLE_KINDS, JOINT_ANGLES
from str_live.joint_angles import joint_angles, pelvis_angles, unwrapped
from str_live.skeleton import JOINT, MIRRORED_JOINT


def turned(**joints: tuple[float, float, float]) -> np.ndarray:
    """(1, 24, 3, 3) the rest pose but for some joints, turned by axis-angles in degrees."""
    rotations = np.tile(np.eye(3), (1, 24, 1, 1))
    for name, degrees in joints.items():
        rotations[0, JOINT[name]] = Rotation.from_rotvec(degrees, degrees=True).as_matrix()
    return rotations


HANGING = {"left_shoulder": (0, 0, -90), "right_shoulder": (0, 0, 90)}
POSES = [
    # Turns about our x tip the upper end of a body forwards, and so a leg backwards.
    ({"left_knee": (50, 0, 0)}, {"knee_angle_l": 50}),
    ({"right_knee": (95, 0, 0)}, {"knee_angle_r": 95}),
    ({"left_hip": (-30, 0, 0)}, {"hip_flexion_l": 30}),
    ({"right_hip": (-80, 0, 0)}, {"hip_flexion_r": 80}),
    ({"left_hip": (0, 0, 20)}, {"hip_adduction_l": -20}),
    ({"right_hip": (0, 0, 20)}, {"hip_adduction_r": 20}),
    ({"left_hip": (0, -15, 0)}, {"hip_rotation_l": 15}),
    ({"right_hip": (0, 15, 0)}, {"hip_rotation_r": 15}),
    ({"left_elbow": (0, -60, 0)}, {"elbow_flex_l": 60}),
    ({"right_elbow": (0, 110, 0)}, {"elbow_flex_r": 110}),
    ({"left_collar": (0, 0, 20)}, {"arm_add_l": -20}),
    ({"right_shoulder": (0, 0, 60)}, {"arm_add_r": -30}),
    ({"spine1": (10, 0, 0), "spine2": (10, 0, 0), "spine3": (5, 0, 0)}, {"lumbar_extension": -25}),
    ({"spine2": (0, 0, 12)}, {"lumbar_bending": 12}),
    ({"spine3": (0, 30, 0)}, {"lumbar_rotation": 30}),
    ({"right_ankle": (-15, 0, 0)}, {"ankle_angle_r": 15}),
]  # fmt: skip


@pytest.mark.parametrize(("pose", "expected"), POSES)
def test_a_pose_has_its_angle_and_no_other(pose, expected):
    angles = joint_angles(turned(**(HANGING | pose)))
    assert tuple(angles) == JOINT_ANGLES
    for name, values in angles.items():
        assert values == pytest.approx([expected.get(name, 0.0)], abs=1e-6), name


def test_a_forward_raised_arm_is_flexion_on_both_sides():
    raised = {name: Rotation.from_rotvec((-50, 0, 0), degrees=True) for name in HANGING}
    pose = {
        name: tuple((turn * Rotation.from_rotvec(HANGING[name], degrees=True)).as_rotvec(degrees=True))
        for name, turn in raised.items()
    }
    angles = joint_angles(turned(**pose))
    assert angles["arm_flex_l"] == pytest.approx([50.0])
    assert angles["arm_flex_r"] == pytest.approx([50.0])


def test_a_mirrored_pose_has_its_sides_exchanged():
    rng = np.random.default_rng(4)
    rotations = Rotation.from_rotvec(0.4 * rng.normal(size=(24 * 5, 3))).as_matrix().reshape(5, 24, 3, 3)
    across = np.diag([-1.0, 1.0, 1.0])
    mirrored = across @ rotations[:, MIRRORED_JOINT] @ across
    angles, others = joint_angles(rotations), joint_angles(mirrored)
    for kind in ANGLE_KINDS.values():
        if "left" in kind.sides:
            left, right = kind.sides["left"], kind.sides["right"]
            np.testing.assert_allclose(angles[left], others[right], atol=1e-9)
            np.testing.assert_allclose(angles[right], others[left], atol=1e-9)


def test_how_the_person_stands_in_the_world_counts_for_the_pelvis_alone():
    pose = turned(left_knee=(50, 0, 0))
    angles = joint_angles(pose)
    pose[:, 0] = Rotation.from_rotvec((0, 40, 0), degrees=True).as_matrix()
    assert {name: values[0] for name, values in joint_angles(pose).items()} == {
        name: values[0] for name, values in angles.items()
    }
    assert pelvis_angles(pose[:, 0])["pelvis_rotation"] == pytest.approx([40.0])


def test_whole_turns_are_taken_out():
    assert unwrapped(np.array([170.0, -170.0, -150.0])) == pytest.approx([170.0, 190.0, 210.0])
