"""The per-frame network: no temporal module, the middle frame's own feature."""

from __future__ import annotations

from torch import Tensor, nn

from str_live.settings import NetworkSettings
from str_live.temporal.contract import TemporalOutput


class Identity(nn.Module):
    """(B, T, C) -> (B, 1, C), the feature of frame T // 2 unchanged."""

    def __init__(self, window: int = 16) -> None:
        super().__init__()
        self.window = window
        self.middle = window // 2

    def forward(self, features: Tensor, network: NetworkSettings | None = None) -> TemporalOutput:
        """(B, T, C) -> (B, 1, C); `network` is part of the contract and changes nothing."""
        return TemporalOutput(features[:, self.middle : self.middle + 1], {})
