"""All settings of the five switches, each once."""

from __future__ import annotations

from str_live.live.switches.cases import CASES, WATCHED, WHOLE, combinations
from str_live.settings import SWITCHES


def test_there_are_32_combinations_and_each_is_another():
    assert len(set(combinations())) == 32
    assert combinations()[0] == WHOLE
    assert combinations()[-1] == WHOLE.without(*SWITCHES)


def test_the_window_compares_every_single_switch_and_all_of_them_with_the_whole():
    assert WATCHED[0] == WHOLE
    assert {WHOLE.without(switch) for switch in SWITCHES} < set(WATCHED)
    assert WHOLE.without(*SWITCHES) in WATCHED
    assert set(WATCHED) <= set(combinations())
    assert len({case.name for case in CASES}) == len(CASES)
