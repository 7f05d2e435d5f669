from __future__ import annotations

import json

import numpy as np
import pytest

from str_live.datasets.motion.deepmimic import JOINTS, read_deepmimic, source_from_frames
from str_live.datasets.motion.quality import knee_flexion_deg
from str_live.datasets.motion.retarget import retarget
from str_live.datasets.motion.skeleton import forward_kinematics
from str_live.skeleton import JOINT
from tests.datasets.motion.heading import heading_agreement


def standing(frames: int, fps: float = 60.0) -> np.ndarray:
    rows = np.zeros((frames, 44))
    rows[:, 0] = 1 / fps
    rows[:, 2] = 0.9
    for _, column, count in JOINTS.values():
        if count == 4:
            rows[:, column] = 1.0
    return rows


def test_a_walk_along_the_source_x_axis_goes_the_way_the_target_faces(rest_joints):
    rows = standing(61)
    rows[:, 1] = np.linspace(0, 1, 61)
    clip = retarget(source_from_frames("walk", rows), rest_joints)
    assert (clip.name, clip.source, len(clip)) == ("walk", "deepmimic", 31)
    assert heading_agreement(clip.rotmat, clip.root) == pytest.approx(1, abs=1e-6)
    assert clip.root[-1, 2] - clip.root[0, 2] == pytest.approx(1, abs=0.05)


def test_knees_bend_back_elbows_bend_forward_and_sides_are_kept(rest_joints):
    rows = standing(61)
    rows[:, JOINTS["left_knee"][1]] = -1.0
    rows[:, JOINTS["right_elbow"][1]] = 1.0
    clip = retarget(source_from_frames("bend", rows), rest_joints)
    _, positions = forward_kinematics(clip.rotmat, clip.root, rest_joints)
    flexion = knee_flexion_deg(clip.rotmat, rest_joints)[0]
    assert flexion[0] == pytest.approx(57.3, abs=5)
    assert abs(flexion[1]) < 10
    for elbow, wrist, forward in (("right_elbow", "right_wrist", 0.84), ("left_elbow", "left_wrist", 0.0)):
        forearm = positions[0, JOINT[wrist]] - positions[0, JOINT[elbow]]
        assert forearm[2] / np.linalg.norm(forearm) == pytest.approx(forward, abs=0.01)
    assert positions[0, JOINT["left_wrist"], 0] > 0 > positions[0, JOINT["right_wrist"], 0]


def test_a_bow_is_shared_by_the_three_joints_of_the_spine(rest_joints):
    rows = standing(61)
    rows[:, JOINTS["chest"][1] : JOINTS["chest"][1] + 4] = [np.cos(0.3), 0, 0, -np.sin(0.3)]
    clip = retarget(source_from_frames("bow", rows), rest_joints)
    for joint in ("spine1", "spine2", "spine3"):
        angle = np.arctan2(clip.rotmat[0, JOINT[joint], 2, 1], clip.rotmat[0, JOINT[joint], 1, 1])
        assert angle == pytest.approx(0.2, abs=1e-6)  # about +x: forward


def test_files_are_found_with_uneven_frame_times(tmp_path):
    rows = standing(3)
    rows[:, 0] = [0.1, 0.2, 0.0]
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "humanoid3d_hop.txt").write_text(
        json.dumps({"Loop": "none", "Frames": rows.tolist()})
    )
    (motion,) = read_deepmimic(tmp_path)
    assert motion.name == "hop"
    np.testing.assert_allclose(motion.times_s, [0.0, 0.1, 0.3])
    with pytest.raises(ValueError, match="expected"):
        source_from_frames("short", rows[:, :40])
