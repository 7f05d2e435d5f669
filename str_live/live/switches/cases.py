"""The networks that are compared: STR whole, without one module, without several. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from str_live.settings import SWITCHES, NetworkSettings

WHOLE = NetworkSettings("str")


@dataclass(frozen=True, slots=True)
class Case:
    """STR without some of its modules."""

    name: str
    """For rows and buttons: 'TTR'."""
    without: str
    """For sentences: 'TTR', 'both domains of STE'."""
    network: NetworkSettings


def _case(name: str, *off: str, without: str = "") -> Case:
    return Case(name, without or name, WHOLE.without(*off))


CASES = (
    _case("TTR", "ttr"),
    _case("STE", "ste_time", "ste_freq"),
    _case("STE, time", "ste_time", without="STE in time"),
    _case("STE, frequency", "ste_freq", without="STE in frequency"),
    _case("self-integration", "self"),
    _case("cross-integration", "cross"),
    _case("all five", *SWITCHES, without="all five modules"),
)
"""What the window compares with the whole network: each switch alone, both of STE, all."""
WATCHED = (WHOLE, *(case.network for case in CASES))
"""The networks that run while it does; the first is what the others are compared with."""


def combinations() -> tuple[NetworkSettings, ...]:
    """All 32 settings of the five switches, the whole network first, that without all of them last."""
    return tuple(
        WHOLE.without(*(name for name, off in zip(SWITCHES, offs, strict=True) if off))
        for offs in product((False, True), repeat=len(SWITCHES))
    )
