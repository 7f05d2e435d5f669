"""The program without a window: the same Engine over a source, every frame, then one JSON line. No Qt.

In: Settings and Options of the command line. Out: a recording where one was asked for, and figures on stdout.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from str_live.arguments import Options
from str_live.body_files import BodyFileError
from str_live.camera import Source, SourceError, frames, open_source
from str_live.device import DeviceError, resolve_device
from str_live.engine import Engine
from str_live.front_end import FrontEndChoice, choose_front_end
from str_live.loading import Parts, load_parts, missing_networks
from str_live.messages import AccelerationSample, BodyResult, Frame
from str_live.network_files import WeightsError
from str_live.record import RecordingWriter
from str_live.settings import Settings
from str_live.stats import StageTimer

logger = logging.getLogger(__name__)

KEPT = 100_000
"""Frames whose stage times are kept: an hour."""


class Summary:
    """What a run adds up to. One thread."""

    def __init__(self) -> None:
        self.frames = 0
        self.frames_with_person = 0
        self.timer = StageTimer(KEPT)
        self._samples: list[AccelerationSample] = []
        self._start = time.perf_counter()

    def add(self, results: list[BodyResult]) -> None:
        """Count the results of one tick."""
        for result in results:
            self.frames_with_person += result.person_seen
            if result.acceleration is not None:
                self._samples.append(result.acceleration)

    def figures(self) -> dict[str, Any]:
        """What was counted, ready for JSON."""
        seconds = max(time.perf_counter() - self._start, 1e-9)
        return {
            "frames": self.frames,
            "frames_with_person": self.frames_with_person,
            "fps": round(self.frames / seconds, 2),
            "stages_ms": {
                name: {key: round(value, 3) for key, value in stage.items()}
                for name, stage in self.timer.summary().items()
            },
            "acceleration": self._acceleration(),
        }

    def _acceleration(self) -> dict[str, Any]:
        """Means over the whole run, mm/frame^2 at 30 frames a second."""
        if not self._samples:
            return {"error": {}, "magnitude": {}, "reference": None, "seconds": 0.0}
        times = [sample.time_s for sample in self._samples]
        return {
            "error": _means([sample.error for sample in self._samples]),
            "magnitude": _means([sample.magnitude for sample in self._samples]),
            "reference": self._samples[-1].reference,
            "seconds": round(max(times) - min(times), 3),
        }


def _means(samples: list[dict[str, float]]) -> dict[str, float]:
    """Mean per curve over the samples that have it."""
    curves = dict.fromkeys(name for sample in samples for name in sample)
    return {
        name: round(float(np.mean([sample[name] for sample in samples if name in sample])), 3)
        for name in curves
    }


def run_headless(settings: Settings, options: Options) -> int:
    """Run to the end of the source, `--frames` or Ctrl-C; the process's exit status."""
    source, choice = None, choose_front_end(settings)
    settings = choice.into(settings)
    try:
        source = open_source(settings.source)
        parts = load_parts(settings)
        _check_network(parts, settings, asked="temporal" in options.given)
        engine = Engine(settings, parts)
    except (DeviceError, SourceError, WeightsError, BodyFileError, RuntimeError) as error:
        if source is not None:
            source.close()
        return _complain(error, 2)
    summary, trouble = Summary(), list[str]()
    writer = _start_recording(options, engine, source, trouble)
    try:
        _run(engine, source, options.frames, summary, writer)
    except SourceError as error:
        trouble.append(str(error))
    except KeyboardInterrupt:
        logger.info("stopped by the keyboard")
    finally:
        figures = summary.figures()
        if writer is not None:
            writer.stop()
        engine.close()
    print(json.dumps(_line(options, engine, source, choice, figures)))
    return _complain(" ".join(trouble), 1) if trouble else 0


def _check_network(parts: Parts, settings: Settings, *, asked: bool) -> None:
    """Refuse a network that was asked for and has no weights; where it is the default only, say so."""
    wished = settings.variant_a.network.temporal
    missing = missing_networks(parts.model) if parts.model is not None else {}
    if wished in missing and asked:
        raise WeightsError(missing[wished])
    if wished in missing:
        logger.warning("%s; until then each frame stands alone", missing[wished])


def _run(
    engine: Engine, source: Source, limit: int | None, summary: Summary, writer: RecordingWriter | None
) -> None:
    """Every frame through the engine, its results into the summary and the recording."""
    for frame in _timed(islice(frames(source), limit), summary.timer):
        summary.frames += 1
        _take(engine.process(frame), summary, writer)
        for name, milliseconds in engine.timer.current.items():
            if name != "capture_age":  # the age of a file's picture says nothing
                summary.timer.add(name, milliseconds)
    _take(engine.flush(), summary, writer)


def _take(results: list[BodyResult], summary: Summary, writer: RecordingWriter | None) -> None:
    summary.add(results)
    if writer is not None:
        for result in results:
            writer.put(result, wait=True)


def _timed(pictures: Iterator[Frame], timer: StageTimer) -> Iterator[Frame]:
    """The same frames, the time to read each counted as stage 'capture'."""
    while True:
        with timer.stage("capture"):
            frame = next(pictures, None)
        if frame is None:
            return
        yield frame


def _start_recording(
    options: Options, engine: Engine, source: Source, trouble: list[str]
) -> RecordingWriter | None:
    """The running writer, where a recording was asked for; what goes wrong with it is added to `trouble`."""
    if options.record is None:
        return None

    def on_event(kind: str, text: str) -> None:
        if kind == "error":
            trouble.append(text)

    return RecordingWriter(options.record, engine.recording_info(_where(source)), on_event).start()


def _line(
    options: Options, engine: Engine, source: Source, choice: FrontEndChoice, figures: dict[str, Any]
) -> dict[str, Any]:
    """What is printed."""
    info, model = engine.recording_info(source.identity), engine.parts.model
    recording = options.record if options.record is not None and options.record.exists() else None
    return {
        "source": source.name,
        **figures,
        "lookahead": engine.settings.lookahead,
        "network": asdict(info.settings.variant_a.network),
        "front_end": choice.name,
        "front_end_reason": choice.reason,
        "weights": info.weights,
        "body": info.body,
        "device": resolve_device(engine.settings.device),
        "precision": None if model is None else model.precision.name,
        "recording": None if recording is None else str(recording),
    }


def _where(source: Source) -> str:
    """Where to find the source again: for a file the whole path."""
    path = Path(source.identity)
    return str(path.resolve()) if not source.live and path.exists() else source.identity


def _complain(what: object, status: int) -> int:
    """Say what went wrong on stderr, in one line."""
    print(f"main.py: {what}", file=sys.stderr)
    return status
