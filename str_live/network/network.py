"""The network put together: an encoder, and temporal networks with their regressors.

In: windows of features. Out: pose, shape and camera of the window's middle frame, as tensors. runner.py runs
it on frames, weights/own.py reads and writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from torch import Tensor, nn

from str_live.body.regressor import Regression, Regressor
from str_live.features.image_encoder import ImageConfig, ImageEncoder, JoinedEncoder
from str_live.features.landmarks import LandmarkEncoder
from str_live.features.resnet import ResNet50
from str_live.settings import TEMPORAL_NETWORKS, NetworkSettings
from str_live.temporal import STR, TEMPORAL, STRConfig


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """All that is needed to rebuild a network from its checkpoint."""

    front_end: str = "landmarks"
    networks: tuple[str, ...] = TEMPORAL_NETWORKS
    """Temporal networks that it has, each with a regressor of its own. 'frame' is always among them."""
    switches: STRConfig = field(default_factory=lambda: STRConfig(width=256))
    """STR's readings; width, window and attention width are those of all networks."""
    tcmr_hidden: int | None = 176
    """State of TCMR's GRUs; None: half the width, as published. This and the next give TCMR and VIBE as many
    parameters as STR has at 256 channels (2.4 M), so that none wins or loses by its size."""
    vibe_hidden: int | None = 464
    encoder_hidden: int = 512
    encoder_blocks: int = 3
    image: ImageConfig | None = None
    """The image encoder of our own weights; None: SPIN's ResNet-50, whose features are taken as they are."""
    regressor_hidden: int = 256
    regressor_dropout: float = 0.0

    def __post_init__(self) -> None:
        unknown = set(self.networks) - set(TEMPORAL_NETWORKS)
        if unknown or "frame" not in self.networks:
            raise ValueError(f"networks {self.networks}: choose among {TEMPORAL_NETWORKS}, 'frame' included")

    @property
    def width(self) -> int:
        """C: channels of a feature."""
        return self.switches.width


PUBLISHED = NetworkConfig(
    "resnet", ("frame",), STRConfig(), None, None, regressor_hidden=1024, regressor_dropout=0.5
)
"""SPIN's network; with other `networks` the paper's STR, TCMR and VIBE on top of it."""


class Head(nn.Module):
    """A temporal network and the regressor that was trained with it."""

    def __init__(self, temporal: nn.Module, regressor: Regressor) -> None:
        super().__init__()
        self.temporal, self.regressor = temporal, regressor


class Network(nn.Module):
    """An encoder, and one head for each temporal network."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = _build_encoder(config)
        self.heads = nn.ModuleDict({name: _build_head(name, config) for name in config.networks})

    @property
    def networks(self) -> tuple[str, ...]:
        """Temporal networks that have a head, in the order of settings.TEMPORAL_NETWORKS."""
        return tuple(name for name in TEMPORAL_NETWORKS if name in self.heads)

    def head(self, name: str) -> Head:
        """The head of a temporal network."""
        return cast(Head, self.heads[name])

    def describe(
        self, windows: Tensor, networks: Sequence[NetworkSettings]
    ) -> list[tuple[Regression, dict[str, Tensor]]]:
        """(B, T, C) -> for each variant the middle frame's Regression (B, ...) and the attention weights.

        What STR's variants share is computed once.
        """
        chosen = [network for network in networks if network.temporal == "str"]
        parts = cast(STR, self.head("str").temporal).parts(windows, chosen) if chosen else None
        described = []
        for network in networks:
            head = self.head(network.temporal)
            if parts is not None and network.temporal == "str":
                output = cast(STR, head.temporal).mix(parts, network)
            else:
                output = head.temporal(windows, network)
            described.append((head.regressor(output.features[:, -1]), output.attention))
        return described


def _build_encoder(config: NetworkConfig) -> nn.Module:
    if config.front_end == "landmarks":
        return LandmarkEncoder(config.width, config.encoder_hidden, config.encoder_blocks)
    if config.front_end == "both" and config.image is not None:
        landmarks = LandmarkEncoder(config.width, config.encoder_hidden, config.encoder_blocks)
        return JoinedEncoder(landmarks, _build_image_encoder(config, config.image), config.width)
    if config.front_end != "resnet":
        raise ValueError(f"unknown front end {config.front_end!r}")
    if config.image is not None:
        return _build_image_encoder(config, config.image)
    if config.width != ResNet50.width:
        raise ValueError(f"the resnet front end gives {ResNet50.width} channels, not {config.width}")
    return ResNet50()


def _build_image_encoder(config: NetworkConfig, image: ImageConfig) -> ImageEncoder:
    return ImageEncoder(image, config.width, config.encoder_hidden, config.encoder_blocks)


def _build_head(name: str, config: NetworkConfig) -> Head:
    hidden = {"tcmr": config.tcmr_hidden, "vibe": config.vibe_hidden}.get(name)
    regressor = Regressor(config.width, config.regressor_hidden, config.regressor_dropout)
    return Head(TEMPORAL[name](config.switches, hidden), regressor)
