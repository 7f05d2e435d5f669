"""The model: what a checkpoint rebuilds, and what is said about files that do not fit."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from str_live.image_encoder import ImageConfig
from str_live.image_input import InputConfig
from str_live.messages import Box, Crop, Person
from str_live.model import (
    FORMAT,
    Model,
    ModelConfig,
    Network,
    WeightsError,
    load_network,
    read_notes,
    save_network,
)
from str_live.resnet import ResNet50
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS, NetworkSettings
from str_live.temporal import STR, STRConfig

SMALL = ModelConfig(
    switches=STRConfig(width=16, attention_width=8),
    tcmr_hidden=8,
    vibe_hidden=12,
    encoder_hidden=16,
    encoder_blocks=1,
    regressor_hidden=8,
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


@pytest.mark.parametrize(("precision", "share", "apart"), [("half", 0.7, 1e-3), ("int8", 0.6, 1e-2)])
def test_checkpoints_in_fewer_bits_are_smaller_and_nearly_the_same(tmp_path, precision, share, apart):
    saved = network()
    save_network(saved, tmp_path / "full.safetensors")
    save_network(saved, tmp_path / "small.safetensors", precision=precision)
    full, small = ((tmp_path / f"{name}.safetensors").stat().st_size for name in ("full", "small"))
    assert small < share * full
    loaded = load_network(tmp_path / "small.safetensors")
    for name, value in saved.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value, atol=apart, rtol=apart)


def test_predictions_are_rotations_for_all_variants():
    model = Model(network(), name="test", device="cpu")
    feature = model.feature(*person())
    assert feature.shape == (16,)
    window = np.repeat(feature[None], 16, axis=0)
    variants = [NetworkSettings().without(*SWITCHES), *map(NetworkSettings, TEMPORAL_NETWORKS)]
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
        load_network(tmp_path / "none.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00nonsense")
    with pytest.raises(WeightsError, match=r"broken\.safetensors is not a readable safetensors file"):
        load_network(broken)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, foreign)
    with pytest.raises(WeightsError, match="not one of STR-Live's"):
        load_network(foreign)


def test_cut_off_file_is_named(tmp_path):
    path = tmp_path / "cut.safetensors"
    save_network(network(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"cut\.safetensors"):
        load_network(path)


def test_header_that_does_not_fit_its_weights_is_named(tmp_path):
    path = tmp_path / "odd.safetensors"
    notes = {"format": FORMAT, "config": json.dumps({"networks": ["frame"], "switches": {"width": 32}})}
    save_file(network().state_dict(), path, metadata=notes)
    with pytest.raises(WeightsError, match="does not fit the network"):
        load_network(path)


def test_weights_of_an_older_version_are_named_as_such(tmp_path):
    path = tmp_path / "old.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"format": "str-live-1", "config": "{}"})
    with pytest.raises(WeightsError, match="made by an older version"):
        load_network(path)


def test_a_training_s_own_checkpoint_is_told_how_to_become_the_app_s(tmp_path):
    path = tmp_path / "best.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"format": "str-live-video-1"})
    with pytest.raises(WeightsError, match=r"str_live\.train\.paper\.live"):
        load_network(path)


def test_a_checkpoint_may_hold_some_of_the_heads_only(tmp_path):
    saved = network()
    save_network(saved, tmp_path / "part.safetensors", networks=("vibe", "frame"))
    loaded = load_network(tmp_path / "part.safetensors")
    assert loaded.networks == ("vibe", "frame")
    for name, value in loaded.state_dict().items():
        assert torch.equal(value, saved.state_dict()[name])


def test_heads_of_other_people_are_not_written(tmp_path):
    own = Network(replace(SMALL, networks=("str", "frame")))
    own.heads["tcmr"] = network().head("tcmr")
    assert own.networks == ("str", "tcmr", "frame")
    with pytest.raises(ValueError, match="theirs"):
        save_network(own, tmp_path / "a.safetensors")
    save_network(own, tmp_path / "a.safetensors", networks=("str", "frame"))


def test_variants_together_say_what_each_says_alone():
    described, windows = network().eval(), torch.rand(2, 16, 16)
    variants = [
        NetworkSettings(),
        NetworkSettings().without("ttr"),
        *map(NetworkSettings, TEMPORAL_NETWORKS[1:]),
    ]
    with torch.inference_mode():
        together = described.describe(windows, variants)
        for (regression, attention), variant in zip(together, variants, strict=True):
            [(alone, _)] = described.describe(windows, [variant])
            torch.testing.assert_close(regression, alone)
            assert bool(attention) == (variant.temporal in ("str", "tcmr"))


def test_str_s_variants_share_their_parts(monkeypatch):
    described, calls = network().eval(), []
    parts = STR.parts
    monkeypatch.setattr(STR, "parts", lambda *given: calls.append(given) or parts(*given))
    variants = [NetworkSettings(), NetworkSettings("tcmr"), NetworkSettings().without("ttr")]
    described.describe(torch.rand(1, 16, 16), variants)
    assert len(calls) == 1


def test_the_rivals_of_the_default_weights_are_as_large_as_str():
    default = Network(ModelConfig())
    count = {name: parameters(default.head(name).temporal) for name in default.networks}
    assert count["str"] == 2_404_872
    for name in ("tcmr", "vibe"):
        assert abs(count[name] / count["str"] - 1) < 0.02


@pytest.mark.parametrize("networks", [("str",), ("frame", "gru"), ()])
def test_networks_that_cannot_be_are_refused(networks):
    with pytest.raises(ValueError, match="'frame' included"):
        ModelConfig(networks=networks)


def test_resnet_has_the_parameters_of_resnet50_without_classifier():
    assert parameters(ResNet50()) == 23_508_032


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_an_image_network_runs_packed_and_says_in_what(caplog):
    caplog.set_level("INFO")
    config = replace(SMALL, front_end="resnet", image=ImageConfig("resnet18", InputConfig(size=64)))
    torch.manual_seed(0)
    whole = Network(config)
    plain, packed = (
        Model(whole, name="small", device="cpu", precision="float32", packed=packed)
        for packed in (False, True)
    )
    assert packed.packed
    assert not plain.packed
    assert "small runs in float32: it was asked for" in caplog.text
    seen, _ = person()
    crop = Crop(np.random.default_rng(0).integers(0, 255, (224, 224, 3), np.uint8), seen.box)
    np.testing.assert_allclose(packed.feature(seen, crop), plain.feature(seen, crop), atol=1e-5)


def test_a_network_that_cannot_be_packed_runs_as_it_is(monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise RuntimeError("no such call here")

    monkeypatch.setattr("str_live.model.pack_encoder", fail)
    config = replace(SMALL, front_end="resnet", image=ImageConfig("resnet18", InputConfig(size=64)))
    model = Model(Network(config), name="small", device="cpu", precision="bfloat16")
    assert not model.packed
    assert model.where == "cpu"
    assert "it cannot be packed (no such call here)" in caplog.text
