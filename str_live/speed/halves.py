"""What overlapping the halves of a tick brings, and what more people cost after the detector.

In: Settings and pictures. Out: ratios. Headless runs and the window overlap the halves: the detector has the
next frame while this one goes through the network. Serial and overlapped ticks take turns, round by round of
the same pictures, and one, two and four people take turns within each frame, so that a busy machine slows all
alike. Of the people's cost the thread's processor time counts, which waiting for a core does not stretch.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from str_live.camera import frames, open_source
from str_live.live.detector_half import Detected
from str_live.live.engine import Engine
from str_live.live.ticks import Ticks, overlapped_ticks, serial_ticks
from str_live.messages import BodyResult, Frame, Person
from str_live.person.tracker import PersonTracker
from str_live.settings import Settings
from str_live.speed.ticks import WARM_UP
from str_live.stats import StageTimer
from str_live.weights.load import load_parts

WAYS: dict[str, Callable[[Engine, Iterator[Frame], StageTimer], Ticks]] = {
    "serial": serial_ticks,
    "overlapped": overlapped_ticks,
}
ROUND = 30
"""Frames of a round. An overlapped round begins and ends with one half alone, which counts."""
COUNTS = (1, 2, 4)
"""Numbers of people whose cost is compared."""


class TimedEngine(Engine):
    """An Engine that notes for how long each frame was with it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.latencies_ms: list[float] = []
        """From the beginning of the detector's half to the end of the network's, of each frame."""
        self._begun: dict[int, float] = {}

    def detect(self, frame: Frame) -> Detected:
        """As Engine's."""
        self._begun[id(frame)] = time.perf_counter()
        return super().detect(frame)

    def infer(self, detected: Detected) -> list[BodyResult]:
        """As Engine's."""
        results = super().infer(detected)
        self.latencies_ms.append((time.perf_counter() - self._begun.pop(id(detected.frame))) * 1e3)
        return results


def time_ways(
    engines: dict[str, TimedEngine], pictures: dict[str, Iterator[Frame]], rounds: int
) -> dict[str, list[dict[str, float]]]:
    """Milliseconds of each round by way: a whole tick, the halves' and the reading's own, and the latency.

    Both dicts are by the names of WAYS. The first round only warms up.
    """
    times: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for number in range(rounds + 1):
        for name in list(WAYS) if number % 2 else reversed(list(WAYS)):
            row = _time_round(WAYS[name], engines[name], islice(pictures[name], ROUND))
            if number > 0:
                times[name].append(row)
    return times


def _time_round(
    way: Callable[..., Ticks], engine: TimedEngine, pictures: Iterator[Frame]
) -> dict[str, float]:
    timer, start = StageTimer(), time.perf_counter()
    engine.latencies_ms.clear()
    ticks = sum(1 for _ in way(engine, pictures, timer))
    tick = (time.perf_counter() - start) * 1e3 / ticks
    medians = {name: stage["median"] for name, stage in timer.summary().items()}
    detector, reading = medians["person"], medians["capture"]
    return {
        "tick": tick,
        "detector": detector,
        "reading": reading,
        "latency": statistics.median(engine.latencies_ms),
    }


def overlap_figures(times: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    """Medians of the rounds' own ratios and differences."""
    pairs = list(zip(times["serial"], times["overlapped"], strict=True))
    bounds = [one["tick"] / max(one["detector"], one["tick"] - one["detector"]) for one, _ in pairs]
    return {
        "serial tick, ms": statistics.median(one["tick"] for one, _ in pairs),
        "of that the detector, ms": statistics.median(one["detector"] for one, _ in pairs),
        "overlapped tick, ms": statistics.median(other["tick"] for _, other in pairs),
        "serial / overlapped": statistics.median(one["tick"] / other["tick"] for one, other in pairs),
        "the same, were both halves as fast as alone": statistics.median(bounds),
        "latency of a serial tick, ms": statistics.median(one["latency"] for one, _ in pairs),
        "more of an overlapped one, ms": statistics.median(
            other["latency"] - one["latency"] for one, other in pairs
        ),
    }


def time_people(
    engines: dict[int, Engine], frames: Sequence[tuple[Frame, Person]], warm_up: int
) -> dict[int, list[float]]:
    """Milliseconds of the network's half by number of people, one entry a frame.

    `frames` come with a person who stands for all of them. The first `warm_up` do not count.
    """
    counts = list(engines)
    times: dict[int, list[float]] = {count: [] for count in counts}
    for number, (frame, person) in enumerate(frames):
        first = number % len(counts)
        for count in counts[first:] + counts[:first]:
            everybody = dict.fromkeys(range(1, count + 1), person)
            detected = Detected(frame, everybody, 1, 1, {})
            start = time.thread_time()
            engines[count].infer(detected)
            if number >= warm_up:
                times[count].append((time.thread_time() - start) * 1e3)
    return times


def people_figures(times: dict[int, list[float]]) -> dict[str, float]:
    """The cost of one person, and medians of the frames' own ratios to it."""
    one = times[1]
    ratios = {
        f"{count} people / 1": statistics.median(a / b for a, b in zip(times[count], one, strict=True))
        for count in times
        if count > 1
    }
    return {"after the detector, 1 person, ms": statistics.median(one), **ratios}


def measure_halves(settings: Settings, count: int) -> dict[str, dict[str, float]]:
    """Both comparisons on about `count` frames of the settings' source, ready for JSON."""
    parts, sources = load_parts(settings), [open_source(settings.source) for _ in range(3)]
    engines = {name: TimedEngine(settings, parts) for name in WAYS}
    try:
        for engine in engines.values():
            engine.warm_up()
        pictures = {name: frames(source) for name, source in zip(WAYS, sources, strict=False)}
        ways = time_ways(engines, pictures, max(count // ROUND, 1))
        masked = parts.runner is not None and parts.runner.info.needs_mask
        known = _with_person(frames(sources[-1]), count + WARM_UP, segmentation=masked)
        people = time_people({number: Engine(settings, parts) for number in COUNTS}, known, WARM_UP)
    finally:
        for closing in (*engines.values(), *sources):
            closing.close()
    return {"serial and overlapped": overlap_figures(ways), "more people": people_figures(people)}


def _with_person(pictures: Iterator[Frame], count: int, *, segmentation: bool) -> list[tuple[Frame, Person]]:
    """The first `count` pictures, as far as somebody is in them."""
    with PersonTracker(segmentation=segmentation) as tracker:
        found = [(frame, tracker.find(frame)) for frame in islice(pictures, count)]
    return [(frame, person) for frame, person in found if person is not None]


def as_text(found: dict[str, dict[str, float]]) -> str:
    """The figures as lines of text."""
    lines = []
    for title, figures in found.items():
        lines += ["", title, *(f"  {name:46}{value:8.2f}" for name, value in figures.items())]
    return "\n".join(lines[1:])
