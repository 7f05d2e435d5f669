"""Whom to follow where several people are in view. In: who is in view, out: one number.

Somebody followed stays so while he is in view, and for half a second without him: then whoever is plainly
there is taken up. A person who was asked for by his number is gone back to whenever he is in view.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from str_live.messages import Frame, Person, ReplayPose

LARGEST, CENTRE = "largest", "centre"
Seen = Person | ReplayPose
"""Somebody in view, found now or recorded."""
PATIENCE_S = 0.5
"""Seconds without the followed one after which another is taken up."""


class Follow:
    """Remembers whom it follows. `wish`: 'largest', 'centre', or a person's number."""

    def __init__(self, wish: str = LARGEST) -> None:
        self.wish = wish
        self.number: int | None = None
        """Whom it follows; None: nobody yet."""
        self._seen_s = -math.inf

    def reset(self) -> None:
        """Another source: forget whom it followed."""
        self.number = None
        self._seen_s = -math.inf

    def __call__(self, people: Mapping[int, Seen | None], frame: Frame) -> int | None:
        """Everybody known in `frame` by number, None out of sight -> whom to follow."""
        there = {number: person for number, person in people.items() if person is not None}
        asked = int(self.wish) if self.wish.isdigit() else None
        if asked in there:
            self.number = asked
        elif self.number not in there and there and self._waits_no_longer(people, frame):
            self.number = self._best(there, frame)
        if self.number in there:
            self._seen_s = frame.time_s
        return self.number

    def _waits_no_longer(self, people: Mapping[int, Seen | None], frame: Frame) -> bool:
        """Whether the followed one has been away for long, or his number has ended."""
        return self.number not in people or frame.time_s - self._seen_s > PATIENCE_S

    def _best(self, there: Mapping[int, Seen], frame: Frame) -> int:
        """The largest, or the one nearest to the middle of the picture."""
        height, width = frame.image.shape[:2]

        def off_centre(number: int) -> float:
            box = there[number].box
            return math.hypot(box.cx - width / 2, box.cy - height / 2)

        if self.wish == CENTRE:
            return min(there, key=off_centre)
        return max(there, key=lambda number: there[number].box.side)
