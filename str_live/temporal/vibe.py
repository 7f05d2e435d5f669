"""VIBE's temporal encoder (CVPR 2020, arXiv 1912.05656): one recurrent network forwards in time.

In: (B, T, C) features. Out: a feature of every frame, causal: frame t depends on frames 0 to t. Written from
the paper and its code; the names of the weights are those of the released checkpoints,
without their prefix `encoder.`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from str_live.settings import NetworkSettings
from str_live.temporal.contract import TemporalOutput

LAYERS = 2


class VIBE(nn.Module):
    """Many features in, as many out, with a residual; 17,840,128 parameters at width 2048."""

    def __init__(self, width: int = 2048, window: int = 16, hidden: int | None = None) -> None:
        """`hidden`: state of the GRU; width // 2, as published, where none is given."""
        super().__init__()
        hidden = hidden or width // 2
        self.width, self.window, self.middle = width, window, window // 2
        self.gru = nn.GRU(width, hidden, LAYERS, batch_first=True)
        self.linear = nn.Linear(hidden, width)

    def forward(self, features: Tensor, network: NetworkSettings | None = None) -> TemporalOutput:
        """(B, T, C) -> (B, 1, C), the feature of the middle frame.

        So that all networks of a comparison describe the same frame of the same window; VIBE itself does not
        look at the frames after it. Its own training and evaluation use `all_frames`. `network` is part of
        the contract and changes nothing: VIBE has no modules to switch.
        """
        if features.ndim != 3 or features.shape[1:] != (self.window, self.width):
            raise ValueError(
                f"VIBE takes windows of {self.window} frames, (B, {self.window}, {self.width}); "
                f"got {tuple(features.shape)}"
            )
        # Causal: the frames after the middle one cannot change its feature, so they are not computed.
        past = features[:, : self.middle + 1]
        return TemporalOutput(self.all_frames(past)[:, -1:], {})

    def all_frames(self, features: Tensor) -> Tensor:
        """(B, T, C) of any length T -> (B, T, C), one feature a frame: VIBE as published."""
        states, _ = self.gru(features)  # (B, T, hidden)
        return self.linear(torch.relu(states)) + features
