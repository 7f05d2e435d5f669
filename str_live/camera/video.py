"""Video files, at their own speed or as fast as they can be read. In: a path, out: Frame."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from str_live.camera.film import Film
from str_live.camera.film_opening import film_name
from str_live.camera.pace import Pace, gap_text
from str_live.camera.source import Source, SourceEnded, SourceError
from str_live.camera.still import Still
from str_live.camera.transport import Playback, Transport
from str_live.messages import BodyTruth, Frame
from str_live.settings import SourceSettings

logger = logging.getLogger(__name__)

SLACK_S = 0.05
"""Less than this overdue, pictures are given in quick succession rather than left out."""
SLOWED = 1.5
"""A film that plays so many times slower than it was filmed is in slow motion."""


class VideoSource(Source):
    """A film as players show it; with the pictures' own time stamps, divided by `settings.slow_motion`.

    At the end it starts again with a new epoch (`settings.loop`) or raises SourceEnded; a film of one picture
    is not started again but stays. With `settings.realtime` pictures come when they are due at the film's own
    speed, and those that are overdue by more than a picture are left out.
    """

    live = False

    def __init__(
        self, settings: SourceSettings, epochs: Iterator[int], *, truth: np.ndarray | None = None
    ) -> None:
        """`settings.spec` is the path; `truth`: (N, 24, 3) metres, camera frame, one entry a picture."""
        self._settings = settings
        self._epochs = epochs
        self._truth = truth
        self._film: Film | None = None
        self._pace = Pace()
        self.transport = Transport()
        self._playback = Playback(self.transport)
        self._pending: Frame | None = None
        self._newest: Frame | None = None
        self._still: Still | None = None
        self._notices: set[str] = set()
        self._epoch = 0
        self.name = film_name(settings.spec)
        self.identity = settings.spec

    def open(self) -> None:
        """See Source.open; reads the first picture, so that a file without any is refused here."""
        if self._film is not None:
            return
        film = self._start()
        self._pending = self._next_frame()
        if self._pending is None:
            self.close()
            raise SourceError(
                f"{self.name} holds no picture that can be decoded ({film.codec}): convert it to MP4 (H.264)."
            )
        self.fps, self.frame_count = film.fps, film.frame_count
        if film.duration_s is not None:
            self.transport.duration_s = film.duration_s / self._settings.slow_motion
        width, height = self.size
        self.mode = f"{width} x {height} at {self.fps:.4g} frames/s{self._slowness()}"
        self._hint_at_slow_motion(film)

    def read(self) -> Frame | None:
        """See Source.read."""
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
        if self._still is None and self._playback.holds(self._pending.time_s):
            return None
        self._pace.set_speed(self.transport.position.speed)
        if self._settings.realtime and self._still is None and not self._playback.settling:
            self._skip_gap()
            self._skip_overdue()
            if not self._pace.wait_for(self._film_time(self._pending)):
                return None
        frame, self._pending = self._pending, None
        self._newest = frame
        # Played in real time, a picture is as fresh as a camera's.
        return replace(frame, captured_ns=time.perf_counter_ns()) if self._settings.realtime else frame

    def close(self) -> None:
        """See Source.close."""
        if self._film is not None:
            self._film.close()
        self._film = self._pending = self._newest = self._still = None

    def _start(self) -> Film:
        """Open the file at its beginning, as a new epoch."""
        self._film = Film(self._settings.spec)
        self._epoch = next(self._epochs)
        return self._film

    def _jump(self, time_s: float) -> Frame | None:
        """The first picture at or after `time_s` seconds of the film, in a new epoch; None at its end."""
        film = self._film
        assert film is not None, "read before open"
        self._pace.restart()
        if film.seek(time_s):
            self._epoch = next(self._epochs)
            return self._next_frame()
        film.close()
        self._start()  # a film that cannot jump is read from its beginning
        frame = self._next_frame()
        while frame is not None and self._film_time(frame) < time_s - 0.5 / self.fps:
            frame = self._next_frame()
        return frame

    def _after_the_end(self) -> Frame:
        """What follows the last picture: SourceEnded, the first one again, or the only one as a still."""
        film, newest = self._film, self._newest
        assert film is not None, "read before open"
        self._report(film)
        if not self._settings.loop:
            raise SourceEnded(self.name)
        if newest is not None and film.index == 0:
            self._still = Still(newest)
            return self._still.read()
        film.close()
        self._pace.restart(after_s=film.time_s + 1 / film.fps)
        self._start()
        frame = self._next_frame()
        if frame is None:
            raise SourceError(f"{self.name} can no longer be read: was the file changed or removed?")
        return frame

    def _next_frame(self) -> Frame | None:
        """The next picture that can be decoded, or None at the end."""
        film = self._film
        assert film is not None, "read before open"
        while film.grab():
            captured_ns = time.perf_counter_ns()
            image = film.picture()
            if image is not None:
                return self._frame(film, image, captured_ns)
        return None

    def _frame(self, film: Film, image: np.ndarray, captured_ns: int) -> Frame:
        self.size = (image.shape[1], image.shape[0])
        truth = None
        if self._truth is not None and film.index < len(self._truth):
            truth = BodyTruth(joints_cam=self._truth[film.index])
        time_s = film.time_s / self._settings.slow_motion
        return Frame(image, film.index, time_s, captured_ns, self._epoch, truth)

    def _film_time(self, frame: Frame) -> float:
        """When the film itself shows the picture: slow motion is played as slow as it is."""
        return frame.time_s * self._settings.slow_motion

    def _skip_gap(self) -> None:
        """Go on at once where the next picture would not come for long."""
        assert self._pending is not None
        seconds = self._pace.skip_gap(self._film_time(self._pending), 1 / self.fps)
        if seconds:
            self._notify(gap_text(self.name, seconds))

    def _skip_overdue(self) -> None:
        """Replace the pending picture while a later one is due already, a second's worth at most."""
        film, pending = self._film, self._pending
        assert film is not None
        assert pending is not None
        period = 1 / self.fps
        late = self._pace.late_s(self._film_time(pending))
        if late <= max(period, SLACK_S):
            return
        for _ in range(min(int(late / period) - 1, round(self.fps))):
            if not film.grab():
                return
        frame = self._next_frame()
        if frame is None:
            return
        self._pending = frame
        if self._pace.late_s(self._film_time(frame)) > 1.0:
            # Slower than the file however much is left out (or the machine slept): go on from here.
            self._pace.restart()

    def _report(self, film: Film) -> None:
        """Report at the end of the film what of it could not be read."""
        self.unreadable = film.losses.unreadable
        self._notify(film.losses.sentence())

    def _notify(self, sentence: str) -> None:
        """Add the sentence to the notice, once however often the film is played."""
        if sentence and sentence not in self._notices:
            self._notices.add(sentence)
            logger.warning("%s", sentence)
            self.notice = f"{self.notice} {sentence}".strip()

    def _slowness(self) -> str:
        factor = self._settings.slow_motion
        return "" if factor == 1 else f", slow motion {factor:.4g}"

    def _hint_at_slow_motion(self, film: Film) -> None:
        """Phones write into their slow motion how fast they filmed."""
        if film.capture_fps is None or self._settings.slow_motion != 1:
            return
        factor = film.capture_fps / film.fps
        if factor >= SLOWED:
            self._notify(
                f"{self.name} was filmed at {film.capture_fps:.4g} pictures a second and plays at"
                f" {film.fps:.4g}: slow motion {factor:.3g} (--slow-motion) gives true accelerations."
            )
