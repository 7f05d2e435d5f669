"""Encoders that see pixels: a backbone with its projection, and the same joined to the landmark encoder.

In: ImageInput (pixels.py) and landmark inputs (landmarks.py). Out: (B, C) features in the range of the
landmark encoder's, so that the same temporal networks read all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from str_live.features.backbones import BACKBONES
from str_live.features.landmarks import POINTS, LandmarkEncoder, landmark_input
from str_live.features.pixels import ImageInput, InputConfig


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The image encoder, as its checkpoint stores it."""

    backbone: str = "resnet50v2"
    """One of backbones.BACKBONES."""
    input: InputConfig = field(default_factory=InputConfig)

    def __post_init__(self) -> None:
        if self.backbone not in BACKBONES:
            raise ValueError(f"backbone {self.backbone!r}: choose {', '.join(BACKBONES)}")


class MapEncoder(nn.Module):
    """(B, M, S / 4, S / 4) maps -> (B, K, S / 16, S / 16), to be added to the trunk's output.

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


def places(maps: Tensor) -> Tensor:
    """(B, M, S, S) -> (B, 3 M): each map's mean, and the centre of what is in it, each in tens.

    Pooling makes a backbone forget where things are; these numbers stand beside its feature. They are few
    among thousands, and an optimiser whose steps are all alike finds them soon only when they are large.
    """
    side = maps.shape[-1]
    line = (torch.arange(side, device=maps.device) + 0.5) / side * 2 - 1
    mass = maps.mean((2, 3))  # (B, M)
    across, down = (maps * line).mean((2, 3)), (maps * line[:, None]).mean((2, 3))
    least = mass.clamp_min(1e-4)
    return torch.cat([1000 * mass, 10 * across / least, 10 * down / least], dim=-1)


class ImageEncoder(nn.Module):
    """Backbone, pooled feature, learnt projection to C channels.

    The projection first says where the landmark points lie in the crop and which are in the picture, and
    beside that what points cannot tell. Both go through a landmark encoder of its own, which may start with
    the known one's weights: then only seeing has to be learnt, and not how people stand in space.
    """

    def __init__(self, config: ImageConfig, width: int, hidden: int = 512, blocks: int = 3) -> None:
        super().__init__()
        self.config = config
        self.backbone = BACKBONES[config.backbone]()
        maps, channels = config.input.maps, self.backbone.last_inputs
        self.map_encoder = MapEncoder(maps, channels) if maps else None
        self.norm = nn.LayerNorm(self.backbone.width)
        features = self.backbone.width + 3 * maps
        self.points = nn.Linear(features, POINTS * 3)
        self.beside = nn.Linear(features, hidden)
        self.lift = LandmarkEncoder(width, hidden, blocks)
        # Thousands of channels at once: Adam's equal steps on all of them would throw the sum about.
        nn.init.constant_(self.norm.weight, 0.1)
        for parameter in self.beside.parameters():
            nn.init.zeros_(parameter)

    def forward(self, inputs: ImageInput) -> Tensor:
        """(B, C) in (-1, 1)."""
        return self.projected(self.pooled(self.backbone.trunk(inputs.pixels), inputs.maps))[0]

    def pooled(self, between: Tensor, maps: Tensor) -> Tensor:
        """(B, K, S / 16, S / 16) of the trunk, (B, M, S / 4, S / 4) maps -> (B, D + 3 M): feature, places."""
        if self.map_encoder is not None:
            between = between + self.map_encoder(maps)
        feature = self.norm(self.backbone.last(between).float())
        return torch.cat([feature, places(maps)], dim=-1)

    def projected(self, feature: Tensor) -> tuple[Tensor, Tensor]:
        """(B, D + 3 M) -> (B, C), and (B, 66) what is taken for the landmark inputs."""
        predicted = self.points(feature)
        points, inside = predicted[:, : 2 * POINTS].unflatten(-1, (POINTS, 2)), predicted[:, 2 * POINTS :]
        landmarks = landmark_input(points, inside)
        lift = self.lift
        hidden = lift.blocks(lift.enter(landmarks) + self.beside(feature))
        return torch.tanh(lift.leave(lift.norm(hidden))), landmarks


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
