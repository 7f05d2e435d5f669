"""The model: from persons and crops to poses, and its faster copy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from str_live.features.image_encoder import ImageConfig
from str_live.features.pixels import InputConfig
from str_live.messages import Box, Crop, Person
from str_live.network.network import Network
from str_live.network.runner import NetworkRunner
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS, NetworkSettings
from tests.network.small_network import SMALL, network


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


def test_predictions_are_rotations_for_all_variants():
    model = NetworkRunner(network(), name="test", device="cpu")
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
    model = NetworkRunner(network(), name="test", device="cpu")
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


def test_an_image_network_runs_packed_and_says_in_what(caplog):
    caplog.set_level("INFO")
    config = replace(SMALL, front_end="resnet", image=ImageConfig("resnet18", InputConfig(size=64)))
    torch.manual_seed(0)
    whole = Network(config)
    plain, packed = (
        NetworkRunner(whole, name="small", device="cpu", precision="float32", packed=packed)
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

    monkeypatch.setattr("str_live.network.runner.pack_encoder", fail)
    config = replace(SMALL, front_end="resnet", image=ImageConfig("resnet18", InputConfig(size=64)))
    model = NetworkRunner(Network(config), name="small", device="cpu", precision="bfloat16")
    assert not model.packed
    assert model.where == "cpu"
    assert "it cannot be packed (no such call here)" in caplog.text
