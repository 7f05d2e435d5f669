"""Several people in the Engine: each his own window and body, one result a frame, one of them followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from str_live.live.engine import Engine
from str_live.messages import Alternatives, BodyResult, Box, Frame, Person
from str_live.person.follow import PATIENCE_S
from str_live.person.people import PeopleTracker
from str_live.settings import NetworkSettings, Settings
from str_live.weights.load import Parts
from tests.live.engine_fakes import FakeBody, FakeRunner, make_frame
from tests.person.test_people import Scene

HUNDRED = 100
"""What the landmarks of a person carry: his number times this, and the frame's index."""


def person(number: int, frame: Frame, side: float = 40) -> Person:
    points = np.full((33, 2), HUNDRED * number + frame.index, np.float32)
    box = Box(10.0 * number, 24, side)
    return Person(box, points, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None)


class ScriptedPeople(PeopleTracker):
    """Finds whom a script names in each frame; None: known, and out of sight."""

    def __init__(self, script: Callable[[int], dict[int, bool]]) -> None:
        super().__init__(6, detector=Scene())
        self._script = script

    def find(self, frame: Frame) -> dict[int, Person | None]:
        known = self._script(frame.index)
        return {
            number: person(number, frame, 30 + number) if there else None for number, there in known.items()
        }


def run(
    script: Callable[[int], dict[int, bool]], frames: int = 40, settings: Settings | None = None
) -> tuple[list[BodyResult], FakeRunner]:
    runner = FakeRunner()
    parts = Parts(runner, FakeBody())
    engine = Engine(settings or Settings(lookahead=2), parts, tracker=ScriptedPeople(script))
    results = [result for index in range(frames) for result in engine.process(make_frame(index))]
    return results + engine.flush(), runner


def bodies(result: BodyResult) -> dict[int, float]:
    """First beta of everybody in view: HUNDRED times the number, and the frame."""
    own = {result.number: result.bodies[0]} if result.person is not None else {}
    others = {other.number: other.bodies[0] for other in result.others if other.person is not None}
    return {number: float(body.betas[0]) for number, body in {**own, **others}.items()}


@pytest.mark.parametrize("lookahead", [0, 2, 7])
def test_everybody_has_a_body_of_his_own_in_each_frame(lookahead: int) -> None:
    results, _ = run(lambda index: {1: True, 2: True, 3: True}, settings=Settings(lookahead=lookahead))
    assert [result.frame.index for result in results] == list(range(40))
    for index, result in enumerate(results):
        assert bodies(result) == {number: HUNDRED * number + index for number in (1, 2, 3)}


def test_no_window_holds_frames_of_two_people_however_they_come_and_go() -> None:
    def script(index: int) -> dict[int, bool]:
        return {
            1: index % 7 != 3,
            **({2: index % 5 != 0} if index > 9 else {}),
            **({3: True} if index < 25 else {}),
        }

    results, runner = run(script)
    assert [result.frame.index for result in results] == list(range(40))
    for window in runner.windows:
        assert len(set(window[:, 0] // HUNDRED)) == 1
    for index, result in enumerate(results):
        there = {number for number, seen in script(index).items() if seen}
        assert bodies(result) == {number: HUNDRED * number + index for number in there}


def test_a_person_has_the_same_body_whoever_else_is_there() -> None:
    alone, _ = run(lambda index: {1: True})
    among, _ = run(lambda index: {1: True, 2: index % 3 > 0, 3: index > 20})
    for one, other in zip(alone, among, strict=True):
        same = next(found.bodies[0] for found in (other, *other.others) if found.number == 1)
        np.testing.assert_array_equal(one.bodies[0].joints_cam, same.joints_cam)


def test_all_people_of_a_frame_go_through_the_network_at_once() -> None:
    calls: list[int] = []

    class Counting(FakeRunner):
        def predict(self, windows, variants):
            calls.append(len(windows))
            return super().predict(windows, variants)

    engine = Engine(
        Settings(lookahead=0),
        Parts(Counting(), FakeBody()),
        tracker=ScriptedPeople(lambda index: {1: True, 2: True, 3: True, 4: True}),
    )
    for index in range(5):
        engine.process(make_frame(index))
    assert calls == [4] * 5


def test_the_largest_is_followed_and_held_before_another_is_taken_up() -> None:
    gone = 10
    results, _ = run(lambda index: {1: True, 2: index < gone})  # number 2 is the larger
    followed = [result.number for result in results]
    patience = gone + round(PATIENCE_S * 30)
    assert set(followed[:patience]) == {2}
    assert set(followed[patience + 1 :]) == {1}
    held = results[gone + 3]
    assert held.person is None
    assert held.bodies[0].betas[0] == HUNDRED * 2 + gone - 1
    assert held.held_s == pytest.approx(4 / 30)


def test_somebody_asked_for_by_number_is_gone_back_to() -> None:
    script = lambda index: {1: not 5 <= index < 30, 2: True}  # noqa: E731
    results, _ = run(script, settings=Settings(lookahead=0, follow="1"))
    assert results[0].number == results[4].number == 1
    assert results[29].number == 2
    assert {result.number for result in results[30:]} == {1}


def test_who_has_left_is_not_shown_any_more() -> None:
    results, _ = run(
        lambda index: {1: True, **({2: True} if index < 10 else {})},
        settings=Settings(lookahead=0, follow="1"),
    )
    assert [other.number for other in results[9].others] == [2]
    assert results[-1].others == ()


def test_the_number_of_people_can_change_while_it_runs() -> None:
    engine = Engine(Settings(lookahead=2), Parts(FakeRunner(), FakeBody()))
    results = engine.process(make_frame(0))
    engine.configure(Settings(lookahead=2, people=3))
    results += engine.process(make_frame(1))
    results += engine.flush()
    engine.close()
    assert [result.frame.index for result in results] == [0, 1]


def test_alternatives_are_of_the_followed_person() -> None:
    engine = Engine(
        Settings(lookahead=0),
        Parts(FakeRunner(), FakeBody()),
        tracker=ScriptedPeople(lambda _: {1: True, 2: True}),
    )
    engine.alternatives = Alternatives((NetworkSettings(),))
    for index in range(10):
        (result,) = engine.process(make_frame(index))
        assert result.alternatives is not None
        assert len(result.alternatives.joints_cam) == 1
        own, shown = result.alternatives.joints_cam[0], result.bodies[0].joints_cam
        np.testing.assert_allclose(own - own[0], shown - shown[0], atol=1e-5)
        (other,) = result.others
        assert result.of(other.number).alternatives is None


@pytest.mark.parametrize("lookahead", [0, 2])
def test_somebody_left_out_has_no_body_until_he_is_taken_in_again(lookahead: int) -> None:
    runner = FakeRunner()
    tracker = ScriptedPeople(lambda index: {1: True, 2: True})
    engine = Engine(Settings(lookahead=lookahead), Parts(runner, FakeBody()), tracker=tracker)
    results = []
    for index in range(40):
        left_out = (2,) if 10 <= index < 20 else ()
        engine.configure(replace(engine.settings, left_out=left_out))
        results += engine.process(make_frame(index))
    results += engine.flush()
    assert [result.frame.index for result in results] == list(range(40))
    for index, result in enumerate(results):
        two = next(one for one in result.people if one.number == 2)
        assert two.person is not None, "he is seen all the time"
        assert two.left_out == (10 <= index < 20) == (not two.bodies)
        assert result.number == (2 if index < 10 else 1), "the largest who is not left out"
        assert result.people[0].bodies
    assert not any(window[8, 0] in range(210, 220) for window in runner.windows), "no network runs for him"


def test_somebody_who_is_alone_and_left_out_is_nobody_s_body() -> None:
    results, runner = run(lambda index: {1: True}, settings=Settings(lookahead=0, left_out=(1,)))
    assert all(result.person is not None and result.left_out and not result.bodies for result in results)
    assert not runner.windows
