"""Video files, at their own speed or as fast as they can be read. In: a path, out: Frame."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from str_live.camera.kinds import is_url
from str_live.camera.pace import Pace
from str_live.camera.source import SourceEnded, SourceError
from str_live.messages import BodyTruth, Frame
from str_live.settings import SourceSettings

logger = logging.getLogger(__name__)

DEFAULT_FPS = 30.0
SLACK_S = 0.05
"""Less than this overdue, pictures are given in quick succession rather than left out."""


class VideoSource:
    """A video file. Rotation stated in the file is applied; the picture's own time stamps are kept.

    At the end it starts again with a new epoch (`settings.loop`) or raises SourceEnded. With
    `settings.realtime` pictures come when they are due, and those that are overdue by more than a picture
    are left out.
    """

    live = False

    def __init__(
        self, settings: SourceSettings, epochs: Iterator[int], *, truth: np.ndarray | None = None
    ) -> None:
        """`settings.spec` is the path; `truth`: (N, 24, 3) metres, camera frame, one entry a picture."""
        self._settings = settings
        self._epochs = epochs
        self._truth = truth
        self._capture: cv2.VideoCapture | None = None
        self._pace = Pace()
        self._pending: Frame | None = None
        self._index = -1
        self._time_s = 0.0
        self._epoch = 0
        self.name = Path(settings.spec.partition("?")[0] if is_url(settings.spec) else settings.spec).name
        self.identity = settings.spec
        self.notice = ""
        self.mode = ""
        self.size = (0, 0)
        self.fps = 0.0
        self.frame_count: int | None = None

    def open(self) -> None:
        """See Source.open; reads the first picture, so that a file without any is refused here."""
        if self._capture is not None:
            return
        self._start()
        capture = self._capture
        assert capture is not None
        stated = capture.get(cv2.CAP_PROP_FPS)
        self.fps = stated if 0.1 < stated < 1000 else DEFAULT_FPS
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.frame_count = count if count > 0 else None
        self._pending = self._next_frame()
        if self._pending is None:
            self.close()
            raise SourceError(f"{self.name} holds no readable picture: choose another video file.")
        width, height = self.size
        self.mode = f"{width} x {height} at {self.fps:.4g} frames/s"

    def read(self) -> Frame | None:
        """See Source.read."""
        if self._pending is None:
            self._pending = self._next_frame() or self._rewound()
        if self._settings.realtime:
            self._skip_overdue()
            if not self._pace.wait_for(self._pending.time_s):
                return None
        frame, self._pending = self._pending, None
        return self._stamped(frame) if self._settings.realtime else frame

    def close(self) -> None:
        """See Source.close."""
        if self._capture is not None:
            self._capture.release()
        self._capture, self._pending = None, None

    def _start(self) -> None:
        """Open the file at its beginning, as a new epoch."""
        _check_file(self._settings.spec)
        capture = cv2.VideoCapture(self._settings.spec, cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"{self.name} is not a video that can be read: convert it to MP4 (H.264).")
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self._capture = capture
        self._index, self._time_s = -1, 0.0
        self._epoch = next(self._epochs)
        self._pace.restart()

    def _rewound(self) -> Frame:
        """The first picture again, or SourceEnded."""
        if not self._settings.loop:
            raise SourceEnded(self.name)
        self.close()
        self._start()
        frame = self._next_frame()
        if frame is None:
            raise SourceError(f"{self.name} can no longer be read: was the file changed or removed?")
        return frame

    def _grab(self) -> bool:
        """Step to the next picture, its time included; False at the end."""
        assert self._capture is not None, "read before open"
        if not self._capture.grab():
            return False
        self._index += 1
        stated = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
        if self._index == 0:
            self._time_s = max(0.0, stated)
        else:
            # Some containers state no times, or the same one twice: then the frame rate has to do.
            self._time_s = stated if stated > self._time_s else self._time_s + 1 / (self.fps or DEFAULT_FPS)
        return True

    def _next_frame(self) -> Frame | None:
        """The next picture that can be decoded, or None at the end."""
        while self._grab():
            assert self._capture is not None
            captured_ns = time.perf_counter_ns()
            decoded, image = self._capture.retrieve()
            if decoded and image is not None and image.size:
                return self._frame(image, captured_ns)
        return None

    def _frame(self, image: np.ndarray, captured_ns: int) -> Frame:
        self.size = (image.shape[1], image.shape[0])
        truth = None
        if self._truth is not None and self._index < len(self._truth):
            truth = BodyTruth(joints_cam=self._truth[self._index])
        return Frame(image, self._index, self._time_s, captured_ns, self._epoch, truth)

    def _skip_overdue(self) -> None:
        """Replace the pending picture while a later one is due already, a second's worth at most."""
        assert self._pending is not None
        period = 1 / self.fps
        late = self._pace.late_s(self._pending.time_s)
        if late <= max(period, SLACK_S):
            return
        for _ in range(min(int(late / period) - 1, round(self.fps))):
            if not self._grab():
                return
        frame = self._next_frame()
        if frame is None:
            return
        self._pending = frame
        if self._pace.late_s(frame.time_s) > 1.0:
            # Slower than the file however much is left out (or the machine slept): go on from here.
            self._pace.restart()

    def _stamped(self, frame: Frame) -> Frame:
        """The frame with the moment it became due: played in real time, it is as fresh as a camera's."""
        now_ns = time.perf_counter_ns()
        return Frame(frame.image, frame.index, frame.time_s, now_ns, frame.epoch, frame.truth)


def _check_file(path: str) -> None:
    """Refuse what is no file with content, in words; URLs are left to FFmpeg."""
    if is_url(path):
        return
    file = Path(path)
    if not file.is_file():
        raise SourceError(f"There is no file {path}: check the path.")
    if file.stat().st_size == 0:
        raise SourceError(f"{file.name} is empty: choose another video file.")
