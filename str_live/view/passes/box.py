"""The crop's square in the picture: four corner brackets and a faint frame."""

from __future__ import annotations

import numpy as np

from str_live.messages import Box
from str_live.view.passes.skeleton import line_marks
from str_live.view.person_colours import Colour

COLOUR: Colour = (1.0, 1.0, 1.0)
BRACKET = 0.12
"""Length of a bracket's arm, as a share of the side."""


def box_marks(box: Box, scale: float, alpha: float = 1.0, colour: Colour = COLOUR) -> np.ndarray:
    """(N, 11) marks in image pixels; `scale` is screen pixels per mark unit."""
    half = box.side / 2
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float32)
    corners = np.zeros((4, 3), dtype=np.float32)
    corners[:, :2] = signs * half + (box.cx, box.cy)
    following = np.roll(corners, -1, axis=0)
    frame = line_marks(corners, following, colour, 1.0 * scale, 0.35 * alpha)
    arms = line_marks(corners, corners + (following - corners) * BRACKET, colour, 2.5 * scale, alpha)
    back = line_marks(following, following + (corners - following) * BRACKET, colour, 2.5 * scale, alpha)
    return np.concatenate([frame, arms, back])
