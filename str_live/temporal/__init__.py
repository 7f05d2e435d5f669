"""Temporal networks: a window of features in, the feature of its middle frame out.

Contract. `forward(features (B, T, C), network: NetworkSettings) -> TemporalOutput` with `features` (B, K, C):
K feature vectors that all describe the middle frame, the last of them the one to use at test time (STR in
training returns its two cross features too, K = 3). Each module declares `window` (T) and `middle` (index of
the frame it describes). To add one: a file here and a line in TEMPORAL.
"""

from __future__ import annotations

from str_live.temporal.contract import TemporalOutput
from str_live.temporal.identity import Identity
from str_live.temporal.str import STR, STRConfig
from str_live.temporal.tcmr import TCMR
from str_live.temporal.vibe import VIBE

TEMPORAL = {"str": STR, "tcmr": TCMR, "vibe": VIBE, "frame": Identity}

__all__ = ["STR", "TCMR", "TEMPORAL", "VIBE", "Identity", "STRConfig", "TemporalOutput"]
