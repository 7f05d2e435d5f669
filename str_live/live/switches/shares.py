"""How much of STR's output comes through each module, from the attention weights of its integrations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

FINAL, SOURCES = "final", "str"
HALVES = ("cross_before", "cross_after")


def module_shares(attention: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Softmax weights by integration -> share by module, 0 to 1; {} where they are not the whole STR's.

    The integrations are nested weighted sums (eq. 6 and 7, Algorithm 1), so that Z is one weighted sum, too:
    of TTR, STE's two, the halves after self-integration (c_1', c_2'), and the plain halves (c_1, c_2) that
    cross-integration adds. The weights of the last two pairs are added up; all five shares sum to 1.
    """
    if not {FINAL, SOURCES, *HALVES} <= attention.keys():
        return {}
    before, tendency, after = (float(weight) for weight in attention[FINAL])
    ttr, time, frequency = (tendency * float(weight) for weight in attention[SOURCES])
    early_self, late = (before * float(weight) for weight in attention["cross_before"])
    early, late_self = (after * float(weight) for weight in attention["cross_after"])
    return {
        "ttr": ttr,
        "ste_time": time,
        "ste_freq": frequency,
        "self_integration": early_self + late_self,
        "cross_integration": early + late,
    }
