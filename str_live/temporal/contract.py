"""What every temporal network returns for a window of features."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class TemporalOutput(NamedTuple):
    """Features of the middle frame and how they were mixed."""

    features: Tensor
    """(B, K, C): the last is the one to use at test time, the others are supervised beside it in training."""
    attention: dict[str, Tensor]
    """Softmax weights (B, n) of each integration by name."""
