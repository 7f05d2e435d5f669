"""Runs an Engine over pictures in order. In: pictures, out: each with the results that it completes.

Headless runs and Python programs overlap the halves of successive frames; the results are the serial ones.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from str_live.camera import SourceError
from str_live.live.detector_half import Detected
from str_live.live.detector_thread import DetectorThread
from str_live.live.engine import Engine
from str_live.messages import BodyResult, Frame
from str_live.stats import StageTimer

Ticks = Generator[tuple[Frame, list[BodyResult]], None, None]
"""Frames in order, each with the results that it completes. Who leaves off before the end closes it."""


def serial_ticks(engine: Engine, pictures: Iterator[Frame], timer: StageTimer) -> Ticks:
    """One frame after the other; what their stages took, reading included, goes to `timer`."""
    while (frame := _read(pictures, timer)) is not None:
        results = engine.process(frame)
        _note_stages(engine, timer)
        yield frame, results


def overlapped_ticks(engine: Engine, pictures: Iterator[Frame], timer: StageTimer) -> Ticks:
    """The same, while the people of the next frame are being found on another thread.

    Pictures are read one frame ahead. An error, in reading too, comes when all frames before it are through.
    """
    detected, unreadable = None, None
    with DetectorThread[Detected]() as thread:
        frame = _read(pictures, timer)
        while frame is not None:
            thread.begin(lambda frame=frame: engine.detect(frame))
            if detected is not None:
                yield detected.frame, _infer(engine, detected, timer)
            try:
                frame = _read(pictures, timer)
            except SourceError as error:
                frame, unreadable = None, error
            detected = thread.result()
    if detected is not None:
        yield detected.frame, _infer(engine, detected, timer)
    if unreadable is not None:
        raise unreadable


def _read(pictures: Iterator[Frame], timer: StageTimer) -> Frame | None:
    """The next picture; None at the end."""
    timer.new_tick()
    with timer.stage("capture"):
        return next(pictures, None)


def _infer(engine: Engine, detected: Detected, timer: StageTimer) -> list[BodyResult]:
    """The network's half of a tick."""
    results = engine.infer(detected)
    _note_stages(engine, timer)
    return results


def _note_stages(engine: Engine, timer: StageTimer) -> None:
    """What the stages of the engine's last tick took."""
    for name, milliseconds in engine.timer.current.items():
        if name != "capture_age":  # the age of a file's picture says nothing
            timer.add(name, milliseconds)
