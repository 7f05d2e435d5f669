"""Packed encoders give what the trained ones give: every backbone, both precisions."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from str_live.features.backbones import BACKBONES
from str_live.features.image_encoder import MapEncoder
from str_live.features.resnet import ResNet50
from str_live.network.device import computes_bfloat16
from str_live.network.packed import pack_encoder
from str_live.network.packed.convolution import Convolution, make_convolution, typical_call

SIDE = 64
"""Pixels: enough for every stage, and quick."""
FLOAT32_ERROR, BFLOAT16_ERROR = 1e-5, 0.03
"""Relative; bfloat16 keeps 8 bits, and errors of 50 layers add up."""
needs_bfloat16 = pytest.mark.skipif(
    not computes_bfloat16(torch.device("cpu")), reason="this processor does not compute in bfloat16"
)
precisions = pytest.mark.parametrize(
    ("dtype", "bound"),
    [(torch.float32, FLOAT32_ERROR), pytest.param(torch.bfloat16, BFLOAT16_ERROR, marks=needs_bfloat16)],
)


def with_statistics(network: nn.Module) -> nn.Module:
    """The same network with batch norms that do something."""
    generator = torch.Generator().manual_seed(3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.running_var):
                tensor.data = torch.rand(len(tensor), generator=generator) + 0.5
            for tensor in (module.bias, module.running_mean):
                tensor.data = 0.2 * torch.randn(len(tensor), generator=generator)
    return network.eval()


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


def is_packed(network: nn.Module) -> bool:
    modules = list(network.modules())
    return any(isinstance(module, Convolution) for module in modules) and not any(
        isinstance(module, nn.Conv2d) for module in modules
    )


def pictures(count: int = 1) -> torch.Tensor:
    return torch.randn(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(4))


@precisions
@torch.inference_mode()
def test_spins_resnet_gives_the_same_packed(dtype, bound):
    torch.manual_seed(0)
    network = with_statistics(ResNet50())
    packed = pack_encoder(network, (pictures(),), dtype)
    found = packed(pictures())
    assert is_packed(packed)
    assert found.dtype == torch.float32
    assert relative_error(found, network(pictures())) < bound


@torch.inference_mode()
def test_without_onednn_it_is_packed_in_torchs_own_calls(lesser_machine):
    torch.manual_seed(0)
    network = with_statistics(ResNet50())
    packed = pack_encoder(network, (pictures(),), torch.float32)
    assert {type(module) for module in packed.modules() if isinstance(module, Convolution)} == {Convolution}
    assert relative_error(packed(pictures()), network(pictures())) < FLOAT32_ERROR


class InTwoParts(nn.Module):
    """A backbone as encoders use it: something may be added between its parts."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        between = self.backbone.trunk(images)
        return self.backbone.last(between + 0.1 * images.mean())


@pytest.mark.parametrize("name", BACKBONES)
@precisions
@torch.inference_mode()
def test_every_backbone_gives_the_same_packed(name, dtype, bound):
    torch.manual_seed(0)
    network = with_statistics(InTwoParts(BACKBONES[name]()))
    packed = pack_encoder(network, (pictures(),), dtype)
    found = packed(pictures())
    assert found.dtype == torch.float32
    assert relative_error(found, network(pictures())) < bound


@precisions
@torch.inference_mode()
def test_maps_beside_the_picture_give_the_same_packed(dtype, bound):
    torch.manual_seed(0)
    maps = torch.rand(1, 21, SIDE // 4, SIDE // 4)
    network = MapEncoder(21, 32)
    nn.init.normal_(network.leave.weight)  # it begins at zero
    packed = pack_encoder(with_statistics(network), (maps,), dtype)
    assert isinstance(packed.conv1, Convolution)
    assert relative_error(packed(maps).float(), network(maps)) < bound


def test_packing_leaves_the_network_as_it_was():
    torch.manual_seed(0)
    network = with_statistics(ResNet50())
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    pack_encoder(network, (pictures(),), torch.float32)
    after = network.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("kind", ["plain", "of this device"])
@torch.inference_mode()
def test_a_convolution_adds_its_shortcut_before_the_relu(relu, kind):
    torch.manual_seed(0)
    conv = nn.Conv2d(6, 8, 3, 2, 1)
    x, shortcut = torch.randn(1, 6, 10, 10), torch.randn(1, 8, 5, 5)
    kept = shortcut.clone()
    if kind == "plain":
        packed = Convolution(conv, torch.float32, relu=relu)
    else:
        packed = make_convolution(conv, torch.float32, list(x.shape), relu=relu)
    expected = conv(x) + shortcut
    torch.testing.assert_close(packed(x, shortcut), expected.relu() if relu else expected)
    torch.testing.assert_close(packed(x), conv(x).relu() if relu else conv(x))
    assert torch.equal(shortcut, kept)


@precisions
@torch.inference_mode()
def test_the_call_that_is_measured_runs_in_the_type(dtype, bound):
    call = typical_call(side=4, device=torch.device("cpu"))(dtype)
    found = call()
    assert found.dtype == dtype
    assert (
        relative_error(found.float(), typical_call(side=4, device=torch.device("cpu"))(torch.float32)())
        < bound
    )
