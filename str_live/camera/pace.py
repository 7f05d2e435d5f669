"""Plays media time at the speed of the clock: in: seconds of media, out: how long to wait, how late it is."""

from __future__ import annotations

import time

PATIENCE_S = 0.1
"""Longest wait in one go, so that a thread that waits for a picture can still be stopped."""
GAP_S = 5.0
"""A longer pause before the next picture is skipped, unless pictures usually are that far apart."""
LONGEST_S = 60.0
"""A longer pause is skipped however far apart pictures usually are."""


class Pace:
    """Ties media time to the clock at the first picture asked about."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._earliest = 0.0
        self._speed = 1.0

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast as the clock."""
        if speed != self._speed:
            self._speed = speed
            self.restart()

    def restart(self, *, after_s: float | None = None) -> None:
        """Tie again at the next picture: after a jump, or when reading cannot keep up at all.

        after_s: the media time at which it is due at the earliest: after a rewind, the old end.
        """
        if self._start is None or after_s is None:
            self._earliest = 0.0
        else:
            self._earliest = self._start + after_s / self._speed
        self._start = None

    def late_s(self, media_s: float) -> float:
        """The clock's seconds by which the picture of `media_s` is overdue; negative: it is still to come."""
        now = time.perf_counter()
        if self._start is None:
            self._start = max(now, self._earliest) - media_s / self._speed
        return now - self._start - media_s / self._speed

    def skip_gap(self, media_s: float, usual_s: float) -> float:
        """Make the picture of `media_s` due now if it is too far off (GAP_S, LONGEST_S); the seconds skipped.

        `usual_s`: seconds between two pictures, which may be long in themselves.
        """
        early = -self.late_s(media_s)
        if early <= max(GAP_S, min(3 * usual_s, LONGEST_S)):
            return 0.0
        self.restart()
        return early

    def wait_for(self, media_s: float) -> bool:
        """Wait until the picture of `media_s` is due, `PATIENCE_S` at most; whether it is due."""
        early = -self.late_s(media_s)
        if early > 0:
            time.sleep(min(early, PATIENCE_S))
        return early <= PATIENCE_S


def gap_text(name: str, seconds: float) -> str:
    """The sentence on what `skip_gap` skipped."""
    hours, minutes = divmod(round(seconds / 60), 60)
    length = (
        f"{hours} h {minutes} min" if hours else f"{minutes} min" if seconds >= 90 else f"{seconds:.0f} s"
    )
    return f"A gap of {length} in the time stamps of {name} was skipped."
