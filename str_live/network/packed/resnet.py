"""Packs the convolutions of the image front ends: the ResNet's, and those of the maps drawn beside the crop.

In: an encoder and an example of its inputs, out: a fast copy. Batch norms are folded into the convolutions
before them, the sums and ReLUs of a block happen within its convolutions (convolution.py), and pictures lie
channels last. What a ResNet gives is float32 in any case.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from str_live.features.backbones import PreactivationBlock, PreactivationResNet50
from str_live.features.image_encoder import MapEncoder
from str_live.features.resnet import Bottleneck, ResNet50
from str_live.network.packed.convolution import Convolution, make_convolution
from str_live.network.packed.sharing import copy_sharing_weights

M = TypeVar("M", bound=nn.Module)
Pair = tuple[nn.Module, nn.Module | None]
"""A convolution, and the batch norm right after it where there is one."""
OUTSIDE_BLOCKS: dict[type[nn.Module], tuple[tuple[str, str | None], ...]] = {
    ResNet50: (("conv1", "bn1"),),
    PreactivationResNet50: (("conv1", "bn1"),),
    MapEncoder: (("conv1", "bn1"), ("conv2", "bn2"), ("leave", None)),
}
"""Names of the convolutions outside of blocks, each with its batch norm, by the network that has them."""
LAST_STAGE = "layer4"


def pack_encoder(encoder: M, example: tuple[object, ...], dtype: torch.dtype) -> M:
    """A copy of `encoder` whose ResNet computes in `dtype`, for inference; without a ResNet, an equal one.

    `example`: arguments as they will be given, on the encoder's device: oneDNN lays weights out for a size.
    """
    packed = copy_sharing_weights(encoder).eval()
    pack = _Packer(dtype, _input_sizes(packed, example))
    for module in list(packed.modules()):
        if isinstance(module, tuple(OUTSIDE_BLOCKS)):
            _pack_in_place(module, pack)
    return packed


@torch.inference_mode()
def _input_sizes(network: nn.Module, example: tuple[object, ...]) -> dict[nn.Module, list[int]]:
    """The shape of what each convolution is given when the network runs on `example`."""
    sizes: dict[nn.Module, list[int]] = {}

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        sizes[module] = list(inputs[0].shape)

    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    hooks = [module.register_forward_pre_hook(note) for module in convolutions]
    network(*example)
    for hook in hooks:
        hook.remove()
    return sizes


class _Packer:
    """Packs one convolution after the other in the same way."""

    def __init__(self, dtype: torch.dtype, sizes: dict[nn.Module, list[int]]) -> None:
        self.dtype, self._sizes = dtype, sizes

    def __call__(self, conv: nn.Module, norm: nn.Module | None, *, relu: bool = False) -> Convolution:
        """`conv`, with the batch norm that follows it and a ReLU if wanted."""
        assert isinstance(conv, nn.Conv2d)
        assert norm is None or isinstance(norm, nn.BatchNorm2d)
        folded = conv if norm is None else fuse_conv_bn_eval(conv, norm)
        return make_convolution(folded, self.dtype, self._sizes[conv], relu=relu)


def _pack_in_place(module: nn.Module, pack: _Packer) -> None:
    """Exchange the convolutions of a ResNet and its stages of blocks."""
    for kind, names in OUTSIDE_BLOCKS.items():
        for conv, norm in names if isinstance(module, kind) else ():
            setattr(
                module, conv, pack(getattr(module, conv), None if norm is None else getattr(module, norm))
            )
            if norm is not None:
                setattr(module, norm, nn.Identity())
    for name, stage in module.named_children():
        if isinstance(stage, nn.Sequential):
            blocks = [PackedBlock(block, pack) for block in stage]
            setattr(module, name, nn.Sequential(*blocks, *([AsFloat32()] if name == LAST_STAGE else [])))


class PackedBlock(nn.Module):
    """A residual block of any kind: convolutions in a row, the last of which adds the shortcut."""

    def __init__(self, block: nn.Module, pack: _Packer) -> None:
        super().__init__()
        self.dtype = pack.dtype
        enter, pairs, project, relu_after = _parts(block)
        self.enter = enter
        self.row = nn.ModuleList(pack(*pair, relu=True) for pair in pairs[:-1])
        self.end = pack(*pairs[-1], relu=relu_after)
        self.project = None if project is None else pack(*project)

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.dtype, memory_format=torch.channels_last)
        active = self.enter(x)
        shortcut = x if self.project is None else self.project(active)
        for convolution in self.row:
            active = convolution(active)
        return self.end(active, shortcut)


def _parts(block: nn.Module) -> tuple[nn.Module, list[Pair], Pair | None, bool]:
    """What a block's input goes through first, its convolutions, its shortcut's, whether a ReLU ends it."""
    if isinstance(block, PreactivationBlock):
        # Each batch norm comes before its convolution: two of the three follow the convolution before.
        enter = nn.Sequential(block.bn1, nn.ReLU(inplace=True))
        row: list[Pair] = [(block.conv1, block.bn2), (block.conv2, block.bn3), (block.conv3, None)]
        return enter, row, None if block.downsample is None else (block.downsample, None), False
    assert isinstance(block, Bottleneck)
    row = [(block.conv1, block.bn1), (block.conv2, block.bn2), (block.conv3, block.bn3)]
    project = None if block.downsample is None else (block.downsample[0], block.downsample[1])
    return nn.Identity(), row, project, True


class AsFloat32(nn.Module):
    """Whatever comes, in float32."""

    def forward(self, x: Tensor) -> Tensor:
        return x.float()
