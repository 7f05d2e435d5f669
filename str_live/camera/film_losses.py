"""What of a film could not be read. In: packets, failures, pictures; out: how many, a sentence."""

from __future__ import annotations

END_S = 2.0
"""How much earlier than stated a film may end that does not state its number of pictures."""
LONGEST_LOSS_S = 60.0
"""A longer step from picture to picture is a break in the time stamps, not lost pictures."""


class FilmLosses:
    """Counts over one pass from the beginning to the end. One thread."""

    def __init__(
        self, name: str, promised: int | None, *, stated_s: float | None, period_s: float | None
    ) -> None:
        """What the container states, None where it does not: how many pictures, seconds, and seconds between
        two pictures where that is always the same."""
        self._name, self._promised = name, promised
        self._stated_s, self._period_s = stated_s, period_s
        self._given_up = False
        self._packets = self._discarded = self._failures = self._pictures = self._skipped = 0
        self._last_s = 0.0

    def give_up(self) -> None:
        """The film is not read in one pass: nothing is counted."""
        self._given_up = True

    def packet(self, *, discarded: bool) -> None:
        """A packet came; `discarded`: its picture is not meant to be shown (an edit list), or it has none."""
        self._packets += 1
        self._discarded += discarded

    def failed(self) -> None:
        """Something could not be decoded."""
        self._failures += 1

    def picture(self, time_s: float) -> None:
        """A picture was decoded."""
        step_s, self._last_s = time_s - self._last_s, time_s
        if self._pictures and self._period_s and step_s < LONGEST_LOSS_S:
            self._skipped += max(0, round(step_s / self._period_s) - 1)
        self._pictures += 1

    @property
    def damaged(self) -> int:
        """Pictures that are in the file and could not be read: with one that fails, others that need it."""
        if self._promised is None:
            return max(self._failures, self._skipped)
        if not (self._failures or self.missing):
            return 0  # some packets have no picture of their own
        return max(self._failures, self._packets - self._discarded - self._pictures)

    @property
    def missing(self) -> int:
        """Pictures that the container states and does not hold."""
        return max(0, (self._promised or 0) - self._packets)

    @property
    def unreadable(self) -> int:
        """Both together."""
        return 0 if self._given_up else self.damaged + self.missing

    def sentence(self) -> str:
        """The losses in words, at the end of the film; '' where all of it was read."""
        return "" if self._given_up else " ".join(filter(None, (self._damage(), self._end())))

    def _damage(self) -> str:
        if not self.damaged:
            return ""
        noun = "picture" if self.damaged == 1 else "pictures"
        return f"{self.damaged} {noun} of {self._name} could not be read."

    def _end(self) -> str:
        if self.missing:
            return (
                f"{self._name} is cut short: the last {self.missing} of its {self._promised} pictures are"
                " missing."
            )
        usual_s = self._last_s / max(1, self._pictures - 1)
        if self._promised is None and (self._stated_s or 0.0) - self._last_s > END_S + usual_s:
            return (
                f"{self._name} ends after {self._last_s:.0f} s of the {self._stated_s:.0f} s that it states:"
                " it may be cut short."
            )
        return ""
