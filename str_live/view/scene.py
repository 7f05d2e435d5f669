"""What to draw: one frozen record, and two meters (ground, speed) that remember frames."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from str_live.messages import BodyPose, BodyResult, Box, PersonBody
from str_live.settings import ViewSettings
from str_live.view.person_colours import Colour
from str_live.view.places import ORIGIN, Place

COLOUR_MODES = ("uniform", "part", "side", "speed")
"""Names of ViewSettings.colour_mode; the position is the shader's switch."""
FADE_SECONDS = 1.5
"""How long a body stays after its person was last seen."""

# fmt: off
LANDMARK_BONES = (
    (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24), (23, 25), (25, 27),
    (24, 26), (26, 28), (27, 29), (29, 31), (27, 31), (28, 30), (30, 32), (28, 32), (15, 19), (16, 20),
)
"""Pairs of mediapipe's 33 landmarks that are drawn as lines."""
# fmt: on

Key = TypeVar("Key", bound=Hashable)
TURN = np.diag([1.0, -1.0, -1.0])
"""Camera frame (y down, z away) to world and OpenGL (y up, z towards us). A rotation: winding stays."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One body to draw: whose it is, in which colour, where."""

    number: int
    """The person's."""
    variant: str
    """'A' or 'B': the network that made it. B is drawn see-through over A."""
    body: BodyPose
    box: Box
    """The crop square that the body was computed in."""
    colour: Colour
    colour_mode: str = ""
    """One of COLOUR_MODES; '' takes that of the view."""
    agree_m: float = 0.03
    """Metres B must be in front of A to be seen where both stand in one place: where they agree more closely,
    A alone is shown, without speckles."""
    fade: float = 1.0
    """1 while the person is seen, down to 0 as a held body is let go."""
    floor: float = 0.0
    """Height of the ground below the pelvis, metres (negative), from GroundLevel."""
    speeds: np.ndarray | None = None
    """(V,) metres per second, from SpeedMeter, for the colour mode 'speed'."""
    place: Place | None = ORIGIN
    """In the 3D view; None: not shown there."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the renderer needs for one picture. Arrays are shared and never written to."""

    result: BodyResult | None
    faces: np.ndarray
    """(F, 3) int32. Keep passing the same array: it is uploaded once."""
    view: ViewSettings = field(default_factory=ViewSettings)
    parts: np.ndarray | None = None
    """(V,) SMPL joint 0 to 23 that owns each vertex, for the colour modes 'part' and 'side'. As faces."""
    people: tuple[PersonBody, ...] = ()
    """Everybody in the picture, the followed one first; those that are left out have no bodies."""
    figures: tuple[Figure, ...] = ()
    """The followed one's A and B, then the others'."""
    several: bool = False
    """Whether more than one person has been there: then their numbers are shown."""
    side_by_side: bool = False
    """Whether A and B stand beside each other in the 3D view; else B is see-through in the same place."""

    @property
    def placed(self) -> tuple[Figure, ...]:
        """Those of the 3D view."""
        return tuple(figure for figure in self.figures if figure.place is not None)

    @property
    def reach(self) -> float:
        """Metres from the origin of the 3D view to the place farthest from it."""
        places = [figure.place for figure in self.figures if figure.place is not None]
        return max((math.hypot(place.right, place.forward) for place in places), default=0.0)


def fade(held_s: float) -> float:
    """Opacity of a body whose person was last seen so many seconds ago: full at first, then gone smoothly."""
    t = min(max((held_s - 0.2) / (FADE_SECONDS - 0.2), 0.0), 1.0)
    return 1.0 - t * t * (3.0 - 2.0 * t)


def lowest(body: BodyPose) -> float:
    """Height of the lowest vertex over the pelvis, metres, world (so negative)."""
    return float(body.joints[0, 1] - body.vertices[:, 1].max())


def world_from_body(body: BodyPose, floor: float, place: Place = ORIGIN) -> np.ndarray:
    """(4, 4): pelvis over a place of the world, the ground `floor` below it at y = 0."""
    matrix = np.eye(4)
    cos, sin = math.cos(place.turn), math.sin(place.turn)
    matrix[:3, :3] = TURN @ [[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]]
    pelvis = matrix[:3, :3] @ np.asarray(body.joints[0], dtype=np.float64)
    matrix[:3, 3] = place.right - pelvis[0], -floor - pelvis[1], place.forward - pelvis[2]
    return matrix


def linear(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """sRGB 0 to 1 -> linear light."""
    red, green, blue = (channel**2.2 for channel in colour)
    return red, green, blue


@dataclass(slots=True)
class GroundLevel:
    """Follows the lowest vertex slowly, so that the ground stays still when a foot is lifted or an estimate
    trembles. Owned by whoever shows the stream; one per stream, `reset` on a new one."""

    seconds: float = 0.35
    """Time constant of the low-pass filter."""
    _levels: dict[Hashable, float] = field(default_factory=dict)
    _time_s: float | None = None

    def reset(self) -> None:
        """Forget everything: the next frame counts as the first."""
        self._levels.clear()
        self._time_s = None

    def update(self, bodies: Mapping[Key, BodyPose], time_s: float) -> dict[Key, float]:
        """Heights of the ground below each body's pelvis, metres (negative), at this time of the source.

        Bodies are known again by their keys; those that are missing are forgotten.
        """
        passed = 0.0 if self._time_s is None else time_s - self._time_s
        if passed < 0.0 or passed > 2.0:
            self.reset()
        self._time_s = time_s
        share = 1.0 - math.exp(-max(passed, 0.0) / self.seconds)
        levels = {}
        for key, body in bodies.items():
            now = lowest(body)
            levels[key] = self._levels.get(key, now) * (1.0 - share) + now * share
        self._levels = dict(levels)
        return levels


@dataclass(slots=True)
class SpeedMeter:
    """Speed of every vertex relative to the pelvis, from one frame to the next."""

    _before: dict[Hashable, np.ndarray] = field(default_factory=dict)
    _speeds: dict[Hashable, np.ndarray] = field(default_factory=dict)
    _time_s: float | None = None

    def reset(self) -> None:
        """Forget everything: the next frame counts as the first."""
        self._before.clear()
        self._speeds.clear()
        self._time_s = None

    def update(self, bodies: Mapping[Key, BodyPose], time_s: float) -> dict[Key, np.ndarray]:
        """(V,) float32 metres per second for each body; zeros in its first frame."""
        passed = 0.0 if self._time_s is None else time_s - self._time_s
        if passed < 0.0 or passed > 0.5:
            self.reset()
        for gone in self._before.keys() - bodies.keys():
            del self._before[gone], self._speeds[gone]
        for key, body in bodies.items():
            if passed > 0.0 or key not in self._speeds:
                self._measure(key, body.vertices - body.joints[0], passed)
        self._time_s = time_s
        return {key: self._speeds[key] for key in bodies}

    def _measure(self, key: Hashable, placed: np.ndarray, passed: float) -> None:
        """Speeds of one body from its vertices relative to the pelvis (V, 3)."""
        before = self._before.get(key)
        if before is None or before.shape != placed.shape or passed <= 0.0:
            self._speeds[key] = np.zeros(len(placed), dtype=np.float32)
        else:
            self._speeds[key] = (np.linalg.norm(placed - before, axis=1) / passed).astype(np.float32)
        self._before[key] = placed
