"""Plays media time at the speed of the clock: in: seconds of media, out: how long to wait, how late it is."""

from __future__ import annotations

import time

PATIENCE_S = 0.1
"""Longest wait in one go, so that a thread that waits for a picture can still be stopped."""


class Pace:
    """Ties media time to the clock at the first picture asked about."""

    def __init__(self) -> None:
        self._start: float | None = None

    def restart(self) -> None:
        """Tie again at the next picture: after a rewind, or when reading cannot keep up at all."""
        self._start = None

    def late_s(self, media_s: float) -> float:
        """Seconds by which the picture of `media_s` is overdue; negative: it is still to come."""
        now = time.perf_counter()
        if self._start is None:
            self._start = now - media_s
        return now - self._start - media_s

    def wait_for(self, media_s: float) -> bool:
        """Wait until the picture of `media_s` is due, `PATIENCE_S` at most; whether it is due."""
        early = -self.late_s(media_s)
        if early > 0:
            time.sleep(min(early, PATIENCE_S))
        return early <= PATIENCE_S
