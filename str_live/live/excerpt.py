"""A range of a film, folder or recording: its pictures, and some before and after it, which networks need."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from str_live.camera import Source, SourceError, frames
from str_live.camera.transport import transport_of
from str_live.messages import Frame
from str_live.seconds import Seconds

BEFORE_S = 0.6
"""The network's window is sixteen thirtieths of a second long."""
_TOLERANCE_S = 1e-3
"""Times of pictures are rounded to the container's unit."""


class Excerpt:
    """Of one source that is open. One thread."""

    def __init__(self, source: Source, range_s: Seconds, *, after_s: float) -> None:
        """`range_s`: after the source's first picture; `after_s`: how far the network looks ahead.

        Raises SourceError where the source has no such range.
        """
        transport = transport_of(source)
        if transport is None:
            raise SourceError(f"{source.name} has no length of which a range could be taken: leave it out.")
        position = transport.position
        if position.duration_s is not None and range_s[0] > position.duration_s:
            raise SourceError(
                f"{source.name} is {position.duration_s:.2f} s long: nothing of it lies in"
                f" {range_s[0]:g} to {range_s[1]:g} seconds."
            )
        self._source, self._after_s = source, after_s
        self._begin_s, self._end_s = (position.start_s + end for end in range_s)
        transport.set_context(BEFORE_S, 0.0)
        if range_s[0] > 0:
            transport.seek(self._begin_s)
        length_s = position.duration_s if position.duration_s is not None else math.inf
        seconds = min(range_s[1], length_s) - range_s[0]
        self.frame_count = round(seconds * source.fps) + 1 if source.fps and math.isfinite(seconds) else None
        """About how many frames are in it; None where that is not known."""

    def frames(self, until: Callable[[], bool]) -> Iterator[Frame]:
        """Its pictures, from some before it to some after it; `until` is asked before each."""
        for frame in frames(self._source, until=until):
            if frame.time_s > self._end_s + self._after_s + _TOLERANCE_S:
                return
            if frame.time_s >= self._begin_s - BEFORE_S - _TOLERANCE_S:
                yield frame

    def holds(self, frame: Frame) -> bool:
        """Whether a picture is in it."""
        return self._begin_s - _TOLERANCE_S <= frame.time_s <= self._end_s + _TOLERANCE_S
