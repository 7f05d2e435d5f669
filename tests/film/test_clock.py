"""A film runs at its source's times, and goes on where the source starts again."""

from __future__ import annotations

from itertools import pairwise

import pytest

from str_live.film.clock import LONGEST_PAUSE_S, FilmClock
from str_live.record.film import TICKS


def ticks(*pictures: tuple[float, int]) -> list[int]:
    clock = FilmClock()
    return [clock.ticks(time_s, epoch) for time_s, epoch in pictures]


@pytest.mark.parametrize("fps", [24000 / 1001, 25, 30000 / 1001, 30, 50, 60000 / 1001, 60, 120])
def test_a_constant_rate_stays_constant_for_hours(fps):
    clock = FilmClock()
    told = [clock.ticks(100.0 + index / fps, 1) for index in range(200_000)]
    step = round(TICKS / fps)
    assert told[1] == step
    assert abs(told[-1] - 199_999 * step) <= 1


def test_uneven_times_are_kept_to_the_tick():
    times = [7.0, 7.033, 7.068, 7.5, 7.501, 9.75]
    told = ticks(*((time_s, 1) for time_s in times))
    assert told == [round((time_s - 7.0) * TICKS) for time_s in times]


def test_a_source_that_starts_again_goes_on_after_one_step():
    assert ticks((0.0, 1), (0.04, 1), (0.08, 1), (0.0, 2), (0.04, 2)) == [0, 4800, 9600, 14400, 19200]


def test_a_source_that_goes_back_or_stands_still_goes_on_after_one_step():
    assert ticks((5.0, 1), (5.04, 1), (1.0, 1), (1.0, 1)) == [0, 4800, 9600, 14400]


def test_a_long_pause_is_cut():
    gone = 0.04 + LONGEST_PAUSE_S + 1
    assert ticks((0.0, 1), (0.04, 1), (gone, 1), (gone + 0.04, 1)) == [0, 4800, 9600, 14400]


def test_ticks_rise_even_where_times_hardly_do():
    told = ticks(*((index * 1e-6, 1) for index in range(100)))
    assert all(later > earlier for earlier, later in pairwise(told))
