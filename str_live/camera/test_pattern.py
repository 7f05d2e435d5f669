"""A moving test pattern with the frame's number painted in. Needs no file and no camera."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count

import cv2
import numpy as np

from str_live.camera.pace import Pace
from str_live.camera.source import Source, SourceEnded
from str_live.camera.still import Still
from str_live.messages import Frame
from str_live.settings import SourceSettings


class SyntheticSource(Source):
    """`n_frames` pictures of a disc that wanders over a gradient, at `fps`."""

    live = False

    def __init__(
        self,
        n_frames: int = 300,
        fps: float = 30.0,
        *,
        size: tuple[int, int] = (640, 480),
        loop: bool = False,
        realtime: bool = False,
        epochs: Iterator[int] | None = None,
    ) -> None:
        """`size` is (width, height) in pixels."""
        self.name = "test pattern"
        self.identity = f"synthetic:{n_frames}"
        self.size = size
        self.fps = fps
        self.frame_count: int | None = n_frames
        self.mode = f"{size[0]} x {size[1]} at {fps:.4g} frames/s"
        self._loop = loop
        self._realtime = realtime
        self._epochs = epochs or count()
        self._epoch: int | None = None
        self._index = 0
        self._still: Still | None = None
        self._pace = Pace()

    def open(self) -> None:
        """See Source.open."""
        if self._epoch is None:
            self._rewind()

    def read(self) -> Frame | None:
        """See Source.read."""
        assert self._epoch is not None, "read before open"
        if self._still is not None:
            return self._still.read()
        if self._index >= (self.frame_count or 0):
            if not self._loop:
                raise SourceEnded(self.name)
            if self.frame_count == 1:
                self._still = Still(self._painted(0))
                return self._still.read()
            self._rewind()
        if self._realtime:
            overdue = max(0, int(self._pace.late_s(self._index / self.fps) * self.fps))
            self._index = min(self._index + overdue, (self.frame_count or 1) - 1)
            if not self._pace.wait_for(self._index / self.fps):
                return None
        index = self._index
        self._index += 1
        return self._painted(index)

    def close(self) -> None:
        """See Source.close."""
        self._epoch = self._still = None

    def _painted(self, index: int) -> Frame:
        assert self._epoch is not None
        image = paint_pattern(index, self.size)
        return Frame(image, index, index / self.fps, time.perf_counter_ns(), self._epoch)

    def _rewind(self) -> None:
        self._epoch, self._index = next(self._epochs), 0
        self._pace.restart()


def synthetic_source(settings: SourceSettings, epochs: Iterator[int]) -> SyntheticSource:
    """The source that 'synthetic' or 'synthetic:<pictures>' means."""
    _, _, number = settings.spec.partition(":")
    return SyntheticSource(
        int(number) if number.isdigit() else 300,
        settings.fps,
        loop=settings.loop,
        realtime=settings.realtime,
        epochs=epochs,
    )


def paint_pattern(index: int, size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) uint8 BGR: the picture of number `index`; `size` is (width, height)."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(40, 120, width, dtype=np.uint8)
    image[..., 1] = np.linspace(120, 40, height, dtype=np.uint8)[:, None]
    image[..., 2] = 60
    angle = index * 2 * np.pi / 90
    centre = (int(width * (0.5 + 0.3 * np.cos(angle))), int(height * (0.5 + 0.3 * np.sin(angle))))
    cv2.circle(image, centre, max(4, height // 12), (60, 200, 250), -1, cv2.LINE_AA)
    cv2.putText(image, str(index), (12, height - 16), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    return image
