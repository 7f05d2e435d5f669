"""Stage times and rates."""

from __future__ import annotations

import time

import pytest

from str_live.stats import RateMeter, StageTimer


def test_stages_add_up_within_a_tick_and_are_summed_up_over_many():
    timer = StageTimer()
    for duration in (1.0, 2.0, 9.0):
        timer.new_tick()
        timer.add("body", duration)
    assert timer.current == {"body": 9.0}
    timer.add("body", 1.0)
    assert timer.current == {"body": 10.0}
    assert timer.summary()["body"]["median"] == pytest.approx(1.5)


def test_a_stage_is_counted_even_when_it_fails():
    timer = StageTimer()

    def fail():
        with timer.stage("crop"):
            time.sleep(0.002)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert timer.current["crop"] >= 1.5


def test_rate_counts_events_of_the_last_seconds_only():
    meter = RateMeter(seconds=2.0)
    for i in range(100):
        meter.tick(i / 30)
    assert meter.rate(99 / 30) == pytest.approx(30)
    assert meter.rate(100.0) == 0
