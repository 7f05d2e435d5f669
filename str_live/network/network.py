"""The network put together: an encoder where there is one, and temporal networks with their regressors.

In: windows of features. Out: pose, shape and camera of the window's middle frame, as tensors. runner.py runs
it on frames, train/ and evaluate/ run its heads on stored features, weights/own.py reads and writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from torch import Tensor, nn

from str_live.body.regressor import STATE, Regression, Regressor
from str_live.features.image_encoder import ImageConfig, ImageEncoder, JoinedEncoder
from str_live.features.landmarks import LandmarkEncoder
from str_live.features.resnet import ResNet50
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS, NetworkSettings
from str_live.temporal import STR, TEMPORAL, VIBE, STRConfig

FEATURES = "features"
"""The front end of a network without an encoder: it is given features, from a database."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """All that is needed to rebuild a network from its checkpoint."""

    front_end: str = "landmarks"
    """One of settings.FRONT_ENDS, or FEATURES."""
    networks: tuple[str, ...] = TEMPORAL_NETWORKS
    """Temporal networks that it has, each with a regressor of its own. Where there is an encoder, 'frame' is
    among them."""
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
    bypassed: tuple[str, ...] = ()
    """Modules that STR learns without, names of settings.SWITCHES: the rows of the paper's Table 2."""
    all_frames: bool = False
    """Whether VIBE learns from all frames of a window, as published, or as the others from the middle one."""

    def __post_init__(self) -> None:
        needed = set() if self.front_end == FEATURES else {"frame"}
        if not self.networks or not needed <= set(self.networks) <= set(TEMPORAL_NETWORKS):
            raise ValueError(f"networks {self.networks}: choose among {TEMPORAL_NETWORKS}, 'frame' included")
        if not set(self.bypassed) <= set(SWITCHES):
            raise ValueError(f"bypassed {self.bypassed}: choose among {tuple(SWITCHES)}")

    @property
    def width(self) -> int:
        """C: channels of a feature."""
        return self.switches.width

    @property
    def sees_landmarks(self) -> bool:
        """Whether the encoder is given landmarks as such."""
        return self.front_end in ("landmarks", "both")

    @property
    def sees_pixels(self) -> bool:
        """Whether the encoder is given the picture."""
        return self.front_end in ("resnet", "both")

    def hidden(self, name: str) -> int | None:
        """State of a temporal network's GRUs; None: half the width, or it has none to choose."""
        return {"tcmr": self.tcmr_hidden, "vibe": self.vibe_hidden}.get(name)


PUBLISHED = NetworkConfig(
    "resnet", ("frame",), STRConfig(), None, None, regressor_hidden=1024, regressor_dropout=0.5
)
"""SPIN's network; with other `networks` the paper's STR, TCMR and VIBE on top of it."""


def features_config(
    temporal: str = "str",
    *,
    width: int = PUBLISHED.switches.width,
    switches: STRConfig = PUBLISHED.switches,
    bypassed: tuple[str, ...] = (),
    hidden: int | None = None,
    regressor_hidden: int = PUBLISHED.regressor_hidden,
    regressor_dropout: float = PUBLISHED.regressor_dropout,
    all_frames: bool = True,
) -> NetworkConfig:
    """Of one temporal network over stored features, as published where nothing else is given.

    `width` takes the place of `switches.width`; `hidden` is of TCMR's or VIBE's GRUs.
    """
    return NetworkConfig(
        FEATURES,
        (temporal,),
        replace(switches, width=width),
        tcmr_hidden=hidden if temporal == "tcmr" else None,
        vibe_hidden=hidden if temporal == "vibe" else None,
        regressor_hidden=regressor_hidden,
        regressor_dropout=regressor_dropout,
        bypassed=bypassed,
        all_frames=all_frames,
    )


class Head(nn.Module):
    """A temporal network and the regressor that was trained with it."""

    def __init__(
        self,
        temporal: nn.Module,
        regressor: Regressor,
        bypassed: Sequence[str] = (),
        *,
        all_frames: bool = False,
    ) -> None:
        """`bypassed` and `all_frames`: as in NetworkConfig."""
        super().__init__()
        self.temporal, self.regressor = temporal, regressor
        self.modules_used = NetworkSettings().without(*bypassed)
        self.all_frames = all_frames and isinstance(temporal, VIBE)
        """Whether it gives every frame of a window while it learns."""

    @property
    def width(self) -> int:
        """C: channels of a feature."""
        return self.regressor.fc1.in_features - STATE

    def forward(self, windows: Tensor) -> Regression:
        """(B, T, C) -> the Regression of B * K feature vectors, window by window.

        In training K is 3 where side outputs are supervised (STR, TCMR), and T where all frames are (VIBE);
        else 1, the middle frame.
        """
        if self.training and self.all_frames:
            features = cast(VIBE, self.temporal).all_frames(windows)  # (B, T, C)
        else:
            features = self.temporal(windows, self.modules_used).features  # (B, K, C)
        return self.regressor(features.flatten(0, 1))


class Network(nn.Module):
    """An encoder (the identity where features are given), and one head for each temporal network."""

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

    @property
    def only_head(self) -> Head:
        """The head of a network that has no other."""
        [head] = self.heads.values()
        return cast(Head, head)

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
    if config.front_end == FEATURES:
        return nn.Identity()
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
    # Which is made first decides what a seed gives, and each kind of training goes on giving what it gave.
    made: dict[str, nn.Module] = {}
    for part in ("temporal", "regressor") if config.front_end == FEATURES else ("regressor", "temporal"):
        if part == "temporal":
            made[part] = TEMPORAL[name](config.switches, config.hidden(name))
        else:
            made[part] = Regressor(config.width, config.regressor_hidden, config.regressor_dropout)
    regressor = cast(Regressor, made["regressor"])
    return Head(made["temporal"], regressor, config.bypassed, all_frames=config.all_frames)
