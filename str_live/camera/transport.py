"""A player's buttons, for sources that play a file. In: calls of any thread. Out: what the source does next.

All times are those of the frames (Frame.time_s).

The body of a picture needs some pictures before it and, with a look-ahead, some after it. So a jump begins
`before_s` earlier and goes on for `after_s`, and while it is paused a source then waits.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

SLOWEST, FASTEST = 0.1, 4.0
_TOLERANCE_S = 1e-3
"""Times of pictures are rounded to the container's unit."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a file is."""

    start_s: float
    """Time of the first picture."""
    duration_s: float | None
    """Seconds of the whole, as the file states it; None where it does not."""
    paused: bool
    speed: float
    range_s: tuple[float, float] | None
    """What is played again and again; None: all of it."""


class Transport:
    """Any thread may call; `take_seek`, `take_step` and `wait` are the source's."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused, self._speed = False, 1.0
        self._range_s: tuple[float, float] | None = None
        self._seek_s: float | None = None
        self._steps = 0
        self._before_s, self._after_s = 0.3, 0.0
        self.start_s, self.duration_s = 0.0, None
        """Of Position; set by the source when it opens."""
        self.settling = False
        """Whether the pictures of a jump come: none of them may be dropped. Set by Playback."""

    @property
    def position(self) -> Position:
        """How it plays."""
        with self._changed:
            return Position(self.start_s, self.duration_s, self._paused, self._speed, self._range_s)

    def pause(self, paused: bool = True) -> None:
        """Stop at the picture that is there, or go on."""
        with self._changed:
            self._paused, self._steps = paused, 0
            self._changed.notify_all()

    def seek(self, time_s: float) -> None:
        """Go to the picture at `time_s`; of several jumps in a row the last one counts."""
        with self._changed:
            self._seek_s, self._steps = time_s, 0
            self._changed.notify_all()

    def step(self) -> None:
        """One picture on, while it is paused."""
        with self._changed:
            self._steps += self._paused
            self._changed.notify_all()

    def set_speed(self, speed: float) -> None:
        """How many times as fast as the file's own speed, SLOWEST to FASTEST."""
        with self._changed:
            self._speed = min(max(speed, SLOWEST), FASTEST)
            self._changed.notify_all()

    def set_range(self, range_s: tuple[float, float] | None) -> None:
        """Play from and to these seconds again and again; None: all of it."""
        with self._changed:
            self._range_s = range_s
            self._changed.notify_all()

    def set_context(self, before_s: float, after_s: float) -> None:
        """How much a jump plays before and after its aim: what the network looks back and ahead."""
        with self._changed:
            self._before_s, self._after_s = before_s, after_s

    def take_seek(self) -> tuple[float, float] | None:
        """The jump that is asked for, once: where to begin and where to go on to; None for none."""
        with self._changed:
            aim, self._seek_s = self._seek_s, None
            if aim is None:
                return None
            if self.duration_s is not None:
                aim = min(aim, self.start_s + self.duration_s)
            return max(self.start_s, aim - self._before_s), aim + self._after_s

    def take_step(self) -> bool:
        """Whether one picture more is to be given while it is paused."""
        with self._changed:
            self._steps -= (taken := self._steps > 0)
            return taken

    def wait(self, seconds: float) -> None:
        """Until something is asked for, or so long."""
        with self._changed:
            if self._seek_s is None and not self._steps and self._paused:
                self._changed.wait(seconds)


class Playback:
    """What a source asks before each picture. One thread, the source's."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._until_s = 0.0

    @property
    def settling(self) -> bool:
        """Whether pictures of a jump are given, all of them and as fast as they are taken."""
        return self._transport.settling

    def jump(self, time_s: float | None) -> float | None:
        """Where to go before the picture at `time_s` (None: the end) is given; None: go on."""
        if (seek := self._transport.take_seek()) is not None:
            begin, self._until_s = seek
            self._transport.settling = True
            return begin
        position = self._transport.position
        if position.range_s is None or self.settling or position.paused:
            return None
        first, last = position.range_s
        return first if time_s is None or not first <= time_s <= last else None

    def stays_at_end(self) -> bool:
        """Whether a file that has come to its end stays there, as it is paused; a moment has passed then."""
        self._transport.settling = False
        if not self._transport.position.paused:
            return False
        self._transport.take_step()
        self._transport.wait(0.1)
        return True

    def holds(self, time_s: float) -> bool:
        """Whether the picture at `time_s` has to wait; where it does, a moment has passed."""
        if self._transport.settling:
            if time_s <= self._until_s + _TOLERANCE_S:
                return False
            self._transport.settling = False
        if not self._transport.position.paused or self._transport.take_step():
            return False
        self._transport.wait(0.1)
        return True


def transport_of(source: object) -> Transport | None:
    """The player buttons of a source that plays a file; None for others."""
    return getattr(source, "transport", None)
