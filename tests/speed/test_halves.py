"""Serial against overlapped ticks and the cost of more people: the arithmetic, and a run of stand-ins."""

from __future__ import annotations

import pytest

from str_live.settings import Settings
from str_live.speed.halves import (
    COUNTS,
    ROUND,
    WAYS,
    TimedEngine,
    as_text,
    overlap_figures,
    people_figures,
    time_people,
    time_ways,
)
from str_live.weights.load import Parts
from tests.live.engine_fakes import FakeBody, FakeRunner, FakeTracker, make_engine, make_frame, make_person


def row(tick: float, detector: float, latency: float) -> dict[str, float]:
    return {"tick": tick, "detector": detector, "reading": 1.0, "latency": latency}


def test_ratios_are_medians_of_the_rounds_own():
    times = {
        "serial": [row(40, 24, 38), row(80, 48, 76), row(40, 24, 38)],
        "overlapped": [row(25, 24, 40), row(50, 48, 78), row(400, 24, 400)],  # something else ran
    }
    found = overlap_figures(times)
    assert found["serial / overlapped"] == 1.6
    assert found["the same, were both halves as fast as alone"] == pytest.approx(40 / 24)
    assert found["more of an overlapped one, ms"] == 2


def test_people_are_compared_within_each_frame():
    found = people_figures({1: [10.0, 20.0, 10.0], 2: [12.0, 24.0, 90.0], 4: [15.0, 30.0, 15.0]})
    assert found == {"after the detector, 1 person, ms": 10.0, "2 people / 1": 1.2, "4 people / 1": 1.5}


def test_every_way_takes_its_turn_on_frames_of_its_own():
    parts, rounds = Parts(FakeRunner(), FakeBody()), 2
    engines = {name: TimedEngine(Settings(), parts, tracker=FakeTracker()) for name in WAYS}
    pictures = {name: iter([make_frame(index) for index in range((rounds + 1) * ROUND)]) for name in WAYS}
    times = time_ways(engines, pictures, rounds)
    assert {name: len(rows) for name, rows in times.items()} == dict.fromkeys(WAYS, rounds)
    assert all(value > 0 for rows in times.values() for each in rows for value in each.values())
    assert all(next(left, None) is None for left in pictures.values())
    assert as_text({"halves": overlap_figures(times)}).count("\n") == len(overlap_figures(times))


def test_the_network_sees_as_many_people_as_are_timed():
    engines = {count: make_engine(Settings(lookahead=0)) for count in COUNTS}
    known = [(make_frame(index), make_person(index)) for index in range(5)]
    times = time_people(engines, known, warm_up=2)
    assert {count: len(own) for count, own in times.items()} == dict.fromkeys(COUNTS, 3)
    for count, engine in engines.items():
        assert len(engine.parts.runner.windows) == 5 * count
