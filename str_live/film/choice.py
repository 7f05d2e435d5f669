"""What a film shows and how large it is, as it was asked for. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from str_live.angle_names import ANGLE_KINDS

PARTS = {
    "picture": "Picture with body",
    "3d": "3D view",
    "acceleration": "Accelerations",
    "angles": "Joint angles",
}
"""Name of a part on the command line -> what it is called."""
PLOTS = ("acceleration", "angles")
MOST_ANGLES = 4
SHORTEST_SIDE, LONGEST_SIDE = 160, 4096
"""Pixels: players on telephones refuse larger films."""


@dataclass(frozen=True, slots=True)
class FilmChoice:
    """Raises ValueError with a sentence where it cannot be."""

    parts: tuple[str, ...] = ("picture", "3d")
    """Names of PARTS."""
    angles: tuple[str, ...] = ("knee", "hip")
    """Kinds of ANGLE_KINDS: a plot each, where joint angles are among the parts."""
    width: int | None = None
    """Pixels; None: what its parts take at this height."""
    height: int | None = None
    """Pixels; None: 720, and more with plots beneath."""

    def __post_init__(self) -> None:
        _check_names(self.parts, PARTS, "part of a film")
        _check_names(self.angles, ANGLE_KINDS, "joint angle")
        if len(self.angles) > MOST_ANGLES:
            raise ValueError(f"{len(self.angles)} joint angles are too many for one film: choose up to 4")
        for side in (self.width, self.height):
            if side is not None:
                _check_side(side)


def parts_from(text: str) -> tuple[str, ...]:
    """'picture,3d,plots' -> names of PARTS; 'plots' stands for all plots. ValueError where one is unknown."""
    names: list[str] = []
    for name in _names(text):
        names += PLOTS if name == "plots" else (name,)
    _check_names(names, PARTS, "part of a film", "plots")
    return tuple(part for part in PARTS if part in names)


def angles_from(text: str) -> tuple[str, ...]:
    """'knee,elbow' -> kinds of ANGLE_KINDS; ValueError where one is unknown."""
    return FilmChoice(angles=tuple(dict.fromkeys(_names(text)))).angles


def size_from(text: str) -> tuple[int | None, int]:
    """'1920x1080' or a height, '1080' -> width (None: as the parts need it) and height; ValueError."""
    found = re.fullmatch(r"(?:(\d{1,6})[x×])?(\d{1,6})p?", text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is no size of a film: give 1920x1080, or a height as 1080")
    width, height = (None if side is None else int(side) for side in found.groups())
    assert height is not None
    FilmChoice(width=width, height=height)
    return width, height


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]


def _check_names(names: Iterable[str], known: Iterable[str], what: str, *more: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"unknown {what} {name!r}: choose among {', '.join((*known, *more))}")
    if not list(names):
        raise ValueError(f"no {what} is given: choose among {', '.join((*known, *more))}")


def _check_side(side: int) -> None:
    if not SHORTEST_SIDE <= side <= LONGEST_SIDE:
        raise ValueError(f"a film's sides lie between {SHORTEST_SIDE} and {LONGEST_SIDE} pixels, not {side}")
    if side % 2:
        raise ValueError(f"a film's sides are even numbers of pixels: give {side + 1} instead of {side}")
