"""A backbone for tests, among those of the product: the real ones' parts, a thousandth of their work."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from str_live.features.backbones import BACKBONES

SMALL_BACKBONE = "small"


class SmallBackbone(nn.Module):
    """Two convolutions, then one as last stage; features non-negative, 32 wide."""

    width = 32
    last_inputs = 16

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 7, 4, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer3 = _stage(16, 16, 4)
        self.layer4 = _stage(16, 32, 2)

    def trunk(self, images: Tensor) -> Tensor:
        """All but the last stage: (B, 16, S / 16, S / 16)."""
        return self.layer3(torch.relu(self.bn1(self.conv1(images))))

    def last(self, x: Tensor) -> Tensor:
        """The last stage and the pooling: (B, 32)."""
        return self.layer4(x).mean((2, 3))

    def last_parts(self) -> tuple[nn.Module, ...]:
        """The modules that `last` runs."""
        return (self.layer4,)


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 5, stride, 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


BACKBONES[SMALL_BACKBONE] = SmallBackbone  # pyright: ignore[reportArgumentType]
