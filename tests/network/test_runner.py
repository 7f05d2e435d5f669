"""The model: from persons and crops to poses, and its faster copy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from str_live.features.image_encoder import ImageConfig
from str_live.features.pixels import InputConfig
from str_live.messages import Box, Crop, Observation, Person
from str_live.network.network import Network
from str_live.network.runner import NetworkRunner
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS, NetworkSettings
from tests.network.small_network import SMALL, network, still_window


def observation(number: int = 0) -> Observation:
    """Another person and crop for each number."""
    rng = np.random.default_rng(number)
    box = Box(320.0, 240.0, 300.0)
    person = Person(
        box=box,
        landmarks_px=(rng.random((33, 2)) * 200 + 200).astype(np.float32),
        visibility=np.ones(33, np.float32),
        world_landmarks=np.zeros((33, 3), np.float32),
        mask=np.ones((480, 640), np.float32),
    )
    return Observation(person, Crop(rng.integers(0, 255, (224, 224, 3), np.uint8), box))


VARIANTS = [NetworkSettings().without(*SWITCHES), *map(NetworkSettings, TEMPORAL_NETWORKS)]
IMAGES = replace(SMALL, front_end="resnet", image=ImageConfig("resnet44v2", InputConfig(size=64)))
BOTH = replace(
    IMAGES, front_end="both", image=ImageConfig("resnet44v2", InputConfig(size=64, background="removed"))
)


def test_predictions_are_rotations_for_all_variants():
    model = NetworkRunner(network(), name="test", device="cpu")
    features = model.observe([observation()])
    assert features[0].shape == (16,)
    (predictions,) = model.predict([still_window(features)], VARIANTS)
    for prediction in predictions:
        assert prediction.rotmat.shape == (24, 3, 3)
        identity = prediction.rotmat @ prediction.rotmat.transpose(0, 2, 1)
        np.testing.assert_allclose(identity, np.broadcast_to(np.eye(3), (24, 3, 3)), atol=1e-5)
        assert prediction.betas.shape == (10,)
        assert prediction.camera.shape == (3,)


def test_nobody_is_observed_and_predicted_too():
    model = NetworkRunner(network(), name="test", device="cpu")
    assert model.observe([]) == model.predict([], VARIANTS) == []


@pytest.mark.parametrize("config", [SMALL, IMAGES, BOTH], ids=["landmarks", "resnet", "both"])
def test_several_people_at_once_get_what_each_alone_gets(config):
    torch.manual_seed(0)
    model = NetworkRunner(Network(config), name="test", device="cpu")
    people = [observation(number) for number in range(3)]
    together = model.observe(people)
    alone = [feature for one in people for feature in model.observe([one])]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    windows = [still_window([feature]) for feature in alone]
    for predictions, window in zip(model.predict(windows, VARIANTS), windows, strict=True):
        (expected,) = model.predict([window], VARIANTS)
        for one, other in zip(predictions, expected, strict=True):
            np.testing.assert_allclose(one.rotmat, other.rotmat, atol=1e-5)
            np.testing.assert_allclose(one.camera, other.camera, atol=1e-5)
            assert one.attention.keys() == other.attention.keys()
            for name in one.attention:
                np.testing.assert_allclose(one.attention[name], other.attention[name], atol=1e-5)


def test_feature_does_not_depend_on_where_in_the_picture_the_person_is():
    model = NetworkRunner(network(), name="test", device="cpu")
    person, crop = observation()
    box = Box(person.box.cx + 50, person.box.cy - 20, person.box.side)
    moved = replace(person, box=box, landmarks_px=person.landmarks_px + np.float32([50, -20]))
    first, second = model.observe([Observation(person, crop), Observation(moved, Crop(crop.image, box))])
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_an_image_network_runs_packed_and_says_in_what(caplog):
    caplog.set_level("INFO")
    torch.manual_seed(0)
    whole = Network(IMAGES)
    plain, packed = (
        NetworkRunner(whole, name="small", device="cpu", precision="float32", packed=packed)
        for packed in (False, True)
    )
    assert packed.packed
    assert not plain.packed
    assert "small runs in float32: it was asked for" in caplog.text
    np.testing.assert_allclose(packed.observe([observation()]), plain.observe([observation()]), atol=1e-5)


def test_a_network_that_cannot_be_packed_runs_as_it_is(monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise RuntimeError("no such call here")

    monkeypatch.setattr("str_live.network.runner.pack_encoder", fail)
    model = NetworkRunner(Network(IMAGES), name="small", device="cpu", precision="bfloat16")
    assert not model.packed
    assert model.info.where == "cpu"
    assert "it cannot be packed (no such call here)" in caplog.text
