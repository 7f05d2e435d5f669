"""Recorded bodies as a source. In: our .npz, its journal, or another's; out: Frames with `replay`.

What holds several people of one recording together replays all of them; the file of one, him alone.

No pictures are recorded. Where the file that was recorded from is still there, its pictures are shown behind
the body; otherwise a plain background of the same size.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np

from str_live.camera.kinds import is_url, kind_of
from str_live.camera.pace import Pace, gap_text
from str_live.camera.source import Source, SourceEnded, SourceError
from str_live.camera.still import Still
from str_live.camera.transport import Playback, Transport, transport_of
from str_live.messages import Box, Frame, Replay, ReplayPose
from str_live.record.read import Recording, RecordingError, Together, load_together
from str_live.settings import SourceSettings

logger = logging.getLogger(__name__)

BACKGROUND_BGR = (74, 70, 66)
_FAR = 60
"""Pictures that are rather read than jumped over."""
_NOBODY = (0.9, 0.0, 0.0)


class RecordingSource(Source):
    """Replays a recording, at its own speed or as fast as it can be read."""

    live = False

    def __init__(self, settings: SourceSettings, epochs: Iterator[int]) -> None:
        self._settings = settings
        self._epochs = epochs
        self._recording: Together | None = None
        self._rows: list[np.ndarray] = []
        """For each person (N,) his row in each frame, -1 where he has none."""
        self._pictures: _Pictures | None = None
        self._pace = Pace()
        self.transport = Transport()
        self._playback = Playback(self.transport)
        self._still: Still | None = None
        self._next = 0
        self._epoch = 0
        self.name = Path(settings.spec).name
        self.identity = settings.spec

    def open(self) -> None:
        """See Source.open; reads the whole file."""
        if self._recording is not None:
            return
        try:
            recording = load_together(Path(self._settings.spec))
        except RecordingError as error:
            raise SourceError(str(error)) from error
        self._recording, self.size, self.notice = recording, _size(recording, 0), recording.notice
        self._rows = [_rows_of(person, recording.timestamps) for person in recording.people]
        self.frame_count = len(recording.timestamps)
        first, last = map(float, recording.timestamps[[0, -1]])
        self.transport.start_s, self.transport.duration_s = first, last - first
        self.fps = recording.rate
        self._pictures = _Pictures(recording.source, self.size)
        width, height = self.size
        shown = "with its pictures" if self._pictures.found else "without pictures"
        people = len(recording.people)
        of = "recording" if people == 1 else f"recording of {people} people"
        self.mode = f"{of}, {width} x {height} at {self.fps:.4g} frames/s, {shown}"
        self._start()

    def read(self) -> Frame | None:
        """See Source.read."""
        assert self._recording is not None, "read before open"
        if self._still is not None:
            return self._still.read()
        times = self._recording.timestamps
        ended = self._next >= len(times)
        begin = self._playback.jump(None if ended else float(times[self._next]))
        if begin is not None:
            self._jump(begin)
        if self._next >= len(times):
            if self._playback.stays_at_end():
                return None
            if not self._settings.loop:
                raise SourceEnded(self.name)
            if len(times) == 1:
                self._still = Still(self._frame(0))
                return self._still.read()
            self._start()
        if self._playback.holds(float(times[self._next])):
            return None
        self._pace.set_speed(self.transport.position.speed)
        if self._settings.realtime and not self._playback.settling:
            self._skip_gap(times[self._next])  # the first question ties the clock
            while self._next + 1 < len(times) and self._pace.late_s(times[self._next + 1]) > 0:
                self._next += 1
            if not self._pace.wait_for(times[self._next]):
                return None
        self._next += 1
        return self._frame(self._next - 1)

    def close(self) -> None:
        """See Source.close."""
        if self._pictures is not None:
            self._pictures.close()
        self._recording, self._pictures, self._still = None, None, None
        self._rows = []

    def _jump(self, time_s: float) -> None:
        """Go on with the first frame at or after `time_s`, or the last one, as a new epoch."""
        assert self._recording is not None
        found = int(np.searchsorted(self._recording.timestamps, time_s - 1e-6))
        self._next = min(found, len(self._recording.timestamps) - 1)
        self._epoch = next(self._epochs)
        self._pace.restart()

    def _skip_gap(self, time_s: float) -> None:
        """Go on at once where the next frame would not come for long."""
        seconds = self._pace.skip_gap(time_s, 1 / self.fps)
        if seconds and not self.notice:
            self.notice = gap_text(self.name, seconds)
            logger.warning("%s", self.notice)

    def _start(self) -> None:
        """Begin at the first frame, as a new epoch."""
        assert self._recording is not None
        self._next, self._epoch = 0, next(self._epochs)
        self._pace.restart(after_s=self._recording.timestamps[-1] + 1 / self.fps)

    def _frame(self, index: int) -> Frame:
        assert self._recording is not None
        assert self._pictures is not None
        recording = self._recording
        self.size = _size(recording, index)
        picture = self._pictures.at(
            int(recording.frame_index[index]), float(recording.timestamps[index]), self.size
        )
        return Frame(
            image=self._pictures.plain(self.size) if picture is None else picture.image,
            index=index,
            time_s=float(recording.timestamps[index]),
            captured_ns=time.perf_counter_ns(),
            epoch=self._epoch,
            truth=None if picture is None else picture.truth,
            replay=self._replay(recording, index),
        )

    def _replay(self, recording: Together, index: int) -> Replay:
        people = [
            _replay_pose(person, int(rows[index]))
            for person, rows in zip(recording.people, self._rows, strict=True)
            if rows[index] >= 0
        ]
        return Replay(tuple(people), made_by=recording.networks[index] if recording.networks else "")


def _rows_of(person: Recording, timestamps: np.ndarray) -> np.ndarray:
    """(N,) a person's row at each of the times, -1 where there is none."""
    rows = np.searchsorted(person.timestamps, timestamps)
    rows = np.minimum(rows, len(person.timestamps) - 1)
    return np.where(person.timestamps[rows] == timestamps, rows, -1)


def _size(recording: Recording | Together, index: int) -> tuple[int, int]:
    """Width and height of that frame's picture."""
    width, height = recording.sizes[index]
    return int(width), int(height)


def _replay_pose(recording: Recording, index: int) -> ReplayPose:
    """One frame of a recording; in a recording that never saw anybody the rest pose in the middle."""
    width, height = _size(recording, index)
    camera, box = recording.camera[index], Box(*map(float, recording.boxes[index]))
    if camera[0] <= 0 or box.side <= 0:
        camera, box = np.array(_NOBODY, np.float32), Box(width / 2, height / 2, float(min(width, height)))
    return ReplayPose(
        rotmat=recording.rotmat[index],
        betas=recording.betas[index],
        camera=camera,
        box=box,
        person=bool(recording.person[index]),
        number=recording.number,
    )


class _Pictures:
    """The pictures that were recorded from, by frame number, where they are still there."""

    def __init__(self, spec: str, size: tuple[int, int]) -> None:
        """`size`: width and height of the first frame's picture."""
        self._plain = np.empty((0, 0, 3), np.uint8)
        self._settings = SourceSettings(spec=spec, loop=False, realtime=False)
        self._source: Source | None = None
        self._newest: Frame | None = None
        self._jumped = False
        self.found = bool(spec) and self._open() and self.at(0, 0.0, size) is not None

    def plain(self, size: tuple[int, int]) -> np.ndarray:
        """(H, W, 3) uint8 BGR: shown where there is no picture. Shared by all frames of one size."""
        width, height = size
        if self._plain.shape[:2] != (height, width):
            self._plain = np.full((height, width, 3), BACKGROUND_BGR, np.uint8)
        return self._plain

    def at(self, index: int, time_s: float, size: tuple[int, int]) -> Frame | None:
        """The picture of that number and time; None where there is none of the recorded size."""
        if self._source is None:
            return None
        newest = self._newest
        if newest is not None and not 0 <= index - newest.index <= _FAR and not self._jump(index, time_s):
            return None
        half = 0.5 / self._source.fps
        try:
            while self._newest is None or self._is_before(self._newest, index, time_s - half):
                self._newest = self._source.read() or self._newest
        except (SourceEnded, SourceError):
            return None
        newest = self._newest
        found = abs(newest.time_s - time_s) <= half if self._jumped else newest.index == index
        return newest if found and newest.image.shape[1::-1] == size else None

    def _is_before(self, frame: Frame, index: int, time_s: float) -> bool:
        """Numbers are sure until something was jumped over, times from then on."""
        return frame.time_s < time_s if self._jumped else frame.index < index

    def _jump(self, index: int, time_s: float) -> bool:
        """Go to that picture; where its time is not the film's (slow motion), from the beginning."""
        assert self._source is not None
        transport = transport_of(self._source)
        if transport is not None and abs(time_s - index / self._source.fps) < 0.5 / self._source.fps:
            transport.set_context(0.0, 0.0)
            transport.seek(time_s)
            self._newest, self._jumped = None, True
            return True
        if self._newest is not None and self._newest.index <= index:
            return True
        self.close()
        return self._open()

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source, self._newest, self._jumped = None, None, False

    def _open(self) -> bool:
        """Open the recorded file again; False where that is not possible."""
        from str_live.camera import open_source  # the package imports this module when it is needed

        spec = self._settings.spec
        if is_url(spec) or kind_of(spec) not in ("video", "images", "clip"):
            return False
        try:
            self._source = open_source(self._settings, count())
        except SourceError as error:
            logger.info("the recording's pictures are not shown: %s", error)
            return False
        return True
