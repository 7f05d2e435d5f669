from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.clip import MotionClip, SourceMotion
from str_live.datasets.motion.quality import knee_flexion_deg
from str_live.datasets.motion.retarget import (
    impossible,
    local_from_global,
    resample,
    retarget,
    slerp,
    usable_pieces,
)
from str_live.datasets.motion.skeleton import LIMB_CHILD, forward_kinematics, height_above_sole
from str_live.skeleton import JOINT
from tests.datasets.motion.heading import heading_agreement

HINGE = Rotation.from_euler("x", [[0.0], [60.0]], degrees=True).as_matrix()


def random_rotations(*shape: int, seed: int = 0) -> np.ndarray:
    count = int(np.prod(shape))
    return Rotation.random(count, random_state=seed).as_matrix().reshape(*shape, 3, 3)


def still(frames: int) -> np.ndarray:
    return np.tile(np.eye(3), (frames, 24, 1, 1))


def clip_of(rotmat: np.ndarray) -> MotionClip:
    return MotionClip("clip", "cmu_bvh", "free", rotmat, np.zeros((len(rotmat), 3)))


def source_of(turns: np.ndarray, rest_bones: np.ndarray, fps: float = 30.0) -> SourceMotion:
    return SourceMotion(
        name="made up",
        source="cmu_bvh",
        licence="free",
        times_s=np.arange(len(turns)) / fps,
        turns=turns,
        rest_bones=rest_bones,
        root=np.zeros((len(turns), 3)),
        leg_length=8.4,
    )


def test_local_from_global_inverts_forward_kinematics(rest_joints):
    rotmat = random_rotations(5, 24)
    rotmat_global, _ = forward_kinematics(rotmat, np.zeros((5, 3)), rest_joints)
    np.testing.assert_allclose(local_from_global(rotmat_global), rotmat, atol=1e-12)


def test_slerp_agrees_with_the_naive_one_at_the_ends_and_half_way():
    start, end = random_rotations(2, 10)
    half = slerp(start, end, np.full(10, 0.5))
    np.testing.assert_allclose(slerp(start, end, np.zeros(10)), start, atol=1e-12)
    np.testing.assert_allclose(slerp(start, end, np.ones(10)), end, atol=1e-9)
    for a, b, middle in zip(start, end, half, strict=True):
        step = Rotation.from_matrix(a.T @ middle)
        np.testing.assert_allclose((step * step).as_matrix(), a.T @ b, atol=1e-9)


@pytest.mark.parametrize("fps", [16.0, 30.0, 60.0, 120.0])
def test_resampling_keeps_a_steady_turn_steady(fps):
    count = int(fps) + 1
    times_s = np.arange(count) / fps
    turn = Rotation.from_rotvec(times_s[:, None] * [0.0, 0.5, 0.0]).as_matrix()
    rotmat, root = resample(np.tile(turn[:, None], (1, 24, 1, 1)), times_s[:, None] * np.ones(3), times_s)
    assert len(rotmat) == len(root) == 31
    expected = Rotation.from_rotvec(np.arange(31)[:, None] / 30 * [0.0, 0.5, 0.0]).as_matrix()
    np.testing.assert_allclose(rotmat[:, 5], expected, atol=1e-9)
    np.testing.assert_allclose(root[:, 0], np.arange(31) / 30, atol=1e-9)


def test_limbs_point_where_the_source_points_whatever_its_rest_pose(rest_joints):
    turns = random_rotations(25, 24)
    bones = np.full((24, 3), np.nan)
    bones[list(LIMB_CHILD)] = np.random.default_rng(1).normal(size=(len(LIMB_CHILD), 3)) - [0, 1, 0]
    clip = retarget(source_of(turns, bones), rest_joints)
    _, positions = forward_kinematics(clip.rotmat.astype(float), clip.root, rest_joints)
    for joint, child in LIMB_CHILD.items():
        wanted = turns[:, joint] @ bones[joint]
        bone = positions[:, child] - positions[:, joint]
        cosine = (bone * wanted).sum(1) / np.linalg.norm(bone, axis=1) / np.linalg.norm(wanted, axis=1)
        assert cosine.min() > np.cos(np.radians(0.1))


def test_hands_continue_the_forearm_of_hanging_arms(rest_joints):
    bones = np.full((24, 3), np.nan)
    bones[list(LIMB_CHILD)] = (0.0, -1.0, 0.0)
    clip = retarget(source_of(still(25), bones), rest_joints)
    _, positions = forward_kinematics(clip.rotmat, clip.root, rest_joints)
    hand = positions[0, JOINT["left_hand"]] - positions[0, JOINT["left_wrist"]]
    np.testing.assert_allclose(hand / np.linalg.norm(hand), [0, -1, 0], atol=1e-6)


def test_standing_feet_rest_on_the_floor_and_legs_set_the_scale(rest_joints):
    motion = source_of(still(25), np.full((24, 3), np.nan))
    motion.root[:, 1], motion.root[:, 2] = 55.0, np.arange(25)  # ten source units are one metre
    clip = retarget(motion, rest_joints)
    assert clip.rotmat.dtype == clip.root.dtype == np.float32
    np.testing.assert_allclose(clip.root[:, 1], height_above_sole(rest_joints)[0], atol=1e-6)
    np.testing.assert_allclose(np.diff(clip.root[:, 2]), 0.1, rtol=0.02)


def test_clips_are_cut_at_jumps_and_short_pieces_dropped():
    rotmat = still(80)
    rotmat[30:, 16] = Rotation.from_euler("y", 61, degrees=True).as_matrix()
    rotmat[70:, 16] = np.eye(3)
    pieces = usable_pieces(clip_of(rotmat))
    assert [(piece.name, len(piece)) for piece in pieces] == [("clip#1", 30), ("clip#2", 40)]
    smooth = clip_of(still(40))
    assert usable_pieces(smooth) == [smooth]


def test_frames_with_a_foot_back_to_front_are_left_out():
    rotmat = still(60)
    rotmat[30:, JOINT["left_ankle"]] = Rotation.from_euler("y", 170, degrees=True).as_matrix()
    assert impossible(rotmat).tolist() == [False] * 30 + [True] * 30
    assert [len(piece) for piece in usable_pieces(clip_of(rotmat))] == [30]


def test_knee_flexion_is_positive_when_the_shank_swings_back(rest_joints):
    rotmat = still(2)
    rotmat[:, JOINT["left_knee"]] = HINGE
    rotmat[:, JOINT["right_knee"]] = HINGE.transpose(0, 2, 1)
    _, positions = forward_kinematics(rotmat, np.zeros((2, 3)), rest_joints)
    assert positions[1, JOINT["left_ankle"], 2] < positions[0, JOINT["left_ankle"], 2] - 0.2
    flexion = knee_flexion_deg(rotmat, rest_joints)
    np.testing.assert_allclose(flexion[1] - flexion[0], [60, -60], atol=1e-6)


def test_heading_agreement_tells_forward_from_backward():
    forward = np.linspace(0, 1, 10)[:, None] * [0.0, 0.0, 1.0]
    assert heading_agreement(still(10), forward) == pytest.approx(1)
    assert heading_agreement(still(10), -forward) == pytest.approx(-1)
