"""How many people keep pace, and when the detector begins, follow from what ticks took."""

from __future__ import annotations

import pytest

from str_live.live.pace import (
    EACH_MORE,
    FRAME_MS,
    MEASURED_TICKS,
    SLACK_MS,
    WARM_UP_TICKS,
    HeadStart,
    Pace,
    people_in_time,
)
from str_live.settings import MOST_PEOPLE


@pytest.mark.parametrize(
    ("detector_ms", "network_ms", "people"),
    [
        (FRAME_MS * 0.7, 5.0, 1),  # two slow cores
        (FRAME_MS * 2, 5.0, 1),
        (FRAME_MS * 0.5, 5.0, 2),
        (FRAME_MS * 0.3, 5.0, 3),
        (1.0, 5.0, MOST_PEOPLE),
        (1.0, FRAME_MS * 2, 1),
        (1.0, FRAME_MS / (1 + EACH_MORE), 2),
    ],
)
def test_the_slower_half_decides(detector_ms: float, network_ms: float, people: int) -> None:
    assert people_in_time(detector_ms, network_ms) == people


def test_the_first_ticks_and_single_slow_ones_do_not_count() -> None:
    pace = Pace()
    slow, quick = (1000.0, 1000.0), (FRAME_MS / 4, 1.0)
    ticks = [slow] * WARM_UP_TICKS + [quick, slow, quick] + [quick] * (MEASURED_TICKS - 3)
    decided = [pace.note(*tick) for tick in ticks]
    assert decided == [False] * (len(ticks) - 1) + [True]
    assert pace.people == 4


def test_it_is_decided_once_and_said_in_a_sentence() -> None:
    pace = Pace()
    for _ in range(WARM_UP_TICKS + MEASURED_TICKS):
        assert pace.reason == ""
        pace.note(FRAME_MS / 2, 1.0)
    assert "2 people" in pace.reason
    assert not pace.note(1.0, 1.0)
    assert pace.people == 2


@pytest.mark.parametrize(("detector_ms", "network_ms", "wait_ms"), [(25, 15, 0), (25, 25, 0), (20, 40, 20)])
def test_the_detector_waits_only_where_the_network_is_slower(detector_ms, network_ms, wait_ms) -> None:
    head_start = HeadStart()
    assert head_start.seconds == 0
    for times in [(detector_ms, network_ms)] * 3 + [(1, 1000)]:  # one tick that something else held up
        head_start.note(*times)
    assert head_start.seconds == pytest.approx(max(wait_ms - SLACK_MS, 0) / 1e3)
