"""The One-Euro filter with real time steps: for the crop's box and the displayed body. In, out: arrays."""

from __future__ import annotations

import math

import numpy as np

MAX_GAP_S = 0.5
"""Seconds: after a longer gap the filter starts again from the next value."""


class OneEuro:
    """The One-Euro filter (Casiez et al. 2012) on an array, element by element.

    At rest it cuts at `min_cutoff` hertz; the cut-off rises by `beta` hertz per unit of speed per second.
    """

    def __init__(self, min_cutoff: float, beta: float, speed_cutoff: float = 1.0) -> None:
        self._min_cutoff, self._beta, self._speed_cutoff = min_cutoff, beta, speed_cutoff
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next value is returned as it is."""
        self._time_s: float | None = None
        self._value = np.zeros(0)
        self._speed = np.zeros(0)

    def __call__(self, value: np.ndarray, time_s: float) -> np.ndarray:
        """(...) value at `time_s` -> (...) filtered value, float64. The same moment twice changes nothing."""
        if self._time_s is None or not 0 <= time_s - self._time_s <= MAX_GAP_S:
            self._time_s = time_s
            self._value = np.asarray(value, dtype=np.float64)
            self._speed = np.zeros_like(self._value)
            return self._value
        step = time_s - self._time_s
        if step == 0:
            return self._value
        speed = (value - self._value) / step
        self._speed = self._speed + low_pass_weight(self._speed_cutoff, step) * (speed - self._speed)
        cutoff = self._min_cutoff + self._beta * np.abs(self._speed)
        self._value = self._value + low_pass_weight(cutoff, step) * (value - self._value)
        self._time_s = time_s
        return self._value

    @property
    def value(self) -> np.ndarray | None:
        """(...) float64, the last filtered value; None after a reset."""
        return None if self._time_s is None else self._value


def low_pass_weight(cutoff: np.ndarray | float, step: float) -> np.ndarray | float:
    """(...) weight of the new value in a first-order low-pass of (...) `cutoff` hertz over `step` seconds."""
    rate = 2 * math.pi * cutoff * step
    return rate / (rate + 1)
