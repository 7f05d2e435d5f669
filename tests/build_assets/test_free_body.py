"""The steps that derive the free body, on made-up skeletons and meshes: no anny needed."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.build_assets import free_body, free_body_landmarks, free_body_rig
from str_live.skeleton import JOINT, MIRRORED_JOINT


def a_pose_joints() -> np.ndarray:
    """A plausible A-pose: arms down and forward, legs apart."""
    joints = np.zeros((24, 3))
    left = {
        "left_hip": (0.1, -0.08, 0.0), "left_knee": (0.14, -0.47, 0.03), "left_ankle": (0.18, -0.9, 0.0),
        "left_foot": (0.18, -0.96, 0.15), "left_collar": (0.08, 0.42, 0.02),
        "left_shoulder": (0.17, 0.39, 0.02),
        "left_elbow": (0.35, 0.2, 0.04), "left_wrist": (0.47, 0.08, 0.2), "left_hand": (0.51, 0.03, 0.28),
    }  # fmt: skip
    middle = {"spine1": 0.1, "spine2": 0.23, "spine3": 0.28, "neck": 0.48, "head": 0.58}
    for name, place in left.items():
        joints[JOINT[name]] = place
        joints[JOINT[name.replace("left", "right")]] = np.array(place) * [-1, 1, 1]
    for name, height in middle.items():
        joints[JOINT[name]] = (0, height, 0)
    return joints


PALM = {"left": np.array([-0.02, 0.03, 0.06]), "right": np.array([0.02, 0.03, 0.06])}


def test_the_rotations_to_the_t_pose_straighten_arms_and_legs():
    joints = a_pose_joints()
    rotations = free_body_rig.t_pose_rotations(joints, PALM)
    assert np.allclose(rotations @ rotations.transpose(0, 2, 1), np.eye(3), atol=1e-12)
    assert np.allclose(np.linalg.det(rotations), 1)
    _, posed = free_body_rig.skin(joints, joints, np.eye(24), rotations)
    arm = posed[[JOINT[f"left_{name}"] for name in ("shoulder", "elbow", "wrist", "hand")]]
    assert np.allclose(arm[:, 1:], arm[0, 1:])
    assert (np.diff(arm[:, 0]) > 0).all()
    leg = posed[[JOINT[f"left_{name}"] for name in ("hip", "knee", "ankle")]]
    assert np.allclose(leg[:, 0], leg[0, 0])
    across = rotations[JOINT["left_wrist"]] @ PALM["left"]
    assert across[2] > 0
    assert abs(across[1]) < 1e-12
    assert np.allclose(posed[MIRRORED_JOINT] * [-1, 1, 1], posed)
    assert np.allclose(rotations[JOINT["left_ankle"]], np.eye(3))


def test_skinning_without_rotation_changes_nothing_and_moves_rigid_parts_rigidly():
    rng = np.random.default_rng(0)
    joints, vertices = a_pose_joints(), rng.normal(size=(50, 3))
    weights = rng.random((50, 24))
    weights /= weights.sum(1, keepdims=True)
    still = np.tile(np.eye(3), (24, 1, 1))
    posed, moved = free_body_rig.skin(vertices, joints, weights, still)
    assert np.allclose(posed, vertices)
    assert np.allclose(moved, joints)
    turn = free_body_rig.rotation_about(1, 0.7)
    posed, _ = free_body_rig.skin(vertices, joints, weights, np.tile(turn, (24, 1, 1)))
    assert np.allclose(posed, (vertices - joints[0]) @ turn.T + joints[0])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_rotation_about_an_axis_keeps_it_and_turns_right_handed(axis):
    turn = free_body_rig.rotation_about(axis, np.pi / 2)
    first, second = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
    assert np.allclose(turn @ np.eye(3)[axis], np.eye(3)[axis])
    assert np.allclose(turn @ first, second)


def test_trunk_shares_split_one_whole_from_pelvis_to_chest():
    shares = free_body_rig.trunk_shares(np.linspace(0, 1, 50))
    assert np.allclose(shares.sum(1), 1)
    assert np.allclose(shares[0], [1, 0, 0, 0])
    assert np.allclose(shares[-1], [0, 0, 0, 1])


def test_bone_weights_become_joint_weights():
    labels = [
        "root",
        "spine05",
        "spine01",
        "upperarm01.L",
        "upperarm02.L",
        "special",
        "lowerarm01.L",
        "toe3-1.R",
    ]
    parents = [-1, 0, 1, 2, 3, 4, 4, 0]
    joint = free_body_rig.bone_joint(labels, parents)
    assert joint.tolist() == [-1, -1, -1, 16, 16, 16, 18, 11]
    rng = np.random.default_rng(0)
    bones = rng.random((30, len(labels)))
    bones /= bones.sum(1, keepdims=True)
    weights = free_body_rig.smpl_weights(bones, labels, parents)
    assert np.allclose(weights.sum(1), 1)
    assert np.allclose(weights[:, 16], bones[:, 3:6].sum(1), atol=0.02)
    trunk = weights[:, [JOINT[name] for name in free_body_rig.TRUNK_JOINTS]].sum(1)
    assert np.allclose(trunk, bones[:, :3].sum(1), atol=0.02)


def test_a_regressor_finds_an_exact_average_and_holds_for_unseen_people():
    rng = np.random.default_rng(0)
    people = rng.normal(size=(40, 60, 3))
    point = people[:, [3, 10, 17]].mean(1)
    weights = free_body_rig.fit_regressor(point[:30], people[:30], np.arange(50), ridge=1e-6)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    assert not weights[50:].any()
    assert np.allclose(np.einsum("v,svc->sc", weights, people[30:]), point[30:], atol=1e-4)


def test_joint_regressor_is_symmetric():
    rng = np.random.default_rng(0)
    joints = np.tile(a_pose_joints(), (8, 1, 1)) * rng.uniform(0.9, 1.1, (8, 1, 1))
    half = rng.normal(size=(200, 3)) * [0.2, 0.5, 0.1] + [0.3, 0, 0]
    twins = np.concatenate([half, half * [-1, 1, 1]])
    partner = np.roll(np.arange(400), 200)
    people = np.tile(twins, (8, 1, 1)) * rng.uniform(0.9, 1.1, (8, 1, 1))
    regressor = free_body.joint_regressor(people, joints, partner)
    assert np.allclose(regressor[MIRRORED_JOINT][:, partner], regressor)
    assert np.allclose(regressor.sum(1), 1)


def test_statures_come_out_as_wanted():
    rng = np.random.default_rng(0)
    low = rng.random((5, 30, 3))
    low[:, 0, 1], low[:, 1, 1] = 0.0, 1.5
    high = low * [1.0, 1.3, 1.0]
    wanted = np.array([1.5, 1.6, 1.7, 1.8, 2.2])
    tall = [np.ptp(points[..., 1], axis=1) for points in (low, high)]
    people = free_body.blend_statures(low, high, *tall, wanted)
    assert np.allclose(np.ptp(people[..., 1], axis=1), wanted)


def test_the_shape_space_has_unit_variance_and_orthogonal_directions():
    rng = np.random.default_rng(0)
    people = rng.normal(size=(300, 40, 3)) * np.linspace(0.01, 1.0, 40)[:, None]
    mean, directions = free_body.shape_space(people)
    flat = directions.reshape(-1, 10)
    betas = np.linalg.lstsq(flat, (people - mean).reshape(300, -1).T, rcond=None)[0]
    assert np.allclose(betas.std(1), 1)
    gram = flat.T @ flat
    assert np.allclose(gram, np.diag(np.diag(gram)), atol=1e-9)
    assert (np.diff(np.diag(gram)) <= 1e-9).all()
    assert (directions[mean[:, 1].argmax(), 1] >= 0).all()


def test_open_edges_are_found():
    square = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1]])
    assert free_body.border_vertices(square).tolist() == [1, 2, 3]


def test_mirror_tables_and_bone_twins_are_read(tmp_path):
    (tmp_path / "x.mirror").write_text("5 7 r\n7 5 l\n6 6 m\n9 9 m\n")
    assert free_body.vertex_partner(tmp_path / "x.mirror", np.array([5, 6, 7])).tolist() == [2, 1, 0]
    assert free_body.bone_partner(["arm.L", "spine", "arm.R"]).tolist() == [2, 1, 0]


def test_lists_of_bone_weights_become_a_table():
    table = free_body.dense_weights(np.array([[0, 2], [1, 1]]), np.array([[0.25, 0.75], [0.5, 0.5]]), 3)
    assert np.allclose(table, [[0.25, 0, 0.75], [0, 1, 0]])


def test_right_landmarks_are_the_left_ones_mirrored():
    rng = np.random.default_rng(0)
    rows = np.zeros((33, 6))
    for name, index in free_body_landmarks.LANDMARK.items():
        if "right" not in name:
            rows[index] = rng.dirichlet(np.ones(6))
    partner = np.array([1, 0, 3, 2, 4, 5])
    full = free_body_landmarks.mirrored_landmarks(rows, partner)
    assert np.allclose(full.sum(1), 1)
    names = free_body_landmarks.LANDMARK
    assert np.allclose(full[names["right_heel"]], rows[names["left_heel"]][partner])
    assert np.allclose(full[names["mouth_right"]], rows[names["mouth_left"]][partner])
    assert np.allclose(full[names["nose"]], full[names["nose"]][partner])


def test_shoulders_and_hips_are_closer_together_than_the_joints():
    joints = a_pose_joints()[None]
    knuckles = {name: np.zeros((1, 3)) for name in ("pinky", "index", "thumb")}
    points = free_body_landmarks.joint_landmarks(joints, knuckles)
    for name in ("left_shoulder", "left_hip"):
        assert 0.9 < points[name][0, 0] / joints[0, JOINT[name], 0] < 1.0
    assert points["left_shoulder"][0, 1] > joints[0, JOINT["left_shoulder"], 1]
    assert points["left_knee"][0, 1] < joints[0, JOINT["left_knee"], 1]
