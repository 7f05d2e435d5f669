"""The image front ends' training: an interrupted one ends like one that was not, and its file runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from str_live.dataclass_json import ConfigError
from str_live.network.precision import Precision
from str_live.train.__main__ import main
from str_live.train.images import command
from str_live.train.images import trainer as trainer_module
from str_live.train.images.free_data import FreeData
from str_live.train.images.trainer import SCORES, ImageTrainer
from str_live.train.loop import Loop
from str_live.weights.own import read_notes, save_network
from str_live.weights.own_images import FRONT_ENDS, best_front_end, load_images
from tests.train.endings import at, run_until
from tests.train.images.image_training_fakes import FakePictures, landmark_network, recipe


@pytest.fixture
def landmarks(tmp_path) -> Path:
    path = tmp_path / "landmarks.safetensors"
    save_network(landmark_network(), path)
    return path


def make(landmarks: Path, precision: str = "float32", **changes: object) -> ImageTrainer:
    folder = landmarks.parent
    data = FreeData(folder)
    return ImageTrainer(recipe(**changes), data, folder / "state", landmarks=landmarks, precision=precision)


def loop_of(trainer: ImageTrainer) -> Loop:
    folder = trainer.scores_path.parent
    return Loop(trainer, folder / "state.pt", curves=folder)


def run(landmarks: Path, **changes: object) -> ImageTrainer:
    trainer = make(landmarks, **changes)
    loop_of(trainer).run()
    return trainer


@pytest.fixture(autouse=True)
def without_renderer(monkeypatch):
    monkeypatch.setattr(trainer_module, "Pictures", FakePictures)


def weights(trainer: ImageTrainer) -> dict[str, torch.Tensor]:
    heads = {
        f"{name}.{key}": value
        for name, head in trainer.heads.items()
        for key, value in head.state_dict().items()
    }
    return {**trainer.student.state_dict(), **heads}


REPLAYED = {"trunk_rate": 0.0, "replay": 2}


@pytest.mark.parametrize("changes", [{}, REPLAYED], ids=["the trunk learns", "pictures are replayed"])
def test_an_interrupted_training_ends_like_one_that_was_not(tmp_path, changes):
    changes |= {"pictures": 24, "window_steps": 2}
    ends = []
    for name, interruptions in (("whole", ()), ("parts", ((0, 1), (1, 0)))):
        (tmp_path / name).mkdir()
        landmarks = tmp_path / name / "landmarks.safetensors"
        save_network(landmark_network(), landmarks)
        for stage, step in interruptions:
            run_until(loop_of(make(landmarks, **changes)), stage, step)
        ends.append(weights(run(landmarks, **changes)))
    whole, parts = ends
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        torch.testing.assert_close(parts[name], value, rtol=0, atol=0, msg=name)


def test_scores_on_held_out_motion_are_logged_with_every_state(landmarks):
    run_until(loop_of(make(landmarks, pictures=16)), 0, 0)
    run(landmarks, pictures=16)
    lines = [json.loads(line) for line in (landmarks.parent / "state" / SCORES).read_text().splitlines()]
    assert [line["pictures"] for line in lines] == [8, 16, 16]
    assert lines[-1]["both_pa_mm"] > 0


def test_a_training_goes_on_in_its_precision_and_the_file_names_it(landmarks, tmp_path):
    first = make(landmarks)
    rough = Precision("bfloat16", "as on a machine that is faster in it")
    run_until(at(loop_of(first), 0, 0, lambda: setattr(first.student, "precision", rough)), 0, 1)
    kept, asked = make(landmarks, "auto"), make(landmarks, "float32")
    for trainer, name in ((kept, "bfloat16"), (asked, "float32")):
        loop_of(trainer)
        assert trainer.student.precision.name == name
    asked.write(tmp_path / "images.safetensors")
    notes = read_notes(tmp_path / "images.safetensors")
    assert json.loads(notes["carried_out"])["precision"] == "float32"


def test_a_machine_without_bfloat16_learns_in_float32(landmarks, lesser_machine):
    made = make(landmarks, "auto")
    made.begin(0)
    assert made.student.precision.name == "float32"
    assert made.student.trunk(torch.rand(1, 3, 32, 32)).dtype == torch.float32


def test_the_file_holds_what_was_learnt(landmarks, tmp_path):
    trained = run(landmarks, pictures=16, own_heads=("resnet",))
    trained.write(tmp_path / "images.safetensors")
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


@pytest.fixture
def line(landmarks, monkeypatch) -> list[str]:
    """Options of a short training."""
    monkeypatch.setattr(command, "training_config", lambda *_: recipe(own_heads=(), pictures=8))
    folder = landmarks.parent
    options = ["--data", folder, "--landmarks", landmarks, "--device", "cpu", "--workers", "0"]
    return ["images", *map(str, options)]


def test_what_measured_best_is_written_into_the_file_of_a_finished_training(line, tmp_path, monkeypatch):
    out = tmp_path / "images.safetensors"
    line += ["--state", str(tmp_path / "state"), "--out", str(out)]
    main(line)
    assert best_front_end(out) is None
    monkeypatch.setattr(ImageTrainer, "learn", None)  # nothing is left to learn
    main([*line, "--best", "both"])
    assert best_front_end(out) == "both"


def test_a_training_beside_the_default_one_leaves_the_apps_file_alone(line, tmp_path, monkeypatch):
    app = tmp_path / "app" / "images.safetensors"
    monkeypatch.setattr(command, "IMAGE_WEIGHTS", app)
    monkeypatch.setattr(command, "STATE", tmp_path / "usual")
    main([*line, "--state", str(tmp_path / "other")])
    assert (tmp_path / "other" / "images.safetensors").exists()
    assert not app.exists()
    main([*line, "--state", str(tmp_path / "usual")])
    assert app.exists()


def test_the_window_stage_leaves_the_encoders_alone(landmarks):
    before = weights(run(landmarks, pictures=8, own_heads=()))
    after = weights(run(landmarks, pictures=8, own_heads=("both",)))
    for name, value in before.items():
        assert torch.equal(after[name], value), name


def test_heads_cannot_change_within_the_window_stage(landmarks):
    run_until(loop_of(make(landmarks, pictures=8)), 1, 0)
    with pytest.raises(ConfigError, match="own-heads resnet both"):
        loop_of(make(landmarks, pictures=8, own_heads=("both",)))


def test_another_recipe_is_not_mixed_in(landmarks):
    run_until(loop_of(make(landmarks)), 0, 0)
    with pytest.raises(ConfigError, match="another configuration"):
        loop_of(make(landmarks, batch=4))


def test_the_same_recipe_may_go_on_for_longer(landmarks):
    run(landmarks, pictures=16, own_heads=())
    assert run(landmarks, pictures=24, own_heads=()).pictures == 24


def test_other_landmark_weights_are_noticed(landmarks):
    run_until(loop_of(make(landmarks)), 0, 0)
    other = landmark_network()
    torch.nn.init.normal_(other.encoder.leave.weight)
    save_network(other, landmarks)
    with pytest.raises(ConfigError, match="another configuration"):
        loop_of(make(landmarks))
