"""The turned square in which the landmark model looks for one person: from two points, and steadied.

In: the hips' middle and a point on the rim of the circle around the whole body, which both of mediapipe's
models give. Out: Region. The formulas are those of mediapipe's PoseDetectionToRoi, PoseLandmarksToRoi and
PoseLandmarkFiltering.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from str_live.one_euro import MAX_GAP_S, low_pass_weight
from str_live.person.detector import Detection

SCALE = 1.25
"""Side of the region relative to the diameter of the body's circle."""
MIN_CUTOFF_HZ, BETA, SPEED_CUTOFF_HZ = 0.01, 10.0, 1.0
"""mediapipe's own steadying of the two points, in diameters of the circle: nearly still unless they move."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of the picture, turned so that the person in it stands upright."""

    cx: float
    cy: float
    side: float
    """Pixels, as is the centre."""
    angle: float
    """Radians, clockwise in the picture."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the landmark model sees in one region."""

    detection: Detection
    circle_px: np.ndarray
    """(2, 2) pixels: the hips' middle and a point on the body's circle, for the next region."""
    presence: float
    """The model's belief that there is somebody, 0 to 1."""


def region_around(points: np.ndarray) -> Region:
    """(2, 2) pixels: the hips' middle and a point on the body's circle, above the head -> the region."""
    (cx, cy), (x, y) = points.tolist()
    angle = math.pi / 2 - math.atan2(cy - y, x - cx)
    turns = math.floor((angle + math.pi) / (2 * math.pi))
    return Region(cx, cy, SCALE * 2 * math.hypot(x - cx, y - cy), angle - turns * 2 * math.pi)


class RegionSmoother:
    """Steadies the two points of one person, so that the region does not tremble with the landmarks.

    A One-Euro filter as mediapipe has it: the speed is that of the unfiltered points, in diameters a second.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next points are taken as they are."""
        self._time_s: float | None = None
        self._raw = self._steady = self._speed = np.zeros((2, 2))

    def __call__(self, points: np.ndarray, time_s: float) -> Region:
        """(2, 2) pixels in the frame at `time_s` seconds -> the region for the next frame."""
        step = math.inf if self._time_s is None else time_s - self._time_s
        if not 0 < step <= MAX_GAP_S:
            self._steady, self._speed = points, np.zeros((2, 2))
        else:
            diameter = max(2 * float(np.linalg.norm(points[1] - points[0])), 1.0)
            speed = (points - self._raw) / diameter / step
            self._speed = self._speed + low_pass_weight(SPEED_CUTOFF_HZ, step) * (speed - self._speed)
            weight = low_pass_weight(MIN_CUTOFF_HZ + BETA * np.abs(self._speed), step)
            self._steady = self._steady + weight * (points - self._steady)
        self._raw, self._time_s = points, time_s
        return region_around(self._steady)
