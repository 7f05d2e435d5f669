"""When each picture of a film is shown. In: the container's time stamps, however bad; out: rising seconds."""

from __future__ import annotations

JUMP_BACK_S = 1.0
"""Stamps that run back further start a new count (films put end to end); less is disorder within a film."""
AHEAD_PERIODS = 2.0
"""Periods by which made-up times run ahead of the stamps at most, so that the film keeps its speed."""
CATCH_UP = 0.1
"""Share of a period by which the next picture advances where they have run ahead that far."""


class FilmTimes:
    """Seconds since the film's first picture, rising from picture to picture; gaps stay as stated."""

    def __init__(self, period_s: float) -> None:
        """`period_s`: seconds between two pictures by the film's stated rate, for pictures without stamps."""
        self._period_s = period_s
        self._offset_s: float | None = None
        self._stated_s = 0.0
        self._last_s = 0.0
        self.counted_anew = False
        """Whether the stamps have begun a new count: a time has no single stamp then."""

    def jump(self) -> None:
        """The next picture may be anywhere in the film."""
        self._stated_s = self._last_s = float("-inf")

    def stamp_of(self, time_s: float) -> float:
        """The stamp of a picture at `time_s` seconds, by the first picture's."""
        return time_s - (self._offset_s or 0.0)

    def of(self, stated_s: float | None) -> float:
        """The time of the next picture, stamped `stated_s` seconds; None: it has no stamp."""
        if self._offset_s is None:
            self._offset_s, self._stated_s = -(stated_s or 0.0), stated_s or 0.0
            return 0.0
        if stated_s is None:
            self._last_s += self._period_s
            return self._last_s
        if stated_s < self._stated_s - JUMP_BACK_S:
            self._offset_s = self._last_s + self._period_s - stated_s
            self.counted_anew = True
            self._stated_s = stated_s
        self._stated_s = max(self._stated_s, stated_s)
        self._last_s = self._after_last(stated_s + self._offset_s)
        return self._last_s

    def _after_last(self, time_s: float) -> float:
        """`time_s`, or a moment after the last picture where `time_s` is no later."""
        if time_s > self._last_s:
            return time_s
        ahead_s = self._last_s - time_s
        far = ahead_s > AHEAD_PERIODS * self._period_s
        return self._last_s + self._period_s * (CATCH_UP if far else 1.0)
