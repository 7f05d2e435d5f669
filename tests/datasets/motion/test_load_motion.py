from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from str_live.datasets.motion import (
    MotionClip,
    load_motion,
    load_rest_joints,
    read_motion_cache,
    whole_clips,
    write_motion_cache,
)
from str_live.datasets.motion.__main__ import main
from str_live.datasets.motion.cmu_expmap import read_cmu_expmap
from str_live.datasets.motion.deepmimic import JOINTS, read_deepmimic
from str_live.datasets.motion.quality import knee_flexion_deg
from str_live.datasets.motion.retarget import jumps, retarget
from str_live.datasets.motion.skeleton import forward_kinematics
from tests.datasets.motion.heading import heading_agreement

SHARED_MOTION = Path(__file__).parents[4] / "shared" / "data" / "motion"
needs_motion = pytest.mark.skipif(not SHARED_MOTION.is_dir(), reason=f"{SHARED_MOTION} is absent")


@pytest.fixture
def folder(tmp_path) -> Path:
    rows = np.zeros((60, 44))
    rows[:, 0] = 1 / 30
    for _, column, count in JOINTS.values():
        rows[:, column] = 1.0 if count == 4 else 0.0
    (tmp_path / "humanoid3d_stand.txt").write_text(json.dumps({"Frames": rows.tolist()}))
    return tmp_path


def test_all_motion_of_a_folder_is_loaded(folder, rest_joints):
    (clip,) = load_motion(folder, rest_joints)
    assert clip.rotmat.shape == (60, 24, 3, 3)
    assert (clip.fps, clip.root.shape, clip.licence) == (30, (60, 3), "MIT (xbpeng/DeepMimic)")


def test_a_missing_folder_or_body_is_named(tmp_path, rest_joints):
    with pytest.raises(NotADirectoryError, match="--motion"):
        list(whole_clips(tmp_path / "nowhere", rest_joints))
    with pytest.raises(FileNotFoundError, match="proportions"):
        load_rest_joints(tmp_path / "body.npz")


def test_a_cache_gives_back_what_was_written(tmp_path, rest_joints):
    rng = np.random.default_rng(0)
    clips = [
        MotionClip(name, "deepmimic", "MIT", rng.normal(size=(n, 24, 3, 3)), rng.normal(size=(n, 3)))
        for name, n in (("a", 20), ("b#1", 31))
    ]
    write_motion_cache(tmp_path / "cache.npz", clips, rest_joints)
    for before, after in zip(clips, read_motion_cache(tmp_path / "cache.npz"), strict=True):
        assert (before.name, before.source, before.licence, before.fps) == (
            after.name,
            after.source,
            after.licence,
            after.fps,
        )
        np.testing.assert_array_equal(before.rotmat, after.rotmat)
        np.testing.assert_array_equal(before.root, after.root)


def test_a_cache_serves_as_the_folder_but_for_another_body(tmp_path, folder, rest_joints):
    clips = load_motion(folder, rest_joints)
    write_motion_cache(tmp_path / "cache.npz", clips, rest_joints)
    (again,) = load_motion(tmp_path / "cache.npz", rest_joints)
    np.testing.assert_array_equal(again.rotmat, clips[0].rotmat)
    assert load_motion(tmp_path / "cache.npz", rest_joints, ["deepmimic"]) == []
    with pytest.raises(ValueError, match="another body"):
        load_motion(tmp_path / "cache.npz", rest_joints * 1.1)


@pytest.mark.parametrize("content", [b"", b"text"])
def test_a_file_that_is_no_cache_is_named(tmp_path, rest_joints, content):
    (tmp_path / "cache.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"cache\.npz is no cache of motion: make one"):
        load_motion(tmp_path / "cache.npz", rest_joints)


def test_the_command_writes_a_cache_and_prints_a_table(folder, rest_joints, monkeypatch, capsys):
    np.savez(folder / "body.npz", v_template=rest_joints, J_regressor=np.eye(24))
    options = ["--motion", folder, "--out", folder / "cache.npz", "--body", folder / "body.npz"]
    monkeypatch.setattr(sys, "argv", ["motion", *map(str, options)])
    main()
    assert [clip.name for clip in read_motion_cache(folder / "cache.npz")] == ["stand"]
    assert "deepmimic" in capsys.readouterr().out


@needs_motion
@pytest.mark.shared_data
def test_recorded_walks_go_forward_on_the_floor_with_knees_that_bend_back(rest_joints):
    wanted = {"train/walking/walking_1", "train/walking_extra/walking_25", "walk"}
    motions = [*read_cmu_expmap(SHARED_MOTION), *read_deepmimic(SHARED_MOTION)]
    clips = [retarget(motion, rest_joints) for motion in motions if motion.name in wanted]
    assert {clip.name for clip in clips} == wanted
    for clip in clips:
        assert heading_agreement(clip.rotmat, clip.root) > 0.9  # walking_25 turns its back: the repaired root
        assert np.percentile(knee_flexion_deg(clip.rotmat, rest_joints), 1) > -5
        assert len(jumps(clip.rotmat)) == 0
        _, positions = forward_kinematics(clip.rotmat, clip.root, rest_joints)
        assert -0.05 < positions[..., 1].min() < 0.05
