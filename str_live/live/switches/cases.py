"""The networks that are compared: STR whole, without one module, without several. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from str_live.network_text import MODULES
from str_live.settings import SWITCHES, NetworkSettings

WHOLE = NetworkSettings("str")


@dataclass(frozen=True, slots=True)
class Case:
    """STR without some of its modules."""

    key: str
    """For the command line: 'ttr'."""
    name: str
    """For rows and buttons: 'TTR'."""
    without: str
    """For sentences: 'TTR', 'both domains of STE'."""
    network: NetworkSettings

    @property
    def modules(self) -> tuple[str, ...]:
        """Those that are off, as fields of NetworkSettings."""
        return tuple(field for field, _, _ in MODULES if not getattr(self.network, field))


def _case(key: str, name: str, *off: str, without: str = "") -> Case:
    return Case(key, name, without or name, WHOLE.without(*off))


CASES = (
    _case("ttr", "TTR", "ttr"),
    _case("ste", "STE", "ste_time", "ste_freq"),
    _case("ste_time", "STE, time", "ste_time", without="STE in time"),
    _case("ste_freq", "STE, frequency", "ste_freq", without="STE in frequency"),
    _case("self", "self-integration", "self"),
    _case("cross", "cross-integration", "cross"),
    _case("all", "all five", *SWITCHES, without="all five modules"),
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
