"""Overlapped ticks give what serial ones give, frame for frame, and end as they do, whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from str_live.camera import SourceError
from str_live.live.engine import Engine
from str_live.live.ticks import Ticks, overlapped_ticks, serial_ticks
from str_live.messages import BodyResult, Box, Frame, Person, Replay, ReplayPose
from str_live.settings import NetworkSettings, Settings, VariantSettings
from str_live.stats import StageTimer
from str_live.weights.load import Parts
from tests.live.engine_fakes import FakeBody, FakeRunner, FakeTracker, make_engine, make_frame
from tests.live.test_engine_people import ScriptedPeople

WAYS = [serial_ticks, overlapped_ticks]
EACH_WAY = pytest.mark.parametrize("ticks", WAYS)


class Broken(RuntimeError):
    """What either half may raise."""


def run(ticks: Ticks, engine: Engine) -> list[BodyResult]:
    """All results to the end, those still owed included."""
    return [result for _, results in ticks for result in results] + engine.flush()


def note(ticks: Ticks, through: list[int]) -> None:
    """The frames that get through, by index."""
    for frame, _ in ticks:
        through.append(frame.index)


def both(make: Callable[[], Engine], frames: list[Frame]) -> tuple[list[BodyResult], list[BodyResult]]:
    """Results of serial and of overlapped ticks of two engines that `make` makes."""
    found = []
    for ticks in WAYS:
        engine = make()
        found.append(run(ticks(engine, iter(frames), StageTimer()), engine))
    return found[0], found[1]


def assert_same(serial: list[BodyResult], overlapped: list[BodyResult]) -> None:
    """Bit for bit but for the stages' times."""
    assert len(serial) == len(overlapped)
    for one, other in zip(serial, overlapped, strict=True):
        assert content(one) == content(other)


def content(result: BodyResult) -> object:
    """All that a result says but of times, in a form that compares."""
    everybody = [result.of(number) for number in result.numbers] or [result]
    return [
        (
            (one.frame.index, one.frame.epoch),
            one.number,
            one.box,
            one.held_s,
            one.lookahead,
            one.acceleration,
            one.person_seen,
            [
                (body.vertices.tobytes(), body.joints_cam.tobytes(), body.betas.tobytes())
                for body in one.bodies
            ],
            None if one.raw_bodies is None else [body.betas.tobytes() for body in one.raw_bodies],
            [crop.tobytes() for crop in one.crops],
            {name: weights.tobytes() for name, weights in one.attention.items()},
        )
        for one in everybody
    ]


def film(*indices: int, **options: object) -> list[Frame]:
    return [make_frame(index, **options) for index in indices]


FILMS = {
    "plain": film(*range(40), truth=True),
    "another source": film(*range(20)) + film(*range(5, 25), epoch=1),
    "a seek back": film(*range(20), *range(3, 20)),
    "another size": film(*range(20)) + film(*range(20, 40), size=(30, 40)),
    "gaps": film(*range(0, 60, 7)),
    "one frame": film(3),
    "empty": [],
}


@pytest.mark.parametrize("lookahead", [0, 2, 7])
@pytest.mark.parametrize("frames", FILMS.values(), ids=FILMS)
def test_results_are_those_of_serial_ticks(frames: list[Frame], lookahead: int) -> None:
    settings = Settings(lookahead=lookahead, compare=True)
    settings = replace(settings, variant_a=replace(settings.variant_a, one_euro=True))
    serial, overlapped = both(lambda: make_engine(settings, nobody={4, *range(12, 17)}), frames)
    assert [result.frame for result in serial] == frames
    assert_same(serial, overlapped)


@pytest.mark.parametrize("follow", ["largest", "1", "2"])
def test_people_who_come_and_go_have_the_same_bodies(follow: str) -> None:
    def script(index: int) -> dict[int, bool]:
        return {1: index % 7 != 3, **({2: index % 5 != 0} if 9 < index < 30 else {}), **{3: index > 20}}

    def make() -> Engine:
        settings = Settings(follow=follow)
        return Engine(settings, Parts(FakeRunner(), FakeBody()), tracker=ScriptedPeople(script))

    serial, overlapped = both(make, film(*range(60)))
    assert {result.number for result in serial} >= {1, 2} if follow == "2" else serial[0].number == 1
    assert_same(serial, overlapped)


def test_a_recording_is_shown_as_it_is() -> None:
    pose = ReplayPose(
        np.tile(np.eye(3, dtype=np.float32), (24, 1, 1)),
        np.full(10, 4, np.float32),
        np.array([0.9, 0, 0], np.float32),
        Box(30, 20, 25),
        person=True,
    )
    frames = film(*range(8)) + [replace(frame, replay=Replay((pose,))) for frame in film(*range(8), epoch=1)]
    assert_same(*both(lambda: make_engine(Settings(lookahead=3)), frames))


def test_the_next_frame_is_with_the_detector_while_this_one_goes_through_the_network() -> None:
    """Each half waits for the other half of the neighbouring frame."""
    met, frames = threading.Barrier(2, timeout=30), film(*range(6))

    class MeetingTracker(FakeTracker):
        def find(self, frame: Frame) -> Person | None:
            if frame is not frames[0]:
                met.wait()
            return super().find(frame)

    class MeetingRunner(FakeRunner):
        def observe(self, observations):
            if observations[0].person.landmarks_px[0, 0] != frames[-1].index:
                met.wait()
            return super().observe(observations)

    engine = Engine(Settings(lookahead=0), Parts(MeetingRunner(), FakeBody()), tracker=MeetingTracker())
    results = run(overlapped_ticks(engine, iter(frames), StageTimer()), engine)
    assert [result.frame for result in results] == frames


@EACH_WAY
def test_an_error_of_the_source_comes_after_all_frames_before_it(ticks: Callable[..., Ticks]) -> None:
    def pictures() -> Iterator[Frame]:
        yield from film(*range(5))
        raise SourceError("The film breaks off.")

    through: list[int] = []
    with pytest.raises(SourceError, match="breaks off"):
        note(ticks(make_engine(), pictures(), StageTimer()), through)
    assert through == list(range(5))


@EACH_WAY
@pytest.mark.parametrize("half", ["detector", "network"])
def test_an_error_in_either_half_comes_after_all_frames_before_it(
    ticks: Callable[..., Ticks], half: str
) -> None:
    class Breaking(FakeTracker):
        def find(self, frame: Frame) -> Person | None:
            if half == "detector" and frame.index == 5:
                raise Broken
            return super().find(frame)

    class BreakingRunner(FakeRunner):
        def observe(self, observations):
            if half == "network" and observations[0].person.landmarks_px[0, 0] == 5:
                raise Broken
            return super().observe(observations)

    engine = Engine(Settings(lookahead=0), Parts(BreakingRunner(), FakeBody()), tracker=Breaking())
    through: list[int] = []
    with pytest.raises(Broken):
        note(ticks(engine, iter(film(*range(10))), StageTimer()), through)
    assert through == list(range(5))


@pytest.mark.parametrize("count", [1, 3])
def test_who_stops_early_has_the_same_results_and_leaves_no_thread(count: int) -> None:
    before = set(threading.enumerate())
    found = []
    for ticks in WAYS:
        engine, results = make_engine(Settings(lookahead=0)), []
        running = ticks(engine, iter(film(*range(20))), StageTimer())
        for _ in range(count):
            results += next(running)[1]
        running.close()
        found.append(results)
    assert_same(*found)
    assert set(threading.enumerate()) <= before


def test_an_engine_that_was_stopped_early_begins_anew_with_the_next_film() -> None:
    found = []
    for ticks in WAYS:
        engine = make_engine(Settings(lookahead=0))
        running = ticks(engine, iter(film(*range(1)) + film(*range(20), epoch=1)), StageTimer())
        next(running)
        running.close()  # the second source's first frame may have been with the detector
        found.append(run(ticks(engine, iter(film(*range(1, 20), epoch=1)), StageTimer()), engine))
    assert_same(*found)
    assert len(found[1][0].crops) == 1


@EACH_WAY
def test_reading_and_the_stages_of_the_engine_are_counted(ticks: Callable[..., Ticks]) -> None:
    timer, engine = StageTimer(), make_engine(Settings(lookahead=0))
    assert len(run(ticks(engine, iter(film(*range(3))), timer), engine)) == 3
    assert {"capture", "person", "crop", "feature", "temporal", "body"} <= set(timer.summary())
    assert "capture_age" not in timer.summary()


def test_settings_may_change_between_two_films() -> None:
    other = Settings(lookahead=1, variant_a=VariantSettings(NetworkSettings("vibe")))
    found = []
    for ticks in WAYS:
        engine = make_engine(Settings(lookahead=3))
        results = [result for _, own in ticks(engine, iter(film(*range(9))), StageTimer()) for result in own]
        engine.configure(other)
        results += run(ticks(engine, iter(film(*range(9, 20))), StageTimer()), engine)
        found.append(results)
    assert_same(*found)
    assert [result.frame.index for result in found[1]] == list(range(20))
