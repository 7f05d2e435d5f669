"""A whole network, small enough for a test."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from str_live.network.network import Network, NetworkConfig
from str_live.temporal import STRConfig
from str_live.temporal.window import WINDOW, Samples

SMALL = NetworkConfig(
    switches=STRConfig(width=16, attention_width=8),
    tcmr_hidden=8,
    vibe_hidden=12,
    encoder_hidden=16,
    encoder_blocks=1,
    regressor_hidden=8,
)


def network() -> Network:
    torch.manual_seed(0)
    return Network(SMALL)


def still_window(features: list[Any]) -> Samples[Any]:
    """The window of a person who stays as in the one frame whose feature is given."""
    (feature,) = features
    return Samples([feature] * WINDOW, [feature] * WINDOW, np.zeros(WINDOW, np.float32))
