"""Where to look for people who are not followed yet: the whole picture, or a tile of it, and how often.

The finder sees 224 x 224 pixels of what it is given, so somebody of a fifth of the picture's height is found
in a tile only. A scene begins with a look at everything; then one part a frame is searched while nobody is in
view, and less often while somebody is. Steps follow the source's clock and the number of looks, never the
computer's: the same film gives the same looks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from str_live.messages import Box

MISSING_STEP_S = 0.1
"""Seconds between two looks while fewer are in view than a moment ago ..."""
CALM_STEP_S = 0.3
"""... and while nobody is missing: somebody else may come in."""
ROUNDING_S = 1e-3
"""Of the sources' clocks."""
TILE_SHARE = 0.5
"""Side of a tile, of the picture's longer side; neighbours overlap by half, so nobody is always cut."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look in one frame."""

    tiles: tuple[Box | None, ...]
    """Parts of the picture; None: all of it."""
    missing: int | None
    """Which of those lost lately to look for where he may be by now."""


class SearchPlan:
    """Which part of which frame to search."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another scene: begin with everything."""
        self._last_s = -math.inf
        self._turn = 0

    def next_search(
        self, size: tuple[int, int], time_s: float, *, in_view: int, missing: int
    ) -> Search | None:
        """What to search in the frame at `time_s`; None where it is not time yet.

        `size`: width and height of the picture, pixels. `missing`: how many were lost lately.
        """
        step = 0.0 if not in_view else MISSING_STEP_S if missing else CALM_STEP_S
        if time_s - self._last_s < step - ROUNDING_S:
            return None
        places, turn = tiles(*size), self._turn
        self._last_s, self._turn = time_s, turn + 1
        if turn == 0:
            return Search((None, *places), None)
        tile = places[turn // 2 % len(places)] if turn % 2 == 0 else None
        return Search((tile,), turn % missing if missing else None)


def tiles(width: int, height: int) -> list[Box]:
    """Overlapping squares that cover the picture, row by row."""
    side = TILE_SHARE * max(width, height)
    rows, columns = _centres(height, side), _centres(width, side)
    return [Box(x, y, side) for y in rows for x in columns]


def _centres(length: int, side: float) -> list[float]:
    """Centres of the fewest squares along one edge that overlap by half at least."""
    if length <= side:
        return [length / 2]
    count = math.ceil((length - side) / (side / 2)) + 1
    return np.linspace(side / 2, length - side / 2, count).tolist()
