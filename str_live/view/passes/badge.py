"""A number on a disc, made of lines: no font is needed, and it is as sharp as the view."""

from __future__ import annotations

import numpy as np

from str_live.view.badges import Badge
from str_live.view.passes.skeleton import line_marks
from str_live.view.person_colours import Colour, text_on

# fmt: off
_STROKES: dict[str, tuple[tuple[float, float], ...]] = {
    "0": ((.3, 0), (.13, .08), (.04, .3), (.03, .5), (.04, .7), (.13, .92), (.3, 1), (.47, .92), (.56, .7),
          (.57, .5), (.56, .3), (.47, .08), (.3, 0)),
    "1": ((.1, .2), (.36, 0), (.36, 1)),
    "2": ((.03, .25), (.08, .1), (.2, .02), (.38, .01), (.52, .1), (.56, .25), (.52, .42), (.4, .58),
          (.03, 1), (.58, 1)),
    "3": ((.04, .1), (.18, .01), (.38, .01), (.52, .1), (.54, .25), (.48, .4), (.3, .47), (.5, .54),
          (.57, .72), (.52, .88), (.38, .99), (.18, .99), (.02, .89)),
    "4": ((.43, 1), (.43, 0), (0, .68), (.6, .68)),
    "5": ((.53, 0), (.1, 0), (.06, .44), (.2, .38), (.38, .38), (.52, .48), (.57, .68), (.52, .88),
          (.38, .99), (.18, .99), (.02, .9)),
    "6": ((.5, .06), (.36, 0), (.2, .06), (.08, .25), (.03, .5), (.04, .75), (.13, .93), (.3, 1), (.47, .93),
          (.56, .72), (.48, .52), (.3, .44), (.14, .5), (.05, .64)),
    "7": ((.02, 0), (.57, 0), (.22, 1)),
    "8": ((.3, .45), (.13, .36), (.08, .22), (.14, .07), (.3, 0), (.46, .07), (.52, .22), (.47, .36),
          (.3, .45), (.1, .56), (.03, .74), (.1, .92), (.3, 1), (.5, .92), (.57, .74), (.5, .56), (.3, .45)),
    "9": ((.1, .94), (.24, 1), (.4, .94), (.52, .75), (.57, .5), (.56, .25), (.47, .07), (.3, 0),
          (.13, .07), (.04, .28), (.12, .48), (.3, .56), (.46, .5), (.55, .36)),
}
"""Each digit as one line through points in a box 0.6 wide and 1 high, x right, y down."""
# fmt: on
_ADVANCE = 0.86
"""From one digit to the next, in heights of a digit."""
WHITE: Colour = (1.0, 1.0, 1.0)
DARK: Colour = (0.10, 0.11, 0.13)


def disc_marks(badge: Badge) -> np.ndarray:
    """(N, 11) marks in pixels: the disc, with a white ring around the followed one's; a dark one, ringed in
    the person's colour, for somebody left out."""
    radius, at = badge.radius_px, _points(badge.at[None])
    discs: list[tuple[Colour, float]] = []
    if badge.followed:
        discs.append((WHITE, 2 * radius + max(0.45 * radius, 4.0)))
    discs.append((badge.colour, 2 * radius))
    if badge.left_out:
        discs.append((DARK, 1.6 * radius))
    return np.concatenate([line_marks(at, at, colour, width, badge.alpha) for colour, width in discs])


def digit_marks(badge: Badge) -> np.ndarray:
    """(N, 11) marks in pixels: the number, struck through for somebody left out."""
    text = str(badge.number)
    height = badge.radius_px * (1.1 if len(text) == 1 else 0.85)
    width = 0.6 * height + (len(text) - 1) * _ADVANCE * height
    colour = badge.colour if badge.left_out else text_on(badge.colour)
    strokes = []
    for place, digit in enumerate(text):
        corner = badge.at + np.array([place * _ADVANCE * height - width / 2, -height / 2])
        points = _points(corner + height * np.array(_STROKES[digit]))
        strokes.append(line_marks(points[:-1], points[1:], colour, 0.2 * height, badge.alpha))
    if badge.left_out:
        arm = 0.72 * badge.radius_px * np.array([1.0, -1.0])
        ends = _points(np.stack([badge.at - arm, badge.at + arm]))
        strokes.append(line_marks(ends[:1], ends[1:], WHITE, 0.2 * height, badge.alpha))
    return np.concatenate(strokes)


def _points(flat: np.ndarray) -> np.ndarray:
    """(N, 2) -> (N, 3)."""
    return np.column_stack([flat, np.zeros(len(flat))])
