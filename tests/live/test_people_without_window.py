"""Several people without a window: a recording and figures for each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from str_live.live.command_line import parse_arguments
from str_live.live.summary import PeopleSummary
from str_live.messages import AccelerationSample, BodyResult, Box, Person, PersonBody
from str_live.settings import AUTOMATIC, MOST_PEOPLE
from tests.live.engine_fakes import make_frame, make_person

BODY: Any = SimpleNamespace(rotmat=np.tile(np.eye(3), (24, 1, 1)))


def one(number: int, *, seen: bool = True, held_s: float = 0.0, error: float | None = None) -> PersonBody:
    person: Person | None = make_person(number) if seen else None
    sample = None if error is None else AccelerationSample(0.0, {"A": error}, {"A": error}, "truth")
    return PersonBody(number, person, (BODY,), None, Box(0, 0, 1), held_s, sample)


def result(index: int, *people: PersonBody) -> BodyResult:
    """A frame in which the first of the people is followed."""
    first, *others = people
    return BodyResult(
        frame=make_frame(index),
        person=first.person,
        bodies=first.bodies,
        box=first.box,
        held_s=first.held_s,
        crops=(np.zeros(1),),
        lookahead=0,
        stages_ms={},
        acceleration=first.acceleration,
        attention={},
        number=first.number,
        others=tuple(others),
    )


def test_a_result_can_be_taken_as_anybody_s() -> None:
    whole = result(3, one(2), one(1), one(5, seen=False, held_s=0.2))
    assert whole.numbers == (1, 2, 5)
    for number in whole.numbers:
        own = whole.of(number)
        assert (own.number, own.numbers, own.frame) == (number, (number,), whole.frame)
    assert whole.of(5).held_s == 0.2
    assert not whole.of(5).person_seen
    assert whole.of(1).crops == ()


def test_figures_hold_each_person_s_visits_and_accelerations() -> None:
    summary = PeopleSummary()
    summary.add([result(index, one(1, error=2.0)) for index in range(4)])
    summary.add([result(4, one(1, seen=False), one(2, error=6.0))])
    summary.add([result(5, one(1), one(2, error=8.0))])
    first, second = summary.figures()
    assert (first["number"], first["frames"]) == (1, 5)
    assert first["in_view_s"] == [[0.0, 0.1], [0.167, 0.167]]
    assert first["acceleration"]["error"] == {"A": 2.0}
    assert (second["number"], second["frames"], second["in_view_s"]) == (2, 2, [[0.133, 0.167]])
    assert second["acceleration"]["error"] == {"A": 7.0}


def test_the_command_line_takes_how_many_and_whom() -> None:
    settings, _ = parse_arguments(["--headless", "--people", "3", "--follow", "2"])
    assert (settings.people, settings.follow) == (3, "2")
    settings, _ = parse_arguments(["--headless"])
    assert (settings.people, settings.follow) == (AUTOMATIC, "largest")


@pytest.mark.parametrize("words", [["--people", "0"], ["--people", str(MOST_PEOPLE + 1)], ["--follow", "me"]])
def test_what_cannot_be_followed_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse_arguments(["--headless", *words])
    assert end.value.code == 2
    assert words[0] in capsys.readouterr().err
