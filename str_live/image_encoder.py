"""Encoders that see pixels: a backbone with its projection, and the same joined to the landmark encoder.

In: ImageInput (image_input.py) and landmark inputs (feature.py). Out: (B, C) features in the range of the
landmark encoder's, so that the same temporal networks read all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from str_live.backbones import BACKBONES
from str_live.feature import LandmarkEncoder
from str_live.image_input import ImageInput, InputConfig


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The image encoder, as its checkpoint stores it."""

    backbone: str = "resnet50v2"
    """One of backbones.BACKBONES."""
    input: InputConfig = field(default_factory=InputConfig)

    def __post_init__(self) -> None:
        if self.backbone not in BACKBONES:
            raise ValueError(f"backbone {self.backbone!r}: choose {', '.join(BACKBONES)}")


class Backbone(Protocol):
    """A network in two parts, between which maps of the person enter."""

    width: int
    """Channels of the pooled feature."""
    last_inputs: int
    """Channels between the parts."""

    def trunk(self, images: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, last_inputs, S / 16, S / 16)."""
        ...

    def last(self, x: Tensor) -> Tensor:
        """The rest and the pooling: (B, width)."""
        ...


class MapEncoder(nn.Module):
    """(B, M, S / 4, S / 4) maps -> (B, K, S / 16, S / 16), to be added to what the trunk says.

    The last kernel starts at zero, so that a backbone which never saw maps begins as it is without them.
    """

    def __init__(self, maps: int, channels: int, hidden: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(maps, hidden, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.conv2 = nn.Conv2d(hidden, 2 * hidden, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(2 * hidden)
        self.leave = nn.Conv2d(2 * hidden, channels, 1)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)

    def forward(self, maps: Tensor) -> Tensor:
        x = torch.relu(self.bn1(self.conv1(maps)))
        return self.leave(torch.relu(self.bn2(self.conv2(x))))


class ImageEncoder(nn.Module):
    """Backbone, pooled feature, learnt projection to C channels; tanh as in the landmark encoder."""

    def __init__(self, config: ImageConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.backbone = BACKBONES[config.backbone]()
        maps, channels = config.input.maps, self.backbone.last_inputs
        self.map_encoder = MapEncoder(maps, channels) if maps else None
        self.norm = nn.LayerNorm(self.backbone.width)
        self.project = nn.Linear(self.backbone.width, width)

    def forward(self, inputs: ImageInput) -> Tensor:
        """(B, C) in (-1, 1)."""
        return self.projected(self.pooled(self.backbone.trunk(inputs.pixels), inputs.maps))

    def pooled(self, between: Tensor, maps: Tensor) -> Tensor:
        """What the trunk said, and the maps -> (B, D): the backbone's own feature."""
        if self.map_encoder is not None:
            between = between + self.map_encoder(maps)
        return self.backbone.last(between)

    def projected(self, feature: Tensor) -> Tensor:
        """(B, D) -> (B, C)."""
        return torch.tanh(self.project(self.norm(feature)))


class JoinedEncoder(nn.Module):
    """The landmark feature, corrected by what the image adds: l + W gelu(V [l, i]).

    W starts at zero: before training, and wherever the image tells nothing new, this is the landmark front
    end itself.
    """

    def __init__(
        self, landmarks: LandmarkEncoder, image: ImageEncoder, width: int, hidden: int = 512
    ) -> None:
        super().__init__()
        self.landmarks, self.image = landmarks, image
        self.join = nn.Sequential(
            nn.LayerNorm(2 * width), nn.Linear(2 * width, hidden), nn.GELU(), nn.Linear(hidden, width)
        )
        last = self.join[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, landmark_inputs: Tensor, image: ImageInput) -> Tensor:
        """(B, 66) of feature.landmark_input, and the same frames' pictures -> (B, C)."""
        return self.joined(self.landmarks(landmark_inputs), self.image(image))

    def joined(self, landmarks: Tensor, image: Tensor) -> Tensor:
        """(B, C) features of both -> (B, C)."""
        return landmarks + self.join(torch.cat([landmarks, image], dim=-1))
