"""Backbones: key names and shapes of the public ones, free weights where they belong, parts that add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from str_live.features.backbones import BACKBONES, IMAGENET_PREFIX, load_imagenet
from str_live.features.resnet import ResNet50
from tests.features.small_backbone import SMALL_BACKBONE

IMAGENET = Path(__file__).parents[3] / "shared/data/weights/resnet50v2_stages0-3_imagenet.npz"


@pytest.mark.parametrize("name", sorted({*BACKBONES, SMALL_BACKBONE}))
def test_parts_have_the_promised_shapes(name):
    backbone = BACKBONES[name]().eval()
    with torch.inference_mode():
        between = backbone.trunk(torch.randn(2, 3, 64, 64))
        feature = backbone.last(between)
    assert between.shape == (2, backbone.last_inputs, 4, 4)
    assert feature.shape == (2, backbone.width)
    assert (feature >= 0).all()


def test_resnet50_is_spins_split_in_two():
    torch.manual_seed(0)
    whole, split = ResNet50().eval(), BACKBONES["resnet50"]().eval()
    split.load_state_dict(whole.state_dict(), strict=True)
    pictures = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(split.last(split.trunk(pictures)), whole(pictures))


def test_keys_and_sizes_are_torchvision_s():
    state = BACKBONES["resnet50"]().state_dict()
    assert state["layer1.0.downsample.0.weight"].shape == (256, 64, 1, 1)
    assert state["layer4.0.downsample.0.weight"].shape == (2048, 1024, 1, 1)
    parameters = sum(parameter.numel() for parameter in BACKBONES["resnet50"]().parameters())
    assert parameters == 25_557_032 - 2_049_000  # torchvision's, less the classifier's


def test_last_parts_are_all_that_the_trunk_does_not_run():
    for make in BACKBONES.values():
        backbone = make().eval()
        for part in backbone.last_parts():
            for parameter in part.parameters():
                torch.nn.init.constant_(parameter, torch.nan)
        with torch.inference_mode():
            between = backbone.trunk(torch.randn(1, 3, 32, 32))
            assert between.isfinite().all()
            assert not backbone.last(between).isfinite().any()


@pytest.fixture
def imagenet_file(tmp_path):
    """A file with the names and shapes of the real one, random values."""
    network = BACKBONES["resnet50v2"]()
    if not IMAGENET.exists():
        pytest.skip(f"needs {IMAGENET}")
    rng = np.random.default_rng(0)
    with np.load(IMAGENET) as file:
        shapes = {name: file[name].shape for name in file.files}
    arrays = {name: rng.random(shape).astype(np.float32) for name, shape in shapes.items()}
    np.savez(tmp_path / "weights.npz", **arrays)
    return network, tmp_path / "weights.npz", arrays


@pytest.mark.shared_data
def test_imagenet_weights_reach_every_layer_but_the_last_stage(imagenet_file):
    network, path, arrays = imagenet_file
    before = {name: value.clone() for name, value in network.state_dict().items()}
    load_imagenet(network, path)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    trained = {name for name in before if "num_batches" not in name}
    expected = {name for name in trained if not name.startswith(("layer4", "bn2."))}
    assert changed == expected
    state = network.state_dict()
    for ours, theirs in (
        ("layer2.0.downsample.weight", "stage2_conv3_weight"),
        ("layer2.1.conv1.weight", "stage2_conv4_weight"),
        ("layer3.5.bn3.running_var", "stage3_batchnorm17_running_var"),
        ("layer1.0.bn1.bias", "stage1_batchnorm0_beta"),
    ):
        np.testing.assert_array_equal(state[ours].numpy(), arrays[IMAGENET_PREFIX + theirs])


@pytest.mark.shared_data
def test_imagenet_weights_are_wired_as_they_were_trained():
    """What the third stage says of photographs agrees with the stored statistics of what follows it."""
    if not IMAGENET.exists():
        pytest.skip(f"needs {IMAGENET}")
    network = BACKBONES["resnet50v2"]().eval()
    load_imagenet(network, IMAGENET)
    torch.manual_seed(0)
    # smooth noise has the spectrum of photographs: 1 / f
    frequency = torch.fft.fftfreq(96)[:, None].square() + torch.fft.rfftfreq(96).square()
    spectrum = torch.fft.rfft2(torch.randn(6, 3, 96, 96)) / (frequency.sqrt() + 1 / 96)
    pictures = torch.fft.irfft2(spectrum)
    pictures = pictures / pictures.std()
    with torch.inference_mode():
        means = network.trunk(pictures).mean((0, 2, 3))
    with np.load(IMAGENET) as file:
        stored = file[f"{IMAGENET_PREFIX}stage4_batchnorm0_running_mean"]
    assert np.corrcoef(means.numpy(), stored)[0, 1] > 0.6


def test_weights_of_another_network_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", conv1=np.zeros(3))
    with pytest.raises(ValueError, match="lacks"):
        load_imagenet(BACKBONES["resnet50v2"](), tmp_path / "other.npz")
