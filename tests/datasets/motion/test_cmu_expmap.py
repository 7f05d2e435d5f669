from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.cmu_expmap import JOINT_COUNT, read_cmu_expmap, repair_root, source_from_expmap
from str_live.datasets.motion.retarget import retarget
from str_live.datasets.motion.skeleton import forward_kinematics
from str_live.skeleton import JOINT


def as_stored(rotation: Rotation) -> np.ndarray:
    """The file's maps are for row vectors: the transpose."""
    return rotation.inv().as_rotvec()


def rows_of(frames: int) -> np.ndarray:
    """A standing person, legs closed; row 0 is the T-pose with the same legs."""
    rows = np.zeros((1 + frames, 1 + JOINT_COUNT, 3), dtype=np.float32)
    rows[:, 0, 1] = 17.0
    rows[:, 1 + 2] = as_stored(Rotation.from_euler("z", -20, degrees=True))
    rows[:, 1 + 8] = as_stored(Rotation.from_euler("z", 20, degrees=True))
    return rows


def test_the_t_pose_becomes_the_target_rest_pose_with_closed_legs(rest_joints):
    motion = source_from_expmap("still", rows_of(100).reshape(101, -1))
    clip = retarget(motion, rest_joints)
    assert len(clip) == 25
    _, positions = forward_kinematics(clip.rotmat, clip.root, rest_joints)
    thigh = positions[0, JOINT["left_knee"]] - positions[0, JOINT["left_hip"]]
    np.testing.assert_allclose(thigh / np.linalg.norm(thigh), [0, -1, 0], atol=0.01)
    np.testing.assert_allclose(clip.rotmat[:, 0], np.tile(np.eye(3), (25, 1, 1)), atol=1e-6)


def test_a_raised_knee_moves_forward_and_a_turned_body_faces_left(rest_joints):
    rows = rows_of(100)
    rows[1:, 1 + 2] = as_stored(Rotation.from_euler("zx", [-20, -60], degrees=True))
    rows[1:, 1] = as_stored(Rotation.from_euler("y", 60, degrees=True))
    clip = retarget(source_from_expmap("knee", rows.reshape(101, -1)), rest_joints)
    np.testing.assert_allclose(clip.rotmat[0, 0, :, 2], [np.sin(np.pi / 3), 0, 0.5], atol=1e-6)
    _, positions = forward_kinematics(clip.rotmat, clip.root, rest_joints)
    thigh = positions[0, JOINT["left_knee"]] - positions[0, JOINT["left_hip"]]
    assert thigh @ clip.rotmat[0, 0, :, 2] > 0.3


@pytest.mark.parametrize("yaws_deg", [(-80, 80), (60, 120), (-170, -100), (80, -100), (0, 720)])
def test_the_root_is_restored_from_angles_read_in_the_wrong_order(yaws_deg):
    yaw = np.linspace(*np.radians(yaws_deg), 200)
    tilt = 0.15 * np.sin(np.linspace(0, 9, 200))
    true = Rotation.from_euler("YXZ", np.stack([yaw, tilt, 0.5 * tilt], axis=1))
    recorded = true.as_euler("ZYX")  # (z, y, x), y within 90 degrees
    stored = Rotation.from_euler("ZXY", recorded[:, [0, 2, 1]]).as_matrix()
    np.testing.assert_allclose(repair_root(stored), true.as_matrix(), atol=1e-7)


def test_the_root_is_restored_where_the_recorded_yaw_runs_past_ninety_degrees():
    recorded = np.stack([np.full(100, 0.1), np.radians(np.linspace(0, 150, 100)), np.full(100, 0.05)], axis=1)
    stored = Rotation.from_euler("ZXY", recorded[:, [0, 2, 1]]).as_matrix()
    np.testing.assert_allclose(
        repair_root(stored), Rotation.from_euler("ZYX", recorded).as_matrix(), atol=1e-7
    )


def test_files_are_found_and_wrong_shapes_are_named(tmp_path):
    np.savez(tmp_path / "cmu_expmap_small.npz", **{"walk/1": rows_of(9).reshape(10, -1)})
    (motion,) = read_cmu_expmap(tmp_path)
    assert (motion.name, motion.source, motion.turns.shape) == ("walk/1", "cmu_expmap", (9, 24, 3, 3))
    with pytest.raises(ValueError, match="short: expected"):
        source_from_expmap("short", np.zeros((10, 99)))
