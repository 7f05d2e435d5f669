"""The person crop: its square from 33 landmarks, the smoothing, the affine cut. Frame, Box -> Crop."""

from __future__ import annotations

import math

import cv2
import numpy as np

from str_live.geometry import CROP_SIZE, crop_affine
from str_live.messages import Box, Crop
from str_live.one_euro import OneEuro

KEYPOINT_MARGIN = 1.1
CROP_SCALE = 1.2
"""The square is 1.1 x 1.2 times the box of the keypoints: what the field's networks were trained with."""
OUTSIDE_MARGIN = 0.1
"""Share of the picture by which landmarks outside of it still widen the box."""
MIN_SIDE_PX = 8.0


def box_from_landmarks(landmarks_px: np.ndarray, width: int, height: int) -> Box:
    """(N, 2) landmarks in image pixels -> the crop's square.

    Landmarks are first drawn back to just outside the picture. mediapipe guesses the legs of somebody at a
    desk two picture heights below the edge; dropping such points would make the box jump when one leaves.
    """
    size = np.array([width, height], dtype=np.float64)
    points = np.clip(landmarks_px, -OUTSIDE_MARGIN * size, (1 + OUTSIDE_MARGIN) * size)
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2
    side = max(float((high - low).max()) * KEYPOINT_MARGIN * CROP_SCALE, MIN_SIDE_PX)
    return Box(float(centre[0]), float(centre[1]), side)


def cut_crop(image: np.ndarray, box: Box) -> Crop:
    """(H, W, 3) uint8 BGR image -> its square `box` as 224 x 224, bilinear, black outside the picture."""
    affine = crop_affine(box)
    pixels = cv2.warpAffine(image, affine, (CROP_SIZE, CROP_SIZE), flags=cv2.INTER_LINEAR)
    return Crop(pixels, box)


def cut_mask(mask: np.ndarray, box: Box) -> np.ndarray:
    """(H, W) float32 mask of a picture -> its square `box` as 224 x 224, zero outside the picture."""
    return cv2.warpAffine(mask, crop_affine(box), (CROP_SIZE, CROP_SIZE), flags=cv2.INTER_LINEAR)


class BoxSmoother:
    """Steadies the crop's square: One-Euro on its centre and on the logarithm of its side."""

    def __init__(self, min_cutoff: float = 1.5, beta: float = 4.0) -> None:
        # Speeds are in box sides a second, so that one setting fits near and far people.
        self._filter = OneEuro(min_cutoff, beta)
        self._unit = 1.0

    def reset(self) -> None:
        """Forget the past: the next box is taken as it is."""
        self._filter.reset()

    def __call__(self, box: Box, time_s: float) -> Box:
        """The box of the frame at `time_s` seconds -> the steadied box."""
        if self._filter.value is None:
            self._unit = box.side
        state = np.array([box.cx / self._unit, box.cy / self._unit, math.log(box.side / self._unit)])
        cx, cy, log_side = self._filter(state, time_s)
        return Box(float(cx) * self._unit, float(cy) * self._unit, math.exp(log_side) * self._unit)
