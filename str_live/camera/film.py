"""Reads films. In: a path or the URL of a file on a server, out: every picture that decodes, with its time.

The one reader of films: of the window, of headless runs, of training and evaluation. It goes on after damaged
spots as long as the container gives more, and counts what could not be read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from str_live.camera.film_losses import FilmLosses
from str_live.camera.film_opening import film_name, open_container
from str_live.camera.film_picture import PictureMaker
from str_live.camera.film_times import FilmTimes
from str_live.camera.source import SourceError

DEFAULT_FPS = 30.0
SLOWEST_FPS, FASTEST_FPS = 0.01, 10_000.0
"""Limits of a plausible rate; another is taken for none."""
PATIENCE = 100
"""Failures in a row to read the container that are taken for its end."""
CAPTURE_RATES = ("com.android.capture.fps",)
"""Metadata in which phones state the rate that they filmed slow motion at."""


class Film:
    """The pictures of a film from its beginning to its end. One thread; close it, or use it in a `with`."""

    def __init__(self, spec: str | Path) -> None:
        """Opens the film and decodes nothing yet; raises SourceError with a sentence for the user."""
        self.name = film_name(str(spec))
        self._container, self._stream, self._opened = open_container(str(spec))
        self._codec = self._stream.codec_context
        self._packets = self._demux()
        self._decoded: deque[av.VideoFrame] = deque()
        self._decoding_stamps: deque[int | None] = deque()
        """Of packets whose picture is still to come: they rise, so the n-th is that of the n-th picture."""
        self._shown_in_order, self._last_shown = True, -(2**63)
        self._maker = PictureMaker()
        self._frame: av.VideoFrame | None = None
        self._grabbed_ahead = False
        """Whether the next picture was grabbed already, as it is the aim of a jump."""
        self.index = -1
        """Number of the picture that was grabbed last, from 0."""
        self.time_s = 0.0
        """When it is shown, seconds since the first."""
        count = self._stream.frames
        self.frame_count = count if count > 0 else None
        """Pictures as the container states them, right or wrong; None where it does not."""
        self.fps = self._rate()
        """Pictures a second as the film states it, 30 where it does not."""
        self.losses = FilmLosses(
            self.name,
            self.frame_count,
            stated_s=_stated_seconds(self._container, self._stream),
            period_s=1 / self.fps if self._stream.average_rate == self._stream.guessed_rate else None,
        )
        """What could not be read so far."""
        self._times = FilmTimes(1 / self.fps)

    def grab(self) -> bool:
        """Step to the next picture without making it, its time included; False at the end."""
        if self._grabbed_ahead:
            self._grabbed_ahead = False
            return True
        while not self._decoded:
            if not self._decode_more():
                return False
        frame = self._frame = self._decoded.popleft()
        if self.index < 0:
            self._take_rate_of_raw_stream(frame)
        self.index += 1
        self.time_s = self._times.of(self._stated_s(frame))
        self.losses.picture(self.time_s)
        return True

    def seek(self, time_s: float) -> bool:
        """Make the next picture the first one at or after `time_s`; False where the film cannot jump.

        Its `index` is counted by the film's rate then: right in films of a constant one.
        """
        base, frame = self._stream.time_base, self._frame
        if frame is None or frame.pts is None or not base or self._times.counted_anew:
            return False
        try:
            self._container.seek(int(self._times.stamp_of(time_s) / base), stream=self._stream)
        except (av.FFmpegError, OSError, OverflowError):
            return False
        self._codec.flush_buffers()
        self._packets.close()
        self._packets = self._demux()
        self._decoded.clear()
        self._decoding_stamps.clear()
        self._shown_in_order, self._last_shown = True, -(2**63)
        self._times.jump()
        self.losses.give_up()
        while self.grab():
            if self.time_s >= time_s - 0.5 / self.fps:
                self._grabbed_ahead = True
                self.index = round(self.time_s * self.fps)
                break
        return True

    def picture(self) -> np.ndarray | None:
        """The grabbed picture, (H, W, 3) uint8 BGR as a player shows it; None where it cannot be made."""
        assert self._frame is not None, "grab first"
        aspect = self._stream.sample_aspect_ratio or self._codec.sample_aspect_ratio
        try:
            return self._maker.picture(self._frame, aspect)
        except (av.FFmpegError, ValueError, MemoryError):
            self.losses.failed()
            return None

    def pictures(self) -> Iterator[np.ndarray]:
        """All that are left, one by one, each (H, W, 3) uint8 BGR; those that cannot be made are left out."""
        while self.grab():
            picture = self.picture()
            if picture is not None:
                yield picture

    @property
    def codec(self) -> str:
        """What the pictures are compressed with: 'h264', 'hevc' ..."""
        return self._codec.codec.canonical_name

    @property
    def duration_s(self) -> float | None:
        """Seconds, as the film states them; None where it does not."""
        stated = _stated_seconds(self._container, self._stream)
        return stated or (self.frame_count / self.fps if self.frame_count else None)

    @property
    def capture_fps(self) -> float | None:
        """Pictures a second at which a phone states that it filmed; None in most films."""
        for tags in (self._container.metadata, self._stream.metadata):
            for name in CAPTURE_RATES:
                rate = _number(tags.get(name, ""))
                if SLOWEST_FPS < rate < FASTEST_FPS:
                    return rate
        return None

    def close(self) -> None:
        """Give the file back; does nothing the second time."""
        self._packets.close()
        self._decoded.clear()
        self._frame = None
        self._opened.close()

    def __enter__(self) -> Film:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _decode_more(self) -> bool:
        """Give the decoder one packet more; False when there is none."""
        packet = next(self._packets, _END)
        if packet is _END:
            return False
        try:
            self._decoded.extend(self._codec.decode(packet))
        except EOFError:  # it was given the end before
            return False
        except (av.FFmpegError, ValueError):
            self.losses.failed()
            if self._decoding_stamps:
                self._decoding_stamps.popleft()
        return True

    def _demux(self) -> Iterator[av.Packet | None]:
        """Every packet, also beyond damaged places; in the end None, for what the decoder holds back."""
        failures = 0
        while failures < PATIENCE:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    if not packet.size and packet.dts is None:
                        break  # PyAV's own sign of the end
                    hidden = packet.is_discard or not packet.size
                    self.losses.packet(discarded=hidden)
                    if not hidden:
                        self._decoding_stamps.append(packet.dts)
                    if packet.size:
                        yield packet
                break
            except av.InvalidDataError:
                failures += 1
            except (av.FFmpegError, OSError):  # a server that is gone, a disk that fails
                break
        yield None

    def _stated_s(self, frame: av.VideoFrame) -> float | None:
        """The frame's stamp in seconds; where those of showing lack or are in disorder, that of decoding."""
        decoding = self._decoding_stamps.popleft() if self._decoding_stamps else None
        shown = frame.pts
        if shown is None or shown < self._last_shown:
            self._shown_in_order = False
        self._last_shown = self._last_shown if shown is None else shown
        stamp, base = shown if self._shown_in_order else decoding, self._stream.time_base
        return None if stamp is None or not base else float(stamp * base)

    def _rate(self) -> float:
        for stated in (self._stream.average_rate, self._stream.guessed_rate):
            if stated and SLOWEST_FPS < stated < FASTEST_FPS:
                return float(stated)
        return DEFAULT_FPS

    def _take_rate_of_raw_stream(self, frame: av.VideoFrame) -> None:
        """Without a container there are no times, and only the pictures themselves state a rate."""
        stated = self._stream.guessed_rate
        if frame.pts is None and stated and SLOWEST_FPS < stated < FASTEST_FPS:
            self.fps = float(stated)
            self._times = FilmTimes(1 / self.fps)


_END = av.Packet(0)


def film_pictures(path: str | Path) -> Iterator[np.ndarray]:
    """All pictures of a film, (H, W, 3) uint8 BGR; raises SourceError where there is none."""
    with Film(path) as film:
        yield from film.pictures()
        if film.index < 0:
            raise SourceError(f"{film.name} holds no readable picture: choose another video file.")


def _stated_seconds(container: av.container.InputContainer, stream: av.VideoStream) -> float | None:
    """The length of the film's own stream as stated, None where only that of sound or of nothing is."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    stated_s = 3600 * _number(hours) + 60 * _number(minutes) + _number(seconds)
    if stated_s > 0:
        return stated_s
    alone = len(container.streams) == 1 and container.duration
    return container.duration / av.time_base if alone and container.duration else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
