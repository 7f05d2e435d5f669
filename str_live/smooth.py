"""One-Euro filters with real time steps: for the crop's box and the displayed body, never for recordings.

Rotations are filtered as quaternions whose sign is aligned with the previous one: axis-angle wraps near pi.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from str_live.messages import Box
from str_live.rotation import quaternion_from_rotmat, rotmat_from_quaternion

MAX_GAP_S = 0.5
"""Seconds: after a longer gap the past says nothing, and the filter starts anew."""


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
        self._speed = self._speed + _weight(self._speed_cutoff, step) * (speed - self._speed)
        cutoff = self._min_cutoff + self._beta * np.abs(self._speed)
        self._value = self._value + _weight(cutoff, step) * (value - self._value)
        self._time_s = time_s
        return self._value

    @property
    def value(self) -> np.ndarray | None:
        """The last filtered value, None after a reset."""
        return None if self._time_s is None else self._value


def _weight(cutoff: np.ndarray | float, step: float) -> np.ndarray | float:
    """Weight of the new value in a first-order low-pass of `cutoff` hertz over `step` seconds."""
    rate = 2 * math.pi * cutoff * step
    return rate / (rate + 1)


class PoseSmoother:
    """One-Euro on the displayed body of one variant: rotations, place in the picture, and shape.

    Call it once per frame in order; it forgets by itself when time jumps or runs backwards.
    """

    def __init__(self, min_cutoff: float = 1.0, beta: float = 1.5) -> None:
        self._rotations = OneEuro(min_cutoff, beta)
        self._place = OneEuro(min_cutoff, beta)
        # A person's shape does not change: what moves in it is noise.
        self._betas = OneEuro(0.2, 0.0)
        self._unit = 1.0

    def reset(self) -> None:
        """Forget the past (another source, another person)."""
        for part in (self._rotations, self._place, self._betas):
            part.reset()

    def __call__(
        self, rotmat: np.ndarray, betas: np.ndarray, camera: np.ndarray, *, box: Box, time_s: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(24, 3, 3) local rotations, (10,) betas, (3,) camera of the crop `box` -> the same, filtered."""
        quaternion = quaternion_from_rotmat(torch.from_numpy(np.asarray(rotmat, dtype=np.float64))).numpy()
        last = self._rotations.value
        if last is not None:  # q and -q are the same rotation: take the one next to the last
            quaternion = np.where((quaternion * last).sum(-1, keepdims=True) < 0, -quaternion, quaternion)
        quaternion = self._rotations(quaternion, time_s)
        smooth = rotmat_from_quaternion(torch.from_numpy(quaternion)).numpy().astype(np.float32)
        place = self._smooth_camera(camera, box, time_s)
        return smooth, self._betas(betas, time_s).astype(np.float32), place

    def _smooth_camera(self, camera: np.ndarray, box: Box, time_s: float) -> np.ndarray:
        """Filters where the body stands in the picture: the camera alone also tells how the box moved."""
        if self._place.value is None:
            self._unit = box.side
        scale = max(float(camera[0]), 1e-3) * box.side / 2  # pixels per metre
        x, y = box.cx + scale * camera[1], box.cy + scale * camera[2]
        state = np.array([x / self._unit, y / self._unit, math.log(scale / self._unit)])
        x, y, log_scale = self._place(state, time_s)
        scale = math.exp(log_scale) * self._unit
        x, y = x * self._unit, y * self._unit
        return np.array([2 * scale / box.side, (x - box.cx) / scale, (y - box.cy) / scale], dtype=np.float32)
