"""Backbones of the image front end: (B, 3, S, S) normalised RGB -> (B, D) pooled features, D by architecture.

`resnet50` is SPIN's (resnet.py); `resnet50v2` is the pre-activation kind, for which free ImageNet weights
exist up to its third stage, and `resnet44v2` the same with a shorter last stage. Each is split where its last
stage begins: image_encoder.py lets further maps enter there, so that weights for three channels fit all of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from str_live.features.resnet import ResNet50
from str_live.untrusted.arrays import read_arrays

IMAGENET_PREFIX = "resnetv24_"
"""What every name begins with in the file of the pre-activation network's ImageNet weights."""


class SplitResNet50(ResNet50):
    """SPIN's ResNet-50, in the two parts between which extra channels enter."""

    last_inputs = 1024

    def trunk(self, images: Tensor) -> Tensor:
        """All but the last stage: (B, 1024, S / 16, S / 16)."""
        x = self.maxpool(torch.relu(self.bn1(self.conv1(images))))
        return self.layer3(self.layer2(self.layer1(x)))

    def last(self, x: Tensor) -> Tensor:
        """The last stage and the pooling: (B, 2048)."""
        return self.layer4(x).mean((2, 3))

    def last_parts(self) -> tuple[nn.Module, ...]:
        """The modules that `last` runs."""
        return (self.layer4,)


class PreactivationBlock(nn.Module):
    """1x1, 3x3 (with the stride), 1x1, each after its own BatchNorm and ReLU; the sum stays bare."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int, *, project: bool) -> None:
        super().__init__()
        outputs = width * self.expansion
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.downsample = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if project else None

    def forward(self, x: Tensor) -> Tensor:
        active = torch.relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(active)
        x = self.conv1(active)
        x = self.conv2(torch.relu(self.bn2(x)))
        return self.conv3(torch.relu(self.bn3(x))) + shortcut


class PreactivationResNet50(nn.Module):
    """ResNet-50 v2 (He et al. 2016) as the ONNX model zoo has it: features non-negative, 2048 wide.

    `last_blocks` shortens the last stage, the only one for which there are no free weights.
    """

    width = 2048
    last_inputs = 1024

    def __init__(self, last_blocks: int = 3) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(3)
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = self._layer(64, 64, 3, 1)
        self.layer2 = self._layer(256, 128, 4, 2)
        self.layer3 = self._layer(512, 256, 6, 2)
        self.layer4 = self._layer(1024, 512, last_blocks, 2)
        self.bn2 = nn.BatchNorm2d(self.width)

    @staticmethod
    def _layer(inputs: int, width: int, blocks: int, stride: int) -> nn.Sequential:
        outputs = width * PreactivationBlock.expansion
        first = PreactivationBlock(inputs, width, stride, project=True)
        rest = [PreactivationBlock(outputs, width, 1, project=False) for _ in range(blocks - 1)]
        return nn.Sequential(first, *rest)

    def trunk(self, images: Tensor) -> Tensor:
        """All but the last stage: (B, 1024, S / 16, S / 16)."""
        x = self.maxpool(torch.relu(self.bn1(self.conv1(self.bn0(images)))))
        return self.layer3(self.layer2(self.layer1(x)))

    def last(self, x: Tensor) -> Tensor:
        """The last stage and the pooling: (B, 2048)."""
        return torch.relu(self.bn2(self.layer4(x))).mean((2, 3))

    def last_parts(self) -> tuple[nn.Module, ...]:
        """The modules that `last` runs."""
        return self.layer4, self.bn2


BACKBONES: dict[str, Callable[[], SplitResNet50 | PreactivationResNet50]] = {
    "resnet50": SplitResNet50,
    "resnet50v2": PreactivationResNet50,
    "resnet44v2": lambda: PreactivationResNet50(last_blocks=1),
}
"""Name -> a backbone with random weights."""


def load_imagenet(network: PreactivationResNet50, path: Path) -> None:
    """Write the free ImageNet weights of the ONNX model zoo into all that they cover: not the last stage.

    Its file lacks most of that stage; what is left (the first 1x1, and no statistics that fit) is not used.
    Raises ValueError where a name or a shape is not as expected.
    """
    stored = {name.removeprefix(IMAGENET_PREFIX): array for name, array in read_arrays(path).items()}
    state = network.state_dict()
    for own, theirs in _imagenet_names(network).items():
        if theirs not in stored:
            raise ValueError(f"{path} lacks {IMAGENET_PREFIX}{theirs}: another network's weights?")
        value = torch.from_numpy(stored[theirs])
        if value.shape != state[own].shape:
            raise ValueError(f"{path}: {theirs} is {tuple(value.shape)}, expected {tuple(state[own].shape)}")
        state[own] = value
    network.load_state_dict(state)


def _imagenet_names(network: PreactivationResNet50) -> Mapping[str, str]:
    """Our parameters' names -> the file's, which numbers a stage's layers in the order of their making."""
    names = {"conv1.weight": "conv0_weight", **_norm_names("bn0", "batchnorm0")}
    names |= _norm_names("bn1", "batchnorm1")
    for stage, layer in enumerate((network.layer1, network.layer2, network.layer3), 1):
        norm = conv = 0
        for index, block in enumerate(layer):
            assert isinstance(block, PreactivationBlock)
            convolutions = ["conv1", "conv2", "conv3", *(["downsample"] if block.downsample else [])]
            for name in convolutions:
                names[f"layer{stage}.{index}.{name}.weight"] = f"stage{stage}_conv{conv}_weight"
                conv += 1
            for name in ("bn1", "bn2", "bn3"):
                names |= _norm_names(f"layer{stage}.{index}.{name}", f"stage{stage}_batchnorm{norm}")
                norm += 1
    return names


def _norm_names(own: str, theirs: str) -> dict[str, str]:
    """The four arrays of a BatchNorm."""
    pairs = (
        ("weight", "gamma"),
        ("bias", "beta"),
        ("running_mean", "running_mean"),
        ("running_var", "running_var"),
    )
    return {f"{own}.{mine}": f"{theirs}_{other}" for mine, other in pairs}
