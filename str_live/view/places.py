"""Where several people stand in the 3D view: relative to each other, the middle of all over the origin.

World: metres, y up, the camera at +z. The sideways place is as good as the crop; the depth follows from how
large a person looks and a guessed focal length, so it is a guess, and a restless one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from str_live.geometry import image_focal_length
from str_live.messages import Box

PLACE_S = 0.25
"""Time constant of the low-pass filter of a place: depth trembles from frame to frame."""
MIDDLE_S = 1.0
"""Of the filter of the middle of all, so that the scene glides when somebody comes or goes."""


class Place(NamedTuple):
    """Where and how a body stands."""

    right: float = 0.0
    """Metres from the world's origin, seen from the camera."""
    forward: float = 0.0
    """Metres from it towards the camera."""
    turn: float = 0.0
    """Radians about the vertical that the body is turned by, from the crop's frame to the picture's."""


ORIGIN = Place()


def viewing_turn(box: Box, width: int, height: int) -> float:
    """Radians to the right from the optical axis of a picture of this size to the ray through a crop.

    Up and down the ray is left alone: what is upright in the crop stands upright.
    """
    return math.atan2(box.cx - width / 2, image_focal_length(width, height))


@dataclass(slots=True)
class Places:
    """Follows the places of several people slowly. One per stream; `reset` on a new one."""

    _places: dict[int, np.ndarray] = field(default_factory=dict)
    """(2,) right and forward of each person, camera at the origin."""
    _middle: np.ndarray | None = None
    _time_s: float | None = None

    def reset(self) -> None:
        """Forget everything: the next frame counts as the first."""
        self._places.clear()
        self._middle = None
        self._time_s = None

    def update(self, pelvises: Mapping[int, np.ndarray], time_s: float) -> dict[int, tuple[float, float]]:
        """(3,) metres in the picture's camera frame of each person by number -> right and forward, metres.

        Whoever is missing is forgotten.
        """
        passed = 0.0 if self._time_s is None else time_s - self._time_s
        if passed < 0.0 or passed > 2.0:
            self.reset()
        self._time_s = time_s
        new = {number: np.array([place[0], -place[2]], float) for number, place in pelvises.items()}
        share = _share(passed, PLACE_S)
        self._places = {
            number: place if number not in self._places else _mix(self._places[number], place, share)
            for number, place in new.items()
        }
        if not new:
            return {}
        points = np.stack(list(self._places.values()))
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        self._middle = (
            middle if self._middle is None else _mix(self._middle, middle, _share(passed, MIDDLE_S))
        )
        relative = {number: place - self._middle for number, place in self._places.items()}
        return {number: (float(right), float(forward)) for number, (right, forward) in relative.items()}


def _share(passed_s: float, constant_s: float) -> float:
    """How much of a new value a low-pass filter takes after so long."""
    return 1.0 - math.exp(-max(passed_s, 0.0) / constant_s)


def _mix(before: np.ndarray, now: np.ndarray, share: float) -> np.ndarray:
    return before * (1.0 - share) + now * share
