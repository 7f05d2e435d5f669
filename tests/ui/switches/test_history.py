"""The curves hold what the alternatives tell."""

from __future__ import annotations

import pytest

from str_live.live.switches.cases import CASES
from str_live.ui.switches.history import SHARE, SHIFT, SwitchHistory
from tests.ui.fake_session import make_result
from tests.ui.switches.watched import watched_result


def test_shares_and_shifts_stand_at_their_own_times():
    history = SwitchHistory()
    for index in range(30):
        history.add(watched_result(index, shift_m=0.001 * index))
    times, shifts = history.curve(SHIFT, CASES[0].name)
    assert times[-1] == pytest.approx(0)
    assert shifts[-1] == pytest.approx(29, rel=1e-3)
    assert history.curve(SHARE, "ttr")[1][-1] == pytest.approx(25)
    assert history.curve(SHARE, "ste_time")[1][-1] == pytest.approx(12.5)


def test_results_without_alternatives_only_move_the_clock():
    history = SwitchHistory()
    history.add(watched_result(0))
    history.add(make_result(15))
    times, _ = history.curve(SHIFT, CASES[0].name)
    assert times[-1] == pytest.approx(-0.5)
