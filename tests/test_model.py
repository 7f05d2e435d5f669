"""The model: what a checkpoint rebuilds, and what is said about files that do not fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from str_live.messages import Box, Crop, Person
from str_live.model import (
    Model,
    ModelConfig,
    Network,
    WeightsError,
    load_model,
    load_network,
    load_spin,
    read_notes,
    save_network,
    unavailable_front_ends,
)
from str_live.resnet import ResNet50
from str_live.settings import SWITCHES, NetworkSettings
from str_live.temporal import STRConfig

SMALL = ModelConfig(
    temporal=STRConfig(width=16, attention_width=8), encoder_hidden=16, encoder_blocks=1, regressor_hidden=8
)


def network() -> Network:
    torch.manual_seed(0)
    return Network(SMALL)


def person() -> tuple[Person, Crop]:
    rng = np.random.default_rng(0)
    box = Box(320.0, 240.0, 300.0)
    seen = Person(
        box=box,
        landmarks_px=(rng.random((33, 2)) * 200 + 200).astype(np.float32),
        visibility=np.ones(33, np.float32),
        world_landmarks=np.zeros((33, 3), np.float32),
        mask=None,
    )
    return seen, Crop(np.zeros((224, 224, 3), np.uint8), box)


def test_checkpoint_rebuilds_the_network_exactly(tmp_path):
    saved = network()
    save_network(saved, tmp_path / "a.safetensors", notes={"training": "none"})
    loaded = load_network(tmp_path / "a.safetensors")
    assert loaded.config == SMALL
    assert read_notes(tmp_path / "a.safetensors")["training"] == "none"
    for name, value in saved.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name])


def test_half_precision_checkpoint_is_half_the_size_and_nearly_the_same(tmp_path):
    saved = network()
    save_network(saved, tmp_path / "full.safetensors")
    save_network(saved, tmp_path / "half.safetensors", half=True)
    assert (tmp_path / "half.safetensors").stat().st_size < 0.7 * (
        tmp_path / "full.safetensors"
    ).stat().st_size
    loaded = load_network(tmp_path / "half.safetensors")
    torch.testing.assert_close(loaded.regressor.fc1.weight, saved.regressor.fc1.weight, atol=1e-3, rtol=1e-3)


def test_predictions_are_rotations_for_all_variants():
    model = Model(network(), name="test", device="cpu")
    feature = model.feature(*person())
    assert feature.shape == (16,)
    window = np.repeat(feature[None], 16, axis=0)
    variants = [NetworkSettings(), NetworkSettings(temporal="frame"), NetworkSettings().without(*SWITCHES)]
    for prediction in model.predict(window, variants):
        assert prediction.rotmat.shape == (24, 3, 3)
        identity = prediction.rotmat @ prediction.rotmat.transpose(0, 2, 1)
        np.testing.assert_allclose(identity, np.broadcast_to(np.eye(3), (24, 3, 3)), atol=1e-5)
        assert prediction.betas.shape == (10,)
        assert prediction.camera.shape == (3,)


def test_feature_does_not_depend_on_where_in_the_picture_the_person_is():
    model = Model(network(), name="test", device="cpu")
    seen, crop = person()
    moved = Person(
        Box(seen.box.cx + 50, seen.box.cy - 20, seen.box.side),
        seen.landmarks_px + np.float32([50, -20]),
        seen.visibility,
        seen.world_landmarks,
        None,
    )
    np.testing.assert_allclose(
        model.feature(seen, crop), model.feature(moved, Crop(crop.image, moved.box)), atol=1e-5
    )


def test_missing_corrupt_and_foreign_files_are_named(tmp_path):
    with pytest.raises(WeightsError, match="does not exist"):
        load_model("landmarks", weights=tmp_path / "none.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00nonsense")
    with pytest.raises(WeightsError, match=r"broken\.safetensors is not a readable safetensors file"):
        load_model("landmarks", weights=broken)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, foreign)
    with pytest.raises(WeightsError, match="not one of STR-Live's"):
        load_model("landmarks", weights=foreign)


def test_cut_off_file_is_named(tmp_path):
    path = tmp_path / "cut.safetensors"
    save_network(network(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"cut\.safetensors"):
        load_network(path)


def test_header_that_does_not_fit_its_weights_is_named(tmp_path):
    path = tmp_path / "odd.safetensors"
    notes = dict.fromkeys(["format"], "str-live-1") | {"config": '{"temporal": {"width": 32}}'}
    save_file(network().state_dict(), path, metadata=notes)
    with pytest.raises(WeightsError, match="does not fit the network"):
        load_network(path)


def test_weights_of_the_other_front_end_are_refused(tmp_path):
    path = tmp_path / "landmarks.safetensors"
    save_network(network(), path)
    with pytest.raises(WeightsError, match="'landmarks', not 'resnet'"):
        load_model("resnet", weights=path)


def test_resnet_without_a_file_says_what_it_needs():
    with pytest.raises(WeightsError, match="--backbone"):
        load_model("resnet")
    assert "SPIN" in unavailable_front_ends()["resnet"]


@pytest.fixture(scope="module")
def spin_file(tmp_path_factory):
    """A file with the keys and shapes of spin_model_checkpoint.pth.tar."""
    torch.manual_seed(1)
    hmr = Network(ModelConfig("resnet", STRConfig(), regressor_hidden=1024, regressor_dropout=0.5))
    state = {**hmr.encoder.state_dict(), **hmr.frame_regressor.state_dict()}
    path = tmp_path_factory.mktemp("spin") / "spin_model_checkpoint.pth.tar"
    torch.save({"model": state}, path)
    return path


def test_spin_checkpoint_runs_frame_by_frame(spin_file):
    model = load_model("resnet", backbone=spin_file)
    assert not model.temporal_trained
    state = torch.load(spin_file, weights_only=True)["model"]
    assert torch.equal(model.network.frame_regressor.fc1.weight, state["fc1.weight"])
    assert torch.equal(model.network.encoder.layer4[2].conv3.weight, state["layer4.2.conv3.weight"])
    feature = model.feature(*person())
    assert feature.shape == (2048,)
    window = np.repeat(feature[None], 16, axis=0)
    said = model.predict(window, [NetworkSettings(), NetworkSettings(temporal="frame")])
    np.testing.assert_array_equal(said[0].rotmat, said[1].rotmat)


def test_spin_checkpoint_with_a_missing_key_or_another_shape_is_refused(spin_file, tmp_path):
    state = torch.load(spin_file, weights_only=True)["model"]
    lacking = {key: value for key, value in state.items() if key != "layer1.0.conv1.weight"}
    torch.save({"model": lacking}, tmp_path / "lacking.pt")
    with pytest.raises(WeightsError, match=r"lacks 1 of \d+ weights.*layer1\.0\.conv1\.weight"):
        load_model("resnet", backbone=tmp_path / "lacking.pt")
    torch.save({"model": {**state, "fc1.weight": torch.zeros(3, 3)}}, tmp_path / "odd.pt")
    with pytest.raises(WeightsError, match=r"'fc1\.weight' has shape \(3, 3\)"):
        load_model("resnet", backbone=tmp_path / "odd.pt")


class Hostile:
    def __reduce__(self):
        return print, ("a pickle ran code",)


def test_hostile_pickle_as_backbone_runs_nothing(tmp_path, capsys):
    torch.save({"model": Hostile()}, tmp_path / "evil.pt")
    with pytest.raises(WeightsError, match="is not SPIN's checkpoint"):
        load_model("resnet", backbone=tmp_path / "evil.pt")
    assert "ran code" not in capsys.readouterr().out


def test_resnet_has_the_parameters_of_resnet50_without_classifier():
    assert sum(parameter.numel() for parameter in ResNet50().parameters()) == 23_508_032


def test_load_spin_leaves_the_trained_regressor_alone(spin_file):
    own = Network(ModelConfig("resnet", STRConfig(), regressor_hidden=1024))
    before = own.frame_regressor.fc1.weight.clone()
    load_spin(own, spin_file, frame_regressor=False)
    assert torch.equal(own.frame_regressor.fc1.weight, before)
