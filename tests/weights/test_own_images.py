"""The file of the image front ends: both come out of it, on the landmark weights that they belong to."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from str_live.features.image_encoder import ImageConfig, ImageEncoder, JoinedEncoder
from str_live.messages import Box, Crop, Observation, Person
from str_live.network.network import Head, Network
from str_live.network.runner import NetworkRunner
from str_live.settings import NetworkSettings
from str_live.weights.load import load_model
from str_live.weights.own import WeightsError, image_config, read_notes, save_network
from str_live.weights.own_images import (
    BEST,
    best_front_end,
    digest,
    is_image_weights,
    load_images,
    save_images,
)
from tests.features.small_backbone import SMALL_BACKBONE
from tests.network.small_network import still_window
from tests.train.images.image_training_fakes import INPUT, landmark_network


@pytest.fixture
def files(tmp_path):
    """Landmark weights, image weights on them, and the encoder in those."""
    base = landmark_network()
    save_network(base, tmp_path / "landmarks.safetensors")
    encoder = joined(base)
    save_images(tmp_path / "images.safetensors", encoder, base, notes={"pictures": "8"})
    return tmp_path / "landmarks.safetensors", tmp_path / "images.safetensors", encoder


def joined(base: Network) -> JoinedEncoder:
    torch.manual_seed(1)
    hidden, blocks = base.config.encoder_hidden, base.config.encoder_blocks
    image = ImageEncoder(ImageConfig(SMALL_BACKBONE, INPUT), base.config.width, hidden, blocks)
    encoder = JoinedEncoder(base.encoder, image, base.config.width)
    torch.nn.init.normal_(encoder.join[-1].weight, std=0.1)
    return encoder.eval()


def person(mask: np.ndarray | None) -> Observation:
    rng = np.random.default_rng(0)
    box = Box(160.0, 120.0, 200.0)
    landmarks = (rng.random((33, 2)) * 150 + 80).astype(np.float32)
    seen = Person(box, landmarks, np.ones(33, np.float32), np.zeros((33, 3), np.float32), mask, (320, 240))
    return Observation(seen, Crop(rng.integers(0, 256, (224, 224, 3), dtype=np.uint8), box))


def test_both_front_ends_come_out_of_one_file(files):
    landmarks, images, encoder = files
    assert is_image_weights(images)
    assert not is_image_weights(landmarks)
    assert read_notes(images)["pictures"] == "8"
    resnet, both = (load_images(images, name, landmarks).eval() for name in ("resnet", "both"))
    assert resnet.networks == both.networks == ("str", "frame")
    weight = encoder.image.backbone.conv1.weight
    for found in (resnet.encoder.backbone, both.encoder.image.backbone):
        torch.testing.assert_close(found.conv1.weight, weight, atol=2e-3, rtol=0)
    assert torch.equal(both.encoder.landmarks.leave.weight, landmark_network().encoder.leave.weight)


def test_8_bits_hardly_change_the_feature(files):
    landmarks, images, encoder = files
    mask = np.ones((240, 320), np.float32)
    model = load_model("both", weights=[images, landmarks])
    exact = dataclasses.replace(model.network.config)
    network = Network(exact)
    network.encoder.load_state_dict(encoder.state_dict())
    network.heads = model.network.heads
    unpacked = NetworkRunner(network, name="exact", device="cpu", packed=False)
    (feature,), (exact_feature,) = model.observe([person(mask)]), unpacked.observe([person(mask)])
    assert 0 < np.abs(feature - exact_feature).mean() < 0.02
    assert feature.shape == (16,)


@pytest.mark.parametrize("front_end", ["resnet", "both"])
def test_a_model_of_either_predicts_from_person_and_crop(files, front_end):
    landmarks, images, _ = files
    model = load_model(front_end, weights=[images, landmarks])
    assert model.info.front_end == front_end
    assert model.info.needs_mask
    window = still_window(model.observe([person(np.ones((240, 320), np.float32))]))
    (predictions,) = model.predict([window], [NetworkSettings(name) for name in model.info.networks])
    assert all(np.isfinite(prediction.rotmat).all() for prediction in predictions)


def test_what_is_off_the_mask_does_not_count(files):
    landmarks, images, _ = files
    model = load_model("resnet", weights=[images, landmarks])
    mask = np.zeros((240, 320), np.float32)
    mask[:, 160:] = 1.0
    seen, crop = person(mask)
    other = crop.image.copy()
    other[:, :100] = 255 - other[:, :100]  # left of the picture's middle

    def feature_of(pixels: np.ndarray) -> np.ndarray:
        (feature,) = model.observe([Observation(seen, Crop(pixels, crop.box))])
        return feature

    np.testing.assert_allclose(feature_of(other), feature_of(crop.image), atol=1e-5)
    other[:, 150:] = 255 - other[:, 150:]
    assert np.abs(feature_of(other) - feature_of(crop.image)).max() > 1e-4


def test_a_missing_mask_is_refused_with_what_to_do(files):
    landmarks, images, _ = files
    model = load_model("both", weights=[images, landmarks])
    with pytest.raises(ValueError, match="segmentation"):
        model.observe([person(None)])


def test_landmark_weights_of_another_training_are_refused(files, tmp_path):
    _, images, _ = files
    other = landmark_network()
    torch.nn.init.normal_(other.encoder.leave.weight)
    save_network(other, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="other landmark weights"):
        load_images(images, "both", tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"backbone": "resnet18"}, "resnet18"),
        ({"input": {**dataclasses.asdict(INPUT), "limbs": True, "mask": False}}, "limbs"),
        ({"input": {**dataclasses.asdict(INPUT), "mask": True}}, "mask"),
    ],
)
def test_a_file_for_an_encoder_that_is_no_more_is_refused_by_what_it_asks_for(files, tmp_path, change, word):
    landmarks, images, _ = files
    with safe_open(images, "pt") as file:
        header, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    header["image"] = json.dumps({**json.loads(header["image"]), **change})
    save_file(tensors, tmp_path / "former.safetensors", metadata=header)
    with pytest.raises(WeightsError, match=rf"former\.safetensors .*{word}.*train or fetch it again$"):
        load_images(tmp_path / "former.safetensors", "both", landmarks)


def test_a_file_may_say_that_it_has_no_former_maps():
    stored = dataclasses.asdict(ImageConfig(input=INPUT))
    told = {**stored, "input": {**stored["input"], "mask": False, "limbs": False}}
    assert image_config(told) == image_config(stored) == ImageConfig(input=INPUT)


def test_other_temporal_networks_on_the_same_features_are_welcome(files):
    changed = landmark_network()
    torch.nn.init.normal_(changed.head("str").regressor.fc1.weight)
    assert digest(changed) == digest(landmark_network())


def test_a_head_of_its_own_takes_the_place_of_the_landmarks(files, tmp_path):
    landmarks, _, encoder = files
    base = landmark_network()
    own = landmark_network().head("str")
    torch.nn.init.normal_(own.regressor.fc1.weight)
    heads: dict[str, dict[str, Head]] = {"resnet": {"str": own}}
    save_images(tmp_path / "own.safetensors", encoder, base, heads=heads, precision="float32")
    resnet, both = (load_images(tmp_path / "own.safetensors", name, landmarks) for name in ("resnet", "both"))
    assert torch.equal(resnet.head("str").regressor.fc1.weight, own.regressor.fc1.weight)
    assert torch.equal(both.head("str").regressor.fc1.weight, base.head("str").regressor.fc1.weight)


def test_the_file_tells_which_front_end_measured_best(files):
    _, images, encoder = files
    assert best_front_end(images) is None
    for best in ("landmarks", "resnet", "both"):
        save_images(images, encoder, landmark_network(), notes={BEST: best})
        assert best_front_end(images) == best
    save_images(images, encoder, landmark_network(), notes={BEST: "eyes"})
    with pytest.raises(WeightsError, match="not known here: 'eyes'"):
        best_front_end(images)


def test_a_damaged_file_is_named(files, tmp_path):
    landmarks, images, _ = files
    (tmp_path / "cut.safetensors").write_bytes(images.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match="cut"):
        load_images(tmp_path / "cut.safetensors", "both", landmarks)


def test_image_weights_are_no_landmark_weights(files):
    _, images, _ = files
    with pytest.raises(WeightsError, match="landmarks"):
        load_model("landmarks", weights=[images])
