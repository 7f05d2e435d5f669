"""Training in slices: what one leaves the next goes on with, and the file that comes out runs."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from str_live.datasets.motion.clip import MotionClip
from str_live.train.images import __main__ as command
from str_live.train.images import free_data as material_module
from str_live.train.images import trainer as trainer_module
from str_live.train.images.free_data import FreeData
from str_live.train.images.scores import aligned
from str_live.train.images.state import LOG, load_state
from str_live.train.images.trainer import ImageTrainer
from str_live.weights.own import read_notes, save_network
from str_live.weights.own_images import FRONT_ENDS, best_front_end, load_images
from tests.train.images.image_training_fakes import FakePictures, landmark_network, recipe


@pytest.fixture
def landmarks(tmp_path):
    path = tmp_path / "landmarks.safetensors"
    save_network(landmark_network(), path)
    return path


def make(tmp_path, landmarks, **changes: object) -> ImageTrainer:
    config = recipe(**changes)
    return ImageTrainer(config, FreeData(tmp_path), tmp_path / "state", landmarks=landmarks)


@pytest.fixture(autouse=True)
def without_renderer(monkeypatch):
    monkeypatch.setattr(trainer_module, "Pictures", FakePictures)


def test_a_slice_goes_on_where_the_last_one_stopped(tmp_path, landmarks):
    first = make(tmp_path, landmarks)
    first.run(minutes=1e-9)  # one batch
    assert first.progress.pictures == 8
    assert not first.finished
    second = make(tmp_path, landmarks)
    assert second.progress.pictures == 8
    weight = "image.points.weight"
    stored = first.student.encoder.state_dict()[weight]
    torch.testing.assert_close(second.student.encoder.state_dict()[weight], stored, atol=1e-3, rtol=1e-3)
    second.run(minutes=0)
    assert second.finished
    assert second.progress.slices == 2
    lines = [json.loads(line) for line in (tmp_path / "state" / LOG).read_text().splitlines()]
    assert [(line["pictures"], line["window_steps"]) for line in lines] == [(8, 0), (64, 0), (64, 3)]
    assert lines[-1]["both_pa_mm"] > 0


def test_slices_keep_the_precision_of_the_first_and_the_file_names_it(tmp_path, landmarks):
    data, out = FreeData(tmp_path), tmp_path / "images.safetensors"
    first = ImageTrainer(recipe(), data, tmp_path / "state", landmarks=landmarks, precision="float32")
    first.progress.precision = "bfloat16"  # as on a machine that is faster in it
    first.run(minutes=1e-9)
    kept = ImageTrainer(recipe(), data, tmp_path / "state", landmarks=landmarks, precision="auto")
    assert kept.student.precision.name == "bfloat16"
    asked = ImageTrainer(recipe(), data, tmp_path / "state", landmarks=landmarks, precision="float32")
    assert asked.student.precision.name == "float32"
    asked.deliver(out)
    assert json.loads(read_notes(out)["carried_out"])["precision"] == "float32"


def test_a_machine_without_bfloat16_learns_in_float32(tmp_path, landmarks, lesser_machine):
    data = FreeData(tmp_path)
    made = ImageTrainer(recipe(), data, tmp_path / "state", landmarks=landmarks, precision="auto")
    assert made.student.precision.name == "float32"
    assert made.student.trunk(torch.rand(1, 3, 32, 32)).dtype == torch.float32


def test_the_delivered_file_holds_what_was_learnt(tmp_path, landmarks):
    trained = make(tmp_path, landmarks, pictures=16, own_heads=("resnet",))
    trained.run(minutes=0)
    trained.deliver(tmp_path / "images.safetensors")
    notes = read_notes(tmp_path / "images.safetensors")
    assert json.loads(notes["training"])["pictures"] == 16
    assert json.loads(notes["scores"])["resnet_mm"] > 0
    resnet, both = (load_images(tmp_path / "images.safetensors", name, landmarks) for name in FRONT_ENDS)
    weight = "regressor.fc1.weight"
    learnt = trained.heads["resnet"].state_dict()[weight]
    torch.testing.assert_close(resnet.head("str").state_dict()[weight], learnt, atol=1e-3, rtol=0)
    unlearnt = landmark_network().head("str").state_dict()[weight]
    assert not torch.allclose(learnt, unlearnt)
    assert torch.equal(both.head("str").state_dict()[weight], unlearnt)


def test_what_measured_best_is_written_into_the_delivered_file(tmp_path, landmarks, monkeypatch):
    monkeypatch.setattr(command, "training_config", lambda *_: recipe())
    out = tmp_path / "images.safetensors"
    line = ["--data", tmp_path, "--state", tmp_path / "state", "--landmarks", landmarks, "--out", out]
    command.main([*map(str, line), "--device", "cpu", "--deliver"])
    assert best_front_end(out) is None
    command.main([*map(str, line), "--device", "cpu", "--deliver", "--best", "both"])
    assert best_front_end(out) == "both"
    assert load_state(tmp_path / "state", "{}", "")[0].pictures == 0, "nothing was trained"


def test_a_training_beside_the_default_one_leaves_the_apps_file_alone(tmp_path, landmarks, monkeypatch):
    app = tmp_path / "app" / "images.safetensors"
    monkeypatch.setattr(command, "OUT", app)
    monkeypatch.setattr(command, "STATE", tmp_path / "usual")
    monkeypatch.setattr(command, "training_config", lambda *_: recipe(own_heads=(), pictures=8))
    line = ["--data", tmp_path, "--landmarks", landmarks, "--device", "cpu", "--workers", "0"]
    command.main([*map(str, line), "--state", str(tmp_path / "other")])
    assert (tmp_path / "other" / "images.safetensors").exists()
    assert not app.exists()
    command.main([*map(str, line), "--state", str(tmp_path / "usual")])
    assert app.exists()


def test_windows_are_learnt_from_features_that_stay(tmp_path, landmarks):
    trained = make(tmp_path, landmarks, pictures=8, window_steps=1)
    trained.run(minutes=0)
    before = {name: value.clone() for name, value in trained.student.state_dict().items()}
    longer = make(tmp_path, landmarks, pictures=8, window_steps=3)
    longer.run(minutes=0)
    after = longer.student.state_dict()
    for name in ("encoder.image.points.weight", "encoder.join.1.weight"):
        torch.testing.assert_close(after[name], before[name], atol=1e-3, rtol=1e-3)
    assert longer.progress.window_steps == 3


def test_kept_sequences_are_not_filmed_again(tmp_path, landmarks, monkeypatch):
    kept = tmp_path / "gallery.safetensors"
    config, data = recipe(pictures=8, window_steps=1), FreeData(tmp_path)
    ImageTrainer(config, data, tmp_path / "state", landmarks=landmarks, gallery=kept).run(minutes=0)
    assert kept.exists()
    longer = dataclasses.replace(config, window_steps=2)
    again = ImageTrainer(longer, data, tmp_path / "state", landmarks=landmarks, gallery=kept)

    def film(*_: object) -> None:
        raise AssertionError("filmed again")

    monkeypatch.setattr(trainer_module, "extract_features", film)
    again.run(minutes=0)
    assert again.progress.window_steps == 2


def test_another_recipe_is_not_mixed_in(tmp_path, landmarks):
    make(tmp_path, landmarks).run(minutes=1e-9)
    with pytest.raises(ValueError, match="another recipe"):
        make(tmp_path, landmarks, batch=4)


def test_the_same_recipe_may_go_on_for_longer(tmp_path, landmarks):
    make(tmp_path, landmarks).run(minutes=1e-9)
    assert make(tmp_path, landmarks, pictures=24).progress.pictures == 8


def test_other_landmark_weights_are_noticed(tmp_path, landmarks):
    make(tmp_path, landmarks).run(minutes=1e-9)
    other = landmark_network()
    torch.nn.init.normal_(other.encoder.leave.weight)
    save_network(other, landmarks)
    with pytest.raises(ValueError, match="other landmark weights"):
        make(tmp_path, landmarks)


def test_files_stay_small(tmp_path, landmarks):
    make(tmp_path, landmarks).run(minutes=1e-9)
    files = list((tmp_path / "state").iterdir())
    assert max(path.stat().st_size for path in files) < 16e6
    assert len(files) <= 8


def test_alignment_undoes_a_similarity():
    generator = torch.Generator().manual_seed(0)
    goal = torch.randn(3, 24, 3, generator=generator)
    turn = torch.linalg.qr(torch.randn(3, 3, 3, generator=generator)).Q
    turn = turn * torch.linalg.det(turn)[:, None, None]
    moved = 1.7 * goal @ turn + torch.randn(3, 1, 3, generator=generator)
    torch.testing.assert_close(aligned(moved, goal), goal, atol=1e-4, rtol=0)
    mirrored = goal * torch.tensor([-1.0, 1.0, 1.0])
    assert (aligned(mirrored, goal) - goal).norm(dim=-1).mean() > 0.1  # a mirror image is no rotation


def test_packed_motion_is_the_same_within_a_tenth_of_a_degree(tmp_path, monkeypatch):
    generator = torch.Generator().manual_seed(0)
    turns = torch.linalg.qr(torch.randn(30, 24, 3, 3, generator=generator)).Q
    turns = (turns * torch.linalg.det(turns)[..., None, None]).numpy().astype(np.float32)
    names = ("test/walking_extra/walking_10", "somewhere")  # the first is kept for validation
    clips = [
        MotionClip(name, "cmu_expmap", "", turns[15 * i : 15 * i + 15], np.zeros((15, 3), np.float32))
        for i, name in enumerate(names)
    ]
    monkeypatch.setattr(material_module, "load_motion", lambda folder: clips)
    (tmp_path / "shared" / "backgrounds").mkdir(parents=True)
    (tmp_path / "shared" / "weights").mkdir()
    np.savez(tmp_path / "shared" / "weights" / material_module.IMAGENET, one=np.ones(3, np.float32))
    shared, packed = FreeData(tmp_path / "shared"), FreeData(tmp_path / "packed")
    (tmp_path / "shared" / "motion").mkdir()
    shared.pack(packed.folder)
    for split in ("train", "validation"):
        whole, small = (data.poses(split)._quaternions for data in (shared, packed))
        cosine = (whole * small).sum(-1).abs().clamp(max=1)
        assert cosine.min() > np.cos(np.radians(0.05))
    assert packed.imagenet.exists()


def test_a_state_that_is_not_there_begins_anew(tmp_path):
    progress, weights = load_state(tmp_path, "{}", "landmarks")
    assert progress.pictures == 0
    assert weights == {}
    assert dataclasses.asdict(progress)["landmarks"] == "landmarks"
