"""A temporal network and SPIN's regressor over stored features. In: (B, 16, C), out: K predictions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from str_live.body.regressor import Regression, Regressor
from str_live.dataclass_json import ConfigError
from str_live.settings import SWITCHES, NetworkSettings
from str_live.temporal import STR, TCMR, VIBE, Identity, STRConfig

TEMPORAL_CHOICES = ("str", "tcmr", "vibe", "frame")


@dataclass(frozen=True, slots=True)
class VideoNetworkConfig:
    """What learns. Stored in the checkpoint's header, from which it is rebuilt."""

    temporal: str = "str"
    """'str', 'tcmr', 'vibe', or 'frame': the regressor alone, frame by frame."""
    width: int = 2048
    """Channels of the databases' features."""
    switches: STRConfig = field(default_factory=STRConfig)
    """STR's readings; `attention_width` counts for TCMR too. Its width is always `width`."""
    bypassed: tuple[str, ...] = ()
    """Modules of STR left out, names of settings.SWITCHES: the rows of the paper's Table 2."""
    hidden: int | None = None
    """Hidden size of TCMR's and VIBE's GRUs; None takes half of the width, as published."""
    regressor_hidden: int = 1024
    regressor_dropout: float = 0.5
    all_frames: bool = True
    """VIBE learns from every frame of a window, as published; False: from the middle one, as the others."""

    def __post_init__(self) -> None:
        _demand(self.temporal in TEMPORAL_CHOICES, f"network.temporal {self.temporal!r}", TEMPORAL_CHOICES)
        for name in self.bypassed:
            _demand(name in SWITCHES, f"network.bypassed {name!r}", SWITCHES)
        object.__setattr__(self, "switches", dataclasses.replace(self.switches, width=self.width))

    @property
    def learns_all_frames(self) -> bool:
        """Whether training wants the truth of all frames of a window."""
        return self.temporal == "vibe" and self.all_frames


def _demand(holds: bool, what: str, choices: Sequence[str]) -> None:
    if not holds:
        raise ConfigError(f"{what} cannot be: choose {' or '.join(choices)}")


class VideoNetwork(nn.Module):
    """Temporal encoder + regressor; the backbone is not part of it, as its features are stored."""

    def __init__(self, config: VideoNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.temporal = build_temporal(config)
        self.regressor = Regressor(config.width, config.regressor_hidden, config.regressor_dropout)
        self.modules_used = NetworkSettings().without(*config.bypassed)

    def forward(self, windows: Tensor) -> Regression:
        """(B, T, C) -> the Regression of B * K feature vectors, window by window.

        In training K is 3 where side outputs are supervised (STR, TCMR), and T where all frames are (VIBE);
        else 1, the middle frame.
        """
        if self.training and self.config.learns_all_frames:
            assert isinstance(self.temporal, VIBE)
            features = self.temporal.all_frames(windows)  # (B, T, C)
        else:
            features = self.temporal(windows, self.modules_used).features  # (B, K, C)
        return self.regressor(features.flatten(0, 1))


def build_temporal(config: VideoNetworkConfig) -> STR | TCMR | VIBE | Identity:
    """The temporal encoder that a configuration names."""
    if config.temporal == "frame":
        return Identity()
    if config.temporal == "tcmr":
        return TCMR(config.width, attention_width=config.switches.attention_width, hidden=config.hidden)
    if config.temporal == "vibe":
        return VIBE(config.width, hidden=config.hidden)
    return STR(config.switches)
