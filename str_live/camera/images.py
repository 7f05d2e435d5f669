"""A folder of pictures as a film. In: a folder or one picture's path, out: Frame."""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from str_live.camera.kinds import IMAGE_SUFFIXES, UNREADABLE_IMAGE_SUFFIXES, VIDEO_SUFFIXES
from str_live.camera.pace import Pace, gap_text
from str_live.camera.picture_file import read_image
from str_live.camera.source import Source, SourceEnded, SourceError
from str_live.camera.still import Still
from str_live.camera.transport import Playback, Transport
from str_live.messages import Frame
from str_live.settings import SourceSettings

logger = logging.getLogger(__name__)

DEFAULT_FPS = 30.0
_CONVERT = "convert to JPEG first (with `magick mogrify -format jpg *.heic`, or on a Mac in Preview)"


class ImagesSource(Source):
    """The pictures of a folder in natural order (2 before 10), at `settings.fps`; sizes may differ.

    A picture that cannot be read is left out, with a warning, and counted in `unreadable`; its place in time
    stays empty. A single one is not played again and again but stays. Times are divided by
    `settings.slow_motion`, played at `settings.fps`.
    """

    live = False

    def __init__(self, settings: SourceSettings, epochs: Iterator[int]) -> None:
        self._settings = settings
        self._epochs = epochs
        self._paths: list[Path] = []
        self._position = 0
        self._epoch = 0
        self._pace = Pace()
        self.transport = Transport()
        self._playback = Playback(self.transport)
        self._pending: Frame | None = None
        self._newest: Frame | None = None
        self._still: Still | None = None
        self._given = 0
        """Pictures since the beginning of this round."""
        self._unreadable: set[Path] = set()
        self.name = Path(settings.spec).name or settings.spec
        self.identity = settings.spec
        self.fps = settings.fps if settings.fps > 0 else DEFAULT_FPS

    @property
    def unreadable(self) -> int:
        """Pictures that could not be read."""
        return len(self._unreadable)

    def open(self) -> None:
        """See Source.open; reads the first picture."""
        if self._paths:
            return
        self._paths, left_out = _pictures_of(Path(self._settings.spec))
        self._notify(left_out)
        self.frame_count = len(self._paths)
        self.transport.duration_s = self.frame_count / self.fps / self._settings.slow_motion
        self._rewind()
        self._pending = self._next_frame()
        if self._pending is None:
            self.close()
            raise SourceError(f"None of the pictures in {self.name} can be read: are they damaged?")
        width, height = self.size
        self.mode = f"{self.frame_count} pictures, the first {width} x {height}, at {self.fps:.4g} frames/s"

    def read(self) -> Frame | None:
        """See Source.read."""
        assert self._paths, "read before open"
        if self._still is not None:
            return self._still.read()
        if self._pending is None:
            self._pending = self._next_frame()
        begin = self._playback.jump(self._pending and self._pending.time_s)
        if begin is not None:
            self._pending = self._jump(begin * self._settings.slow_motion)
        if self._pending is None:
            if self._playback.stays_at_end():
                return None
            self._pending = self._after_the_end()
        frame = self._pending
        if self._still is None and self._playback.holds(frame.time_s):
            return None
        self._pace.set_speed(self.transport.position.speed)
        if self._settings.realtime and self._still is None and not self._playback.settling:
            frame = self._due(frame)
            if frame is None:
                return None
        self._pending, self._newest = None, frame
        return replace(frame, captured_ns=time.perf_counter_ns())

    def close(self) -> None:
        """See Source.close."""
        self._paths, self._pending, self._newest, self._still = [], None, None, None

    def _jump(self, time_s: float) -> Frame | None:
        """The first picture at or after `time_s` seconds that can be read, in a new epoch."""
        self._position = min(max(0, math.ceil(time_s * self.fps - 1e-6)), len(self._paths) - 1)
        self._epoch = next(self._epochs)
        self._pace.restart()
        return self._next_frame()

    def _rewind(self) -> None:
        self._position, self._given, self._epoch = 0, 0, next(self._epochs)
        self._pace.restart(after_s=len(self._paths) / self.fps)

    def _due(self, frame: Frame) -> Frame | None:
        """The pending frame, or a later one that is due already; None while there is still time."""
        media_s = frame.index / self.fps
        seconds = self._pace.skip_gap(media_s, 1 / self.fps)
        if seconds:
            self._notify(gap_text(self.name, seconds))
        overdue = int(self._pace.late_s(media_s) * self.fps)
        if overdue > 0:
            self._position = min(self._position + overdue - 1, len(self._paths))
            frame = self._pending = self._next_frame() or frame
        return frame if self._pace.wait_for(frame.index / self.fps) else None

    def _after_the_end(self) -> Frame:
        """What follows the last picture: SourceEnded, the first one again, or the only one as a still."""
        if not self._settings.loop:
            raise SourceEnded(self.name)
        if self._newest is not None and self._given == 1:
            self._still = Still(self._newest)
            return self._still.read()
        self._rewind()
        frame = self._next_frame()
        if frame is None:
            raise SourceError(f"The pictures in {self.name} can no longer be read: was the folder changed?")
        return frame

    def _next_frame(self) -> Frame | None:
        """The next readable picture, or None at the end."""
        while self._position < len(self._paths):
            index, path = self._position, self._paths[self._position]
            self._position += 1
            image = read_image(path)
            if image is not None:
                self.size = (image.shape[1], image.shape[0])
                self._given += 1
                time_s = index / self.fps / self._settings.slow_motion
                return Frame(image, index, time_s, time.perf_counter_ns(), self._epoch)
            if path not in self._unreadable:
                self._unreadable.add(path)
                logger.warning("%s cannot be read as a picture and is left out", path)
        return None

    def _notify(self, sentence: str) -> None:
        """Add the sentence to the notice, once."""
        if sentence and sentence not in self.notice:
            logger.warning("%s", sentence)
            self.notice = f"{self.notice} {sentence}".strip()


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sorts 'image2' before 'image10'."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def pictures_in(folder: Path) -> list[Path]:
    """The pictures right in a folder, 2 before 10; without hidden files, which Macs leave beside each."""
    return sorted(_of_type(folder, IMAGE_SUFFIXES), key=natural_key)


def _of_type(folder: Path, suffixes: set[str]) -> list[Path]:
    """Files of the folder that are not hidden, by their suffix."""
    return [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file()
    ]


def _pictures_of(place: Path) -> tuple[list[Path], str]:
    """The picture itself or those of a folder, and a notice or ''; SourceError where there are none."""
    if place.suffix.lower() in UNREADABLE_IMAGE_SUFFIXES and place.is_file():
        raise SourceError(f"{place.name} is a picture of a type that cannot be read: {_CONVERT}.")
    if place.is_file():
        return [place], ""
    if not place.is_dir():
        raise SourceError(f"There is no folder {place}: check the path.")
    try:
        paths, foreign = pictures_in(place), _of_type(place, UNREADABLE_IMAGE_SUFFIXES)
        films = _of_type(place, VIDEO_SUFFIXES)
    except OSError as error:
        raise SourceError(f"The folder {place} cannot be read: {error.strerror}.") from error
    what = _pictures_in_words(foreign)
    if paths:
        return (
            paths,
            f"{what} in {place.name} cannot be read and are left out: {_CONVERT}." if foreign else "",
        )
    if foreign:
        raise SourceError(f"The folder {place} holds {what}, which cannot be read: {_CONVERT}.")
    if films:
        raise SourceError(
            f"The folder {place} holds no pictures but films: choose one, such as {films[0].name}."
        )
    kinds = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
    raise SourceError(f"The folder {place} holds no pictures: choose one with files of type {kinds}.")


def _pictures_in_words(paths: list[Path]) -> str:
    """'12 pictures of type HEIC'."""
    types = ", ".join(sorted({path.suffix[1:].upper() for path in paths}))
    return f"{len(paths)} picture{'s' if len(paths) > 1 else ''} of type {types}"
