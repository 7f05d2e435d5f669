"""What to draw: one frozen record, and two meters (ground, speed) that remember frames."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from str_live.messages import BodyPose, BodyResult
from str_live.settings import ViewSettings

COLOUR_MODES = ("uniform", "part", "side", "speed")
"""Names of ViewSettings.colour_mode; the position is the shader's switch."""
COLOUR_A = (0.32, 0.60, 0.86)
COLOUR_B = (0.95, 0.66, 0.18)
"""sRGB 0 to 1: light relatives of #0072B2 and #E69F00, apart for every kind of colour vision."""
FADE_SECONDS = 1.5
"""How long a body stays after its person was last seen."""

# fmt: off
LANDMARK_BONES = (
    (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24), (23, 25), (25, 27),
    (24, 26), (26, 28), (27, 29), (29, 31), (27, 31), (28, 30), (30, 32), (28, 32), (15, 19), (16, 20),
)
"""Pairs of mediapipe's 33 landmarks that are drawn as lines."""
# fmt: on

TURN = np.diag([1.0, -1.0, -1.0])
"""Camera frame (y down, z away) to world and OpenGL (y up, z towards us). A rotation: winding stays."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the renderer needs for one picture. Arrays are shared and never written to."""

    result: BodyResult | None
    faces: np.ndarray
    """(F, 3) int32. Keep passing the same array: it is uploaded once."""
    view: ViewSettings = field(default_factory=ViewSettings)
    parts: np.ndarray | None = None
    """(V,) SMPL joint 0 to 23 that owns each vertex, for the colour modes 'part' and 'side'. As faces."""
    colours: tuple[tuple[float, float, float], ...] = (COLOUR_A, COLOUR_B)
    """sRGB 0 to 1 of body A and body B."""
    colour_modes: tuple[str, ...] = ()
    """Of body A and body B, where they differ; () takes that of `view` for both."""
    separate: float = 0.0
    """Metres between A and B in the 3D view; 0 draws B see-through in the same place."""
    agree_m: float = 0.03
    """Metres B must be in front of A to be seen where both stand in one place: where they agree more closely,
    A alone is shown, without speckles."""
    floors: tuple[float, ...] = ()
    """Height of the ground below each body's pelvis, metres (negative), from GroundLevel; () takes the
    lowest vertex of this frame."""
    speeds: tuple[np.ndarray | None, ...] = ()
    """(V,) metres per second for each body, from SpeedMeter, for the colour mode 'speed'."""

    @property
    def bodies(self) -> tuple[BodyPose, ...]:
        """Variant A, then B; empty before the first person."""
        return self.result.bodies if self.result is not None else ()

    @property
    def fade(self) -> float:
        """1 while the person is seen, down to 0 as a held body is let go."""
        return fade(self.result.held_s) if self.result is not None else 0.0


def fade(held_s: float) -> float:
    """Opacity of a body whose person was last seen so many seconds ago: full at first, then gone smoothly."""
    t = min(max((held_s - 0.2) / (FADE_SECONDS - 0.2), 0.0), 1.0)
    return 1.0 - t * t * (3.0 - 2.0 * t)


def lowest(body: BodyPose) -> float:
    """Height of the lowest vertex over the pelvis, metres, world (so negative)."""
    return float(body.joints[0, 1] - body.vertices[:, 1].max())


def world_from_body(body: BodyPose, floor: float, right: float = 0.0) -> np.ndarray:
    """(4, 4): pelvis over the world's origin (moved `right` metres), the ground `floor` below it at y = 0."""
    matrix = np.eye(4)
    matrix[:3, :3] = TURN
    pelvis = TURN @ np.asarray(body.joints[0], dtype=np.float64)
    matrix[:3, 3] = right - pelvis[0], -floor - pelvis[1], -pelvis[2]
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
    _levels: dict[int, float] = field(default_factory=dict)
    _time_s: float | None = None

    def reset(self) -> None:
        """Forget everything: the next frame counts as the first."""
        self._levels.clear()
        self._time_s = None

    def update(self, bodies: tuple[BodyPose, ...], time_s: float) -> tuple[float, ...]:
        """Heights of the ground below each body's pelvis, metres (negative), at this time of the source."""
        passed = 0.0 if self._time_s is None else time_s - self._time_s
        if passed < 0.0 or passed > 2.0:
            self.reset()
        self._time_s = time_s
        share = 1.0 - math.exp(-max(passed, 0.0) / self.seconds)
        for number, body in enumerate(bodies):
            now = lowest(body)
            self._levels[number] = self._levels.get(number, now) * (1.0 - share) + now * share
        return tuple(self._levels[number] for number in range(len(bodies)))


@dataclass(slots=True)
class SpeedMeter:
    """Speed of every vertex relative to the pelvis, from one frame to the next."""

    _before: dict[int, np.ndarray] = field(default_factory=dict)
    _speeds: dict[int, np.ndarray] = field(default_factory=dict)
    _time_s: float | None = None

    def reset(self) -> None:
        """Forget everything: the next frame counts as the first."""
        self._before.clear()
        self._speeds.clear()
        self._time_s = None

    def update(self, bodies: tuple[BodyPose, ...], time_s: float) -> tuple[np.ndarray, ...]:
        """(V,) float32 metres per second for each body; zeros in the first frame."""
        passed = 0.0 if self._time_s is None else time_s - self._time_s
        if passed < 0.0 or passed > 0.5:
            self.reset()
        for number, body in enumerate(bodies):
            if passed > 0.0 or number not in self._speeds:
                self._measure(number, body.vertices - body.joints[0], passed)
        self._time_s = time_s
        return tuple(self._speeds[number] for number in range(len(bodies)))

    def _measure(self, number: int, placed: np.ndarray, passed: float) -> None:
        """Speeds of one body from its vertices relative to the pelvis (V, 3)."""
        before = self._before.get(number)
        if before is None or before.shape != placed.shape or passed <= 0.0:
            self._speeds[number] = np.zeros(len(placed), dtype=np.float32)
        else:
            self._speeds[number] = (np.linalg.norm(placed - before, axis=1) / passed).astype(np.float32)
        self._before[number] = placed
