"""When each picture of a film is shown. In: the source's times and epochs, out: ticks that always rise.

Times stay those of the source, uneven ones too: a source at a constant rate makes a film at that rate, and no
picture of a camera is moved, dropped or doubled. Where a source starts again, goes back or paused for long,
the film goes on after one usual step.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from str_live.record.film import TICKS

LONGEST_PAUSE_S = 10.0
"""A longer pause is cut: else the film would stand still until a camera is plugged in again."""
_FIRST_STEP_S = 1 / 30
_STEPS = 30


class FilmClock:
    """Counts the ticks of one film. One thread."""

    def __init__(self) -> None:
        self._steps_s: deque[float] = deque(maxlen=_STEPS)
        self._last: tuple[float, int] | None = None
        self._now_s = 0.0
        self._ticks = -1

    def ticks(self, time_s: float, epoch: int) -> int:
        """Ticks from the film's start to this picture: 0 for the first."""
        if self._last is not None:
            self._now_s += self._step_s(time_s, epoch)
        self._last = time_s, epoch
        self._ticks = max(round(self._now_s * TICKS), self._ticks + 1)
        return self._ticks

    @property
    def usual_ticks(self) -> int:
        """Ticks of the usual step between two pictures."""
        return round(self._usual_s() * TICKS)

    def _step_s(self, time_s: float, epoch: int) -> float:
        """Seconds since the picture before."""
        assert self._last is not None
        step = time_s - self._last[0]
        if epoch != self._last[1] or not 0 < step <= LONGEST_PAUSE_S:
            return self._usual_s()
        self._steps_s.append(step)
        return step

    def _usual_s(self) -> float:
        return float(np.median(self._steps_s)) if self._steps_s else _FIRST_STEP_S
