"""Counts who was seen, and swaps of numbers. In: squares' centres by number, frame by frame. Out: figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TypedDict

NEAR = 0.35
"""Distance of a square's centre from somebody's middle, in his heights, within which it is his."""


class Truth(TypedDict):
    """Who is where in a film."""

    people: dict[str, list[list[float] | None]]
    """By name, for each frame his middle and height (x, y, height, pixels); None: not to be seen."""


class Counts:
    """What came of one film."""

    def __init__(self, truth: Truth | None = None) -> None:
        self._truth = truth
        self.frames = 0
        self.seen: Counter[int] = Counter()
        """Frames by number."""
        self.swaps = 0
        """How often a number stood on somebody else than before."""
        self._whose: dict[int, str] = {}

    def add(self, found: Mapping[int, tuple[float, float] | None]) -> None:
        """Everybody's centre in the next frame, pixels; None: not seen."""
        there = {number: centre for number, centre in found.items() if centre is not None}
        self.seen.update(there.keys())
        for number, centre in there.items():
            name = self._at(centre)
            if name is not None:
                self.swaps += self._whose.get(number, name) != name
                self._whose[number] = name
        self.frames += 1

    def _at(self, centre: tuple[float, float]) -> str | None:
        """Who is there; None where nobody, or two people, are."""
        places = {} if self._truth is None else self._truth["people"]
        near = []
        for name, frames in places.items():
            place = frames[self.frames] if self.frames < len(frames) else None
            if place is not None and math.dist(centre, place[:2]) < NEAR * place[2]:
                near.append(name)
        return near[0] if len(near) == 1 else None

    def line(self) -> str:
        """'150 frames; 1 seen in 144, 2 in 150; 0 swaps'."""
        seen = ", ".join(f"{number} seen in {count}" for number, count in sorted(self.seen.items()))
        swaps = "" if self._truth is None else f"; {self.swaps} swap{'s' * (self.swaps != 1)}"
        return f"{self.frames} frames; {seen or 'nobody'}{swaps}"
