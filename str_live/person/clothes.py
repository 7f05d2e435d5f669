"""What the followed person wears: a colour histogram of the torso, to know them again after a loss."""

from __future__ import annotations

import math
from collections import deque

import cv2
import numpy as np

TORSO = [11, 12, 24, 23]
"""mediapipe's shoulders and hips, around the torso."""
BINS = (4, 12, 12)
"""Of L, a and b: lightness coarsely, because it changes with the light more than the colour does."""
SAME_DISTANCE = 0.7
"""Hellinger distance up to which two histograms may be of one person (0 equal, 1 without a common colour)."""
MIN_PIXELS = 30
PATCH = 64
"""Pixels: side that the torso's surroundings are shrunk to, which bounds the cost."""

LOOKS = 8
LOOK_INTERVAL_S = 0.5
"""How many looks of a person are kept to compare with, and how far apart they are taken."""


class Wardrobe:
    """What one person looked like now and then: clothes look different from each side."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Somebody else is meant from now on."""
        self._looks: deque[np.ndarray] = deque(maxlen=LOOKS)
        self._taken_s = -math.inf

    def remember(self, image: np.ndarray, landmarks_px: np.ndarray, time_s: float) -> None:
        """Keep how the person looks in the frame at `time_s`, where that can be seen and the last is old."""
        if time_s - self._taken_s < LOOK_INTERVAL_S:
            return
        look = torso_histogram(image, landmarks_px)
        if look is not None:
            self._looks.append(look)
            self._taken_s = time_s

    def distance(self, look: np.ndarray | None) -> float | None:
        """Hellinger distance of a torso to the most similar look; None where either is unknown."""
        if look is None or not self._looks:
            return None
        return min(colour_distance(look, known) for known in self._looks)


def torso_histogram(image: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, (33, 2) landmarks -> (4, 12, 12) Lab histogram with sum 1; None where unseen."""
    corners = landmarks_px[TORSO]
    height, width = image.shape[:2]
    left, top = np.floor(np.clip(corners.min(axis=0), 0, [width, height])).astype(int)
    right, bottom = np.ceil(np.clip(corners.max(axis=0), 0, [width, height])).astype(int)
    if (right - left) * (bottom - top) < MIN_PIXELS:
        return None
    patch = cv2.resize(image[top:bottom, left:right], (PATCH, PATCH), interpolation=cv2.INTER_AREA)
    scale = PATCH / np.array([right - left, bottom - top])
    mask = np.zeros((PATCH, PATCH), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(((corners - [left, top]) * scale).astype(np.int32)), (1,))
    if mask.sum() < MIN_PIXELS:
        return None
    lab = cv2.cvtColor(patch, cv2.COLOR_BGR2LAB)
    lab[..., 1:] = np.clip(lab[..., 1:], 64, 191)  # a and b of real surfaces lie near the middle
    ranges = [0, 256, 64, 192, 64, 192]
    histogram = cv2.calcHist([lab], [0, 1, 2], mask, list(BINS), ranges)
    # Blurred, so that a colour on the border of two bins does not make two persons of one.
    padded = cv2.GaussianBlur(histogram.reshape(BINS[0], -1), (1, 3), 0).reshape(BINS)
    return padded / max(float(padded.sum()), 1e-9)


def colour_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Hellinger distance of two histograms with sum 1: 0 equal, 1 nothing in common."""
    return float(np.sqrt(max(1.0 - np.sqrt(first * second).sum(), 0.0)))
