"""TCMR's temporal encoder (CVPR 2021, arXiv 2011.08627): past, present and future, mixed by attention.

In: (B, 16, C) features. Out: (B, C) feature of frame 8. Written from the paper and its code; the
names of the weights are those of the released checkpoints, without their prefix `encoder.`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from str_live.settings import NetworkSettings
from str_live.temporal.contract import TemporalOutput
from str_live.temporal.str import Integration, STRConfig

LAYERS = 2


class TCMR(nn.Module):
    """Three recurrent networks around the middle frame; 78,437,891 parameters at width 2048."""

    def __init__(
        self, width: int = 2048, window: int = 16, attention_width: int = 256, hidden: int | None = None
    ) -> None:
        """`hidden`: state of each GRU and direction; width // 2, as published, where none is given."""
        super().__init__()
        hidden = hidden or width // 2
        self.width, self.window, self.middle = width, window, window // 2
        self.gru_cur = nn.GRU(width, hidden, LAYERS, batch_first=True, bidirectional=True)
        self.gru_bef = nn.GRU(width, hidden, LAYERS, batch_first=True)
        self.gru_aft = nn.GRU(width, hidden, LAYERS, batch_first=True)
        self.linear_cur = nn.Linear(2 * hidden, width)
        self.linear_bef = nn.Linear(hidden, width)
        self.linear_aft = nn.Linear(hidden, width)
        # STR's integration is this very module, which its authors took from TCMR.
        self.attention = Integration(3, STRConfig(width=width, attention_width=attention_width))

    def forward(self, features: Tensor, network: NetworkSettings | None = None) -> TemporalOutput:
        """(B, T, C) -> (B, 3, C) [bef, aft, fused] in training, (B, 1, C) fused at test time.

        `network` is part of the contract and changes nothing: TCMR has no modules to switch.
        """
        if features.ndim != 3 or features.shape[1:] != (self.window, self.width):
            raise ValueError(
                f"TCMR takes windows of {self.window} frames, (B, {self.window}, {self.width}); "
                f"got {tuple(features.shape)}"
            )
        before, current, after = self._describe(features)
        fused, weights = self.attention([before, current, after])
        attention = {"tcmr": weights}
        if self.training:
            return TemporalOutput(torch.stack([before, after, fused], dim=1), attention)
        return TemporalOutput(fused[:, None], attention)

    def _describe(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the middle frame from the frames before, from all, and from those after: (B, C) each.

        The first and the last do not have the middle frame as input, so they forecast it.
        """
        current = self.gru_cur(features)[0][:, self.middle]  # (B, 2 hidden)
        before = self.gru_bef(features[:, : self.middle])[0][:, -1]  # (B, hidden)
        after = self.gru_aft(features[:, self.middle + 1 :].flip(1))[0][:, -1]  # (B, hidden)
        return (
            self.linear_bef(torch.relu(before)),
            self.linear_cur(torch.relu(current)),
            self.linear_aft(torch.relu(after)),
        )
