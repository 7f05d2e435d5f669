"""Times of a film rise whatever its container says, and keep its speed."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from str_live.camera.film_times import FilmTimes


def times_of(stated: list[float | None], period_s: float = 0.2) -> list[float]:
    times = FilmTimes(period_s)
    return [times.of(stamp) for stamp in stated]


def test_rising_stamps_are_kept_gaps_included():
    assert times_of([0.0, 0.1, 0.5, 3600.5]) == [0.0, 0.1, 0.5, 3600.5]


def test_the_first_picture_is_at_zero():
    assert times_of([36000.0, 36000.2, 36000.4]) == pytest.approx([0.0, 0.2, 0.4])


def test_without_stamps_the_rate_counts():
    assert times_of([None] * 4) == pytest.approx([0.0, 0.2, 0.4, 0.6])


def test_stamps_that_come_twice_are_spread():
    assert times_of([0.0, 0.0, 0.4, 0.4, 0.8, 0.8]) == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


@pytest.mark.parametrize("period_s", [0.05, 0.2, 0.4, 1.0])
def test_a_wrong_rate_does_not_change_the_films_speed(period_s):
    stated = [index // 2 * 0.4 for index in range(400)]
    times = np.array(times_of(stated, period_s))
    assert (np.diff(times) > 0).all()
    assert np.abs(times - stated).max() <= 4 * period_s


def test_stamps_that_run_back_far_begin_anew():
    stated = [0.0, 0.2, 5.0, 0.0, 0.2, 0.4]
    assert times_of(stated) == pytest.approx([0.0, 0.2, 5.0, 5.2, 5.4, 5.6])


def test_disorder_costs_little():
    stated = [0.0, 0.6, 0.2, 0.4, 0.8, 1.4, 1.0, 1.2, 1.6]
    times = np.array(times_of(stated))
    assert (np.diff(times) > 0).all()
    assert np.abs(times - stated).max() <= 0.8


def test_any_stamps_give_rising_times():
    rng = np.random.default_rng(0)
    for _ in range(50):
        stamps = [None if rng.random() < 0.1 else float(rng.normal(0, 3)) + index / 5 for index in range(200)]
        times = times_of(stamps)
        assert all(later > earlier for earlier, later, _ in zip(times, times[1:], count(), strict=False))
