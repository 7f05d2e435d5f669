"""A whole network, small enough for a test."""

from __future__ import annotations

import torch

from str_live.network.network import Network, NetworkConfig
from str_live.temporal import STRConfig

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
