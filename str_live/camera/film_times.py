"""When each picture of a film is shown. In: the container's time stamps, however bad; out: rising seconds."""

from __future__ import annotations

JUMP_BACK_S = 1.0
"""Stamps that run back further begin anew (films put end to end); less is disorder within one film."""
AHEAD_PERIODS = 2.0
"""At most so many pictures' time do made-up times run ahead of the stamps: the film's speed is kept."""
CATCH_UP = 0.1
"""Share of a picture's time that is taken where they have run ahead as far as that."""


class FilmTimes:
    """Seconds since the film's first picture, rising from picture to picture; gaps stay as stated."""

    def __init__(self, period_s: float) -> None:
        """`period_s`: seconds between two pictures by the film's stated rate, for stamps that say nothing."""
        self._period_s = period_s
        self._offset_s: float | None = None
        self._stated_s = 0.0
        self._last_s = 0.0

    def of(self, stated_s: float | None) -> float:
        """The time of the next picture, whose stamp says `stated_s` seconds, or None where there is none."""
        if self._offset_s is None:
            self._offset_s, self._stated_s = -(stated_s or 0.0), stated_s or 0.0
            return 0.0
        if stated_s is None:
            self._last_s += self._period_s
            return self._last_s
        if stated_s < self._stated_s - JUMP_BACK_S:
            self._offset_s = self._last_s + self._period_s - stated_s
            self._stated_s = stated_s
        self._stated_s = max(self._stated_s, stated_s)
        self._last_s = self._after_last(stated_s + self._offset_s)
        return self._last_s

    def _after_last(self, wanted_s: float) -> float:
        """`wanted_s`, or a moment after the last picture where that is no later."""
        if wanted_s > self._last_s:
            return wanted_s
        ahead_s = self._last_s - wanted_s
        far = ahead_s > AHEAD_PERIODS * self._period_s
        return self._last_s + self._period_s * (CATCH_UP if far else 1.0)
