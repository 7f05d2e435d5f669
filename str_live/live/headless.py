"""The program without a window: the same Engine over a source, every frame, then one JSON line. No Qt.

In: Settings and Options of the command line. Out: a recording and a film where they were asked for, and
figures on stdout.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from str_live.body.smpl_files import BodyFileError
from str_live.camera import Source, SourceError, frames, open_source
from str_live.console import complain, program_name, say
from str_live.film.painter import Staging
from str_live.film.recorder import FilmRecorder
from str_live.live.command_line import Options
from str_live.live.engine import Engine
from str_live.live.estimator import BodyEstimator
from str_live.live.excerpt import Excerpt
from str_live.live.progress import on_terminal, progress_bar
from str_live.live.summary import PeopleSummary, Summary
from str_live.messages import BodyResult, Frame
from str_live.network.device import DeviceError, resolve_device
from str_live.record import CannotRecord, Recorder, RecordingWriter, people_files, recorder_of
from str_live.seconds import Seconds
from str_live.settings import Settings
from str_live.stopping import Stopping
from str_live.stream.contract import StreamError
from str_live.stream.senders import StreamSenders
from str_live.stream.status import SenderStatus
from str_live.weights.choose import choose_front_end
from str_live.weights.load import Parts, load_parts, missing_networks
from str_live.weights.own import WeightsError

logger = logging.getLogger(__name__)

Report = Callable[[dict[str, Any] | None, list[str]], None]
"""Takes the line of JSON, None where a run could not begin, and sentences of what went wrong."""
PEOPLE = 1
"""Followed where no number is chosen: results must not depend on how fast the computer is."""
Progress = Callable[[int, int | None], None]
UNUSABLE = (DeviceError, SourceError, WeightsError, BodyFileError, CannotRecord, StreamError, RuntimeError)
"""What is raised where something given cannot be used; the message says what to do."""


def run_headless(
    settings: Settings, options: Options, stopping: Stopping | None = None, *, bar: bool | None = None
) -> int:
    """Run to the end of the source, `--frames` or the wish to stop; the process's exit status.

    0; 1 where something went wrong on the way; 2 where something given cannot be used; 128 and the signal's
    number where a signal ended it. `bar`: show how far it is; None: where stderr is a terminal.
    """
    return Run(settings, options, stopping or Stopping(), bar=on_terminal() if bar is None else bar).run()


def report(line: dict[str, Any] | None, troubles: list[str]) -> None:
    """Print what a run did (None: it could not begin) and what went wrong."""
    if line is not None:
        say(json.dumps(line))
    if troubles:
        complain(f"{program_name()}: {' '.join(troubles)}")


class Run:
    """One run, whose end can be told at any time: the main thread's, but for `end`."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        stopping: Stopping,
        *,
        bar: bool,
        title: str = "",
        parts: Parts | None = None,
        report: Report = report,
        progress: Progress | None = None,
    ) -> None:
        """`title` stands before the bar. `report` gets what is to be printed, once, by `end`.

        `progress` is called after each picture with their number so far, and that of all where it is known.
        """
        self._progress = progress
        self._excerpt: Excerpt | None = None
        self._bar, self._title, self._report = bar, title, report
        self.parts = parts
        """Network and body, which the run loads where they are not given."""
        self._choice = choose_front_end(settings)
        settings = replace(settings, people=settings.people or PEOPLE)
        self._settings, self._options, self._stopping = self._choice.into(settings), options, stopping
        self._source: Source | None = None
        self._bodies: BodyEstimator | None = None
        self._writers: list[RecordingWriter] = []
        self._summary, self._people_summary = Summary(), PeopleSummary()
        self._trouble = list[str]()
        self._streams = StreamSenders(self._trouble.append)
        self._ending, self._status = threading.Lock(), None
        stopping.on_overdue = self.end

    def run(self) -> int:
        """All of it; the exit status."""
        try:
            self._prepare()
        except UNUSABLE as error:
            if self._source is not None:
                self._source.close()
            self._streams.stop()
            self._stop_writers()
            self._report(None, [str(error)])
            return 2
        try:
            self._process()
        except SourceError as error:
            self._trouble.append(str(error))
        finally:
            self._stopping.acknowledge()
            status = self.end()
            if self._bodies is not None:
                self._bodies.close()
        return status

    def end(self) -> int:
        """Finish the recording and say what was done, once; the exit status. Any thread.

        The other threads may hang: nothing of theirs is waited for but what is written.
        """
        with self._ending:
            if self._status is None:
                figures = self._summary.figures(self._bodies.engine.meter.reason if self._bodies else "")
                self._stop_writers()
                line = self._line(figures)
                self._status = 1 if self._trouble else self._stopping.status
                self._report(line, self._trouble)
            return self._status

    def _prepare(self) -> None:
        """Open and load what the settings ask for, step by step until the wish to stop."""
        for step in (self._open, self._load, self._start_streams, self._start_recording, self._start_film):
            if self._stopping.requested:
                return
            step()

    def _open(self) -> None:
        self._source = open_source(self._settings.source)
        if self._options.range_s is not None:
            after_s = self._settings.lookahead / 30
            self._excerpt = Excerpt(self._source, self._options.range_s, after_s=after_s)

    def _load(self) -> None:
        if self.parts is None:
            self.parts = load_parts(self._settings)
            _check_network(self.parts, self._settings, asked="temporal" in self._options.given)
        self._bodies = BodyEstimator(settings=self._settings, parts=self.parts)

    def _start_streams(self) -> None:
        """Start the streams that were asked for; StreamError where one cannot be."""
        assert self._bodies is not None
        body = self._bodies.engine.parts.body
        troubles = [] if body is None else self._streams.configure(self._settings.stream, body)
        if troubles:
            raise StreamError(" ".join(troubles))

    def _start_recording(self) -> None:
        """Start the writer, where a recording was asked for; what goes wrong with it is trouble."""
        if self._options.record is not None:
            recorder = recorder_of(self._settings.people, overwrite=self._options.overwrite)
            self._writers.append(self._start_writer(self._options.record, recorder))

    @property
    def _several(self) -> bool:
        """Whether more than one person may be followed."""
        return self._settings.people > 1

    def _start_film(self) -> None:
        """The same for a film. Raises CannotRecord where none can be made."""
        if self._options.film is None:
            return
        recorder = FilmRecorder(self._staging, self._options.film_choice, overwrite=self._options.overwrite)
        writer = self._start_writer(self._options.film, recorder)
        self._writers.append(writer)
        if not writer.has_begun():
            self._stop_writers()
            raise CannotRecord(" ".join(self._trouble))

    def _start_writer(self, path: Path, recorder: Recorder) -> RecordingWriter:
        assert self._bodies is not None
        assert self._source is not None

        def on_event(kind: str, text: str) -> None:
            if kind == "error":
                self._trouble.append(text)

        info = self._bodies.engine.recording_info(_where(self._source))
        return RecordingWriter(path, info, on_event, recorder=recorder).start()

    def _stop_writers(self) -> None:
        """Wait until all is on the disk."""
        for writer in self._writers:
            writer.stop(timeout=None)

    def _staging(self) -> Staging:
        """What the film must know beside the results. The film's thread asks."""
        assert self._bodies is not None
        engine, body = self._bodies.engine, self._bodies.engine.parts.body
        mesh = None if body is None else (np.asarray(body.faces, np.int32), np.asarray(body.vertex_joint))
        return Staging(mesh, engine.running, reason=engine.meter.reason)

    def _process(self) -> None:
        """Every frame through the engine, its results into the summary and the recording."""
        bodies, source, summary = self._bodies, self._source, self._summary
        if bodies is None or source is None:
            return
        excerpt, until = self._excerpt, lambda: self._stopping.requested
        pictures = frames(source, until=until) if excerpt is None else excerpt.frames(until)
        total = source.frame_count if excerpt is None else excerpt.frame_count
        with progress_bar(shown=self._bar, title=self._title) as bar:
            for frame, results in bodies.ticks(islice(pictures, self._options.frames), summary.timer):
                self._take([result for result in results if self._wanted(result.frame)])
                if frame is not None and self._wanted(frame):
                    summary.frames += 1
                    bar.total = _fewest(self._options.frames, total)
                    bar.update()
                    if self._progress is not None:
                        self._progress(summary.frames, bar.total)

    def _wanted(self, frame: Frame) -> bool:
        return self._excerpt is None or self._excerpt.holds(frame)

    def _take(self, results: list[BodyResult]) -> None:
        self._summary.add(results)
        if self._several:
            self._people_summary.add(results)
        for result in results:
            self._streams.put(result)
        for writer in self._writers:
            for result in results:
                writer.put(result, wait=True)

    def _line(self, figures: dict[str, Any]) -> dict[str, Any]:
        """What is printed; None where the run was stopped before it was known."""
        engine, source = self._bodies and self._bodies.engine, self._source
        return {
            "source": None if source is None else source.name,
            "range": None if self._options.range_s is None else _range_of(self._options.range_s),
            **figures,
            **({"people": self._people_figures()} if self._several else {}),
            "pictures_unreadable": 0 if source is None else source.unreadable,
            "people_followed": self._settings.people,
            "lookahead": self._settings.lookahead,
            **(_NOTHING_RAN if engine is None else _what_ran(engine)),
            "front_end": self._choice.name,
            "front_end_reason": self._choice.reason,
            "streams": {status.name: _stream_line(status) for status in self._streams.stop()},
            "recording": self._made(self._options.record),
            "film": self._made(self._options.film),
            "stopped": self._stopping.name or None,
        }

    def _people_figures(self) -> list[dict[str, Any]]:
        """What was counted of each person, and where his recording is."""
        together = self._made(self._options.record)
        files = {} if together is None else people_files(Path(together))
        return [
            {**one, "recording": str(files[one["number"]]) if one["number"] in files else None}
            for one in self._people_summary.figures()
        ]

    def _made(self, path: Path | None) -> str | None:
        """The path of what was written as `path`: another one where that was taken meanwhile."""
        saved = [writer.saved for writer in self._writers if writer.path == path]
        return str(saved[0]) if saved and saved[0] is not None else None


def _range_of(range_s: Seconds) -> list[float | None]:
    """From and to, seconds; None for the end of the source: JSON knows nothing infinite."""
    return [end if math.isfinite(end) else None for end in range_s]


def _stream_line(status: SenderStatus) -> dict[str, Any]:
    """What a stream did, for the printed line."""
    return {"to": status.address, "sent": status.sent, "age_ms": round(status.age_ms, 1)}


def _fewest(*numbers: int | None) -> int | None:
    """The smallest of those that are known."""
    return min((number for number in numbers if number is not None), default=None)


_NOTHING_RAN: dict[str, Any] = dict.fromkeys(("network", "weights", "body", "device", "precision"))


def _what_ran(engine: Engine) -> dict[str, Any]:
    """Network, weights, body, device and precision in use, for the printed line."""
    info, runner = engine.recording_info(""), engine.parts.runner
    return {
        "network": asdict(info.settings.variant_a.network),
        "weights": info.weights,
        "body": info.body,
        "device": resolve_device(engine.settings.device),
        "precision": None if runner is None else runner.info.precision,
    }


def _check_network(parts: Parts, settings: Settings, *, asked: bool) -> None:
    """Refuse a network that was asked for and has no weights; where it is the default only, say so."""
    wished = settings.variant_a.network.temporal
    missing = missing_networks(parts.runner.info) if parts.runner is not None else {}
    if wished in missing and asked:
        raise WeightsError(missing[wished])
    if wished in missing:
        logger.warning("%s; until then each frame stands alone", missing[wished])


def _where(source: Source) -> str:
    """Where to find the source again: for a file the whole path."""
    path = Path(source.identity)
    return str(path.resolve()) if not source.live and path.exists() else source.identity
