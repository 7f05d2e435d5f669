"""The benchmark's data: the same scenes in all conditions, nothing held out in training, reproducible."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from str_live.benchmark.build import MANIFEST, START, database_name, planned
from str_live.benchmark.people import MARGIN, held_out_people, training_people
from str_live.benchmark.scenes import SHOT, shots, training_scenes
from str_live.datasets.measured_body import load_measured_body
from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.published.databases import DatabaseError, md5_of, read_database
from str_live.datasets.published.sequences import target_from_pixels
from str_live.rotation import rotmat_from_axis_angle
from str_live.weights.own import load_network
from tests.benchmark.small_benchmark import LENGTHS, PLAN, WIDTH, build_small, clips

TESTS = [database_name(f"test_{name}") for name in ("normal", "light", "blur")]


@pytest.fixture
def data(tmp_path, monkeypatch):
    return build_small(tmp_path, monkeypatch)


def read(data, name):
    return read_database(data / name, "freemocap", width=WIDTH)


def test_conditions_show_the_same_people_doing_the_same(data):
    normal, *others = (read(data, name) for name in TESTS)
    assert len(normal) == 2 * LENGTHS["test"]
    for other in others:
        for name in ("video", "pose", "betas", "joints3d"):
            np.testing.assert_array_equal(getattr(other, name), getattr(normal, name))
        assert np.abs(other.features - normal.features).max() > 1e-3


def test_held_out_motion_is_shown_as_it_was_recorded(data):
    test, clip = read(data, TESTS[0]), clips()[-1]
    shown = test.pose[-LENGTHS["test"] :].reshape(-1, 24, 3)
    rotmat = rotmat_from_axis_angle(torch.from_numpy(shown.copy())).numpy()
    np.testing.assert_allclose(rotmat[:, 1:], clip.rotmat[:, 1:], atol=1e-5)  # [0] is turned to the camera


def test_same_inputs_give_the_same_files(tmp_path, monkeypatch):
    first, second = (build_small(tmp_path, monkeypatch, name) for name in ("first", "second"))
    databases = sorted(path.name for path in first.glob("*_db.npz"))
    assert len(databases) == 5
    assert all(md5_of(first / name) == md5_of(second / name) for name in databases)


def test_truth_fits_the_body_and_the_picture(data):
    train = read(data, database_name("train"))
    body = load_measured_body(None)
    rotmat = rotmat_from_axis_angle(torch.from_numpy(train.pose.copy()).unflatten(1, (24, 3)))
    joints = body.joints_49(rotmat, torch.from_numpy(train.betas.copy())).numpy()
    off = train.joints3d - joints  # the way from the body to the camera: straight ahead
    np.testing.assert_allclose(off[..., :2], 0, atol=1e-4)
    np.testing.assert_allclose(off[..., 2], np.broadcast_to(off[:, :1, 2], off.shape[:2]), atol=1e-4)
    targets = target_from_pixels(train.joints2d, train.boxes)
    centre = targets[..., :2].mean(1)
    assert np.median(np.abs(centre)) < 0.3, "the person stands in the middle of the crop"
    height = np.ptp(targets[..., 1], axis=1)
    assert 0.5 < np.median(height) < 2.2, "and fills it"


def test_no_held_out_recording_is_trained_on():
    held_out = {clip.name for clip in clips()[2:]}
    scenes = {name: list(scenes) for name, (scenes, _) in planned(clips(), PLAN).items()}
    assert {scene.clip for scene in scenes[database_name("train")]} == {""}
    tested = {scene.clip for name in (*TESTS, database_name("val")) for scene in scenes[name]}
    assert tested == held_out


def test_training_scenes_move_only_as_training_clips_do():
    class Sampler:
        def sample(self, batch, frames, generator):
            return torch.eye(3).expand(batch, frames, 24, 3, 3).clone()

    scenes = list(training_scenes(Sampler(), torch.zeros(2, 10), count=3, frames=17, seed=1))
    assert all(torch.equal(scene.rotmat[:, 1:], torch.eye(3).expand(17, 23, 3, 3)) for scene in scenes)


def test_held_out_people_keep_their_distance_from_those_of_training():
    trained = training_people(200, 1)
    others = held_out_people(20, 2, trained)
    assert torch.cdist(others, trained).min() >= MARGIN
    assert torch.cdist(others, others).fill_diagonal_(9).min() > 0.5, "nobody comes twice"


def test_shots_make_up_their_clip():
    rotmat = np.random.default_rng(0).random((2 * SHOT + 3, 24, 3, 3)).astype(np.float32)
    clip = MotionClip("walk", "cmu_bvh", "", rotmat, np.zeros((len(rotmat), 3), np.float32))
    parts = shots(clip)
    assert len(parts) == 3
    assert max(map(len, parts)) <= SHOT
    np.testing.assert_array_equal(np.concatenate(parts), rotmat)
    assert shots(MotionClip("jump", "cmu_bvh", "", rotmat[:15], clip.root[:15])) == []


def test_manifest_names_every_file_and_what_was_held_out(data):
    manifest = json.loads((data / MANIFEST).read_text())
    assert set(manifest["files"]) == {path.name for path in data.iterdir()} - {MANIFEST}
    assert all(md5_of(data / name) == md5 for name, md5 in manifest["files"].items())
    assert manifest["clips"]["test"] == [clip.name for clip in clips()[4:]]


def test_start_of_training_is_the_front_ends_own_per_frame_network(data):
    network = load_network(data / START)
    assert (network.networks, network.config.width) == (("frame",), WIDTH)


def test_a_damaged_database_is_refused_with_the_command_that_makes_a_new_one(data):
    path = data / TESTS[0]
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DatabaseError, match=r"cannot be used.*python -m str_live\.benchmark build"):
        read(data, TESTS[0])
    with np.load(data / TESTS[1]) as file:
        content = dict(file)
    del content["features"]
    np.savez(data / TESTS[1], **content)
    with pytest.raises(DatabaseError, match="it lacks 'features'"):
        read(data, TESTS[1])
