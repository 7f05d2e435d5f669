"""Temporal networks: a window of features in, the feature of its middle frame out.

Contract. `forward(features (B, T, C), network: NetworkSettings) -> TemporalOutput` with `features` (B, K, C):
K feature vectors that all describe the middle frame, the last of them the one to use at test time (STR in
training returns its two cross features too, K = 3). Each module declares `window` (T) and `middle` (index of
the frame it describes). To add one: a file here, a line in TEMPORAL and its name in settings.NETWORK_NAMES.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from str_live.temporal.contract import TemporalOutput
from str_live.temporal.identity import Identity
from str_live.temporal.str import STR, STRConfig
from str_live.temporal.tcmr import TCMR
from str_live.temporal.vibe import VIBE

TEMPORAL: dict[str, Callable[[STRConfig, int | None], nn.Module]] = {
    "str": lambda switches, hidden: STR(switches),
    "tcmr": lambda switches, hidden: TCMR(switches.width, switches.window, switches.attention_width, hidden),
    "vibe": lambda switches, hidden: VIBE(switches.width, switches.window, hidden),
    "frame": lambda switches, hidden: Identity(switches.window),
}
"""Makes a temporal network by its name, of the sizes in `switches` and with GRU states of `hidden` (None: as
published). STR alone has further readings; they are in `switches` too."""

__all__ = ["STR", "TCMR", "TEMPORAL", "VIBE", "Identity", "STRConfig", "TemporalOutput"]
