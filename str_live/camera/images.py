"""A folder of pictures as a film. In: a folder or one picture's path, out: Frame."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from str_live.camera.kinds import IMAGE_SUFFIXES
from str_live.camera.pace import Pace
from str_live.camera.source import SourceEnded, SourceError
from str_live.messages import Frame
from str_live.settings import SourceSettings

logger = logging.getLogger(__name__)

DEFAULT_FPS = 30.0


class ImagesSource:
    """The pictures of a folder in natural order (2 before 10), at `settings.fps`; sizes may differ.

    A picture that cannot be read is left out, with a warning, and counted in `unreadable`; its place in time
    stays empty.
    """

    live = False

    def __init__(self, settings: SourceSettings, epochs: Iterator[int]) -> None:
        self._settings = settings
        self._epochs = epochs
        self._paths: list[Path] = []
        self._position = 0
        self._epoch = 0
        self._pace = Pace()
        self._pending: Frame | None = None
        self._unreadable: set[Path] = set()
        self.name = Path(settings.spec).name or settings.spec
        self.identity = settings.spec
        self.notice = ""
        self.mode = ""
        self.size = (0, 0)
        self.fps = settings.fps if settings.fps > 0 else DEFAULT_FPS
        self.frame_count: int | None = None

    @property
    def unreadable(self) -> int:
        """Pictures that could not be read."""
        return len(self._unreadable)

    def open(self) -> None:
        """See Source.open; reads the first picture."""
        if self._paths:
            return
        self._paths = _pictures_in(Path(self._settings.spec))
        self.frame_count = len(self._paths)
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
        if self._pending is None:
            self._pending = self._next_frame() or self._rewound()
        frame = self._pending
        if self._settings.realtime:
            overdue = int(self._pace.late_s(frame.time_s) * self.fps)
            if overdue > 0:
                self._position = min(self._position + overdue - 1, len(self._paths))
                frame = self._pending = self._next_frame() or frame
            if not self._pace.wait_for(frame.time_s):
                return None
        self._pending = None
        return Frame(frame.image, frame.index, frame.time_s, time.perf_counter_ns(), frame.epoch)

    def close(self) -> None:
        """See Source.close."""
        self._paths, self._pending = [], None

    def _rewind(self) -> None:
        self._position, self._epoch = 0, next(self._epochs)
        self._pace.restart()

    def _rewound(self) -> Frame:
        """The first picture again, or SourceEnded."""
        if not self._settings.loop:
            raise SourceEnded(self.name)
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
                return Frame(image, index, index / self.fps, time.perf_counter_ns(), self._epoch)
            if path not in self._unreadable:
                self._unreadable.add(path)
                logger.warning("%s cannot be read as a picture and is left out", path)
        return None


def read_image(path: Path) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, turned as the file's EXIF says, or None where it cannot be read."""
    try:
        content = np.fromfile(path, np.uint8)  # cv2.imread takes no umlauts in paths on Windows
        return cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except (OSError, cv2.error):
        return None


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sorts 'image2' before 'image10'."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _pictures_in(place: Path) -> list[Path]:
    """The picture itself, or those of a folder in natural order; SourceError where there are none."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise SourceError(f"There is no folder {place}: check the path.")
    try:
        paths = [path for path in place.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES]
    except OSError as error:
        raise SourceError(f"The folder {place} cannot be read: {error.strerror}.") from error
    if not paths:
        kinds = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
        raise SourceError(f"The folder {place} holds no pictures: choose one with files of type {kinds}.")
    return sorted(paths, key=natural_key)
