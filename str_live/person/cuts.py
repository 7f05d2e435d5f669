"""Hard cuts of a film: in: pictures in order, out: whether the newest one shows another scene."""

from __future__ import annotations

import cv2
import numpy as np

SIZE = (32, 18)
"""Width and height that pictures are compared at."""
SAME_SCENE = 0.5
"""Correlation of two pictures' brightness below which they are of different scenes."""
MIN_CONTRAST = 4.0
"""Standard deviation of brightness, of 255, below which a picture is blank and says nothing."""


class CutDetector:
    """Remembers the last picture that was not blank."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another source: the next picture is no cut."""
        self._last: np.ndarray | None = None

    def __call__(self, image: np.ndarray) -> bool:
        """(H, W, 3) uint8 BGR -> whether a cut lies between the last picture and this one."""
        small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA).mean(axis=-1)
        contrast = float(small.std())
        if contrast < MIN_CONTRAST:
            return False
        small = (small - small.mean()) / contrast
        last, self._last = self._last, small
        return last is not None and float((last * small).mean()) < SAME_SCENE
