"""What an export runs headless before it writes: a film's range into a recording, a recording into a film."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from str_live.camera import open_source
from str_live.camera.kinds import kind_of
from str_live.camera.transport import transport_of
from str_live.export import ExportError
from str_live.film.choice import FilmChoice
from str_live.live.command_line import parse_arguments
from str_live.live.job import run_job
from str_live.seconds import Seconds
from str_live.settings import Settings, SourceSettings, StreamSettings


@dataclass(frozen=True, slots=True)
class FilmOrder:
    """A film that is wanted of a source."""

    path: Path
    choice: FilmChoice


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a recording or film is."""

    frames: int
    seconds: float
    """From the first frame to the last."""
    fps: float


def is_recording(source: Path) -> bool:
    """Whether bodies are in it already, and not to be found first."""
    return kind_of(str(source)) == "recording"


def measure(source: Path) -> Extent:
    """The extent of a film or folder; SourceError where it cannot be opened."""
    opened = open_source(SourceSettings(spec=str(source), loop=False, realtime=False))
    try:
        transport = transport_of(opened)
        seconds = 0.0 if transport is None else transport.position.duration_s or 0.0
        return Extent(opened.frame_count or round(seconds * opened.fps), seconds, opened.fps)
    finally:
        opened.close()


def run(
    source: Path,
    settings: Settings,
    range_s: Seconds,
    *,
    record: Path | None,
    film: FilmOrder | None,
    progress: Callable[[int, int | None], None],
    cancelled: threading.Event,
) -> None:
    """Write recording and film of a range, in a process of its own. ExportError with what went wrong.

    Nothing stays of a run that was cancelled.
    """
    options = replace(
        parse_arguments(["--headless"])[1],
        record=record,
        film=None if film is None else film.path,
        film_choice=FilmChoice() if film is None else film.choice,
        range_s=None if range_s == (0.0, math.inf) else range_s,
        overwrite=True,
    )
    source_settings = replace(settings.source, spec=str(source), loop=False, realtime=False)
    settings = replace(settings, source=source_settings, stream=StreamSettings(), compare=False)
    end = run_job(settings, options, progress, cancelled)
    made = [path for path in (options.record, options.film) if path is not None]
    if cancelled.is_set():
        for path in made:
            path.unlink(missing_ok=True)
    elif end.troubles or not all(path.exists() for path in made):
        raise ExportError(" ".join(end.troubles) or f"{source.name} gave no picture: nothing was written.")
