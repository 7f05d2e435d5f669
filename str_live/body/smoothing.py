"""One-Euro filters with real time steps: for the crop's box and the displayed body, never for recordings.

Rotations are filtered as quaternions whose sign is aligned with the previous one: axis-angle wraps near pi.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from str_live.messages import Box
from str_live.one_euro import OneEuro
from str_live.rotation import quaternion_from_rotmat, rotmat_from_quaternion


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
        """Filters the body's place in the picture: the camera alone also contains the box's motion."""
        if self._place.value is None:
            self._unit = box.side
        scale = max(float(camera[0]), 1e-3) * box.side / 2  # pixels per metre
        x, y = box.cx + scale * camera[1], box.cy + scale * camera[2]
        state = np.array([x / self._unit, y / self._unit, math.log(scale / self._unit)])
        x, y, log_scale = self._place(state, time_s)
        scale = math.exp(log_scale) * self._unit
        x, y = x * self._unit, y * self._unit
        return np.array([2 * scale / box.side, (x - box.cx) / scale, (y - box.cy) / scale], dtype=np.float32)
