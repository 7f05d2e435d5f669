"""How far a body moves without a module: heat on its mesh, and the other body as a ghost. In: two bodies of a
result, out: a Scene for the 3D view."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from str_live.messages import NUMBER_OF_ONE, BodyPose, BodyResult
from str_live.settings import ViewSettings
from str_live.view.passes.mesh import FULL_SPEED
from str_live.view.person_colours import Colour
from str_live.view.scene import Figure, GroundLevel, Scene
from str_live.view.stage import Mesh

GHOST: Colour = (0.10, 0.72, 0.62)
"""Green: none of the heat's colours, and seen on the light ground."""
GHOST_FADE = 0.5
"""The heat must be seen through the ghost."""
GHOST_AGREES_M = 0.02
"""Metres the ghost must be in front of the body to be seen there."""
SCALES_MM = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
"""What the hottest colour may stand for."""
REMEMBERED = 90
"""Frames that the scale takes account of: one that changes with every frame could not be read."""
USUAL = 80
"""Per cent of these frames in which all but a hundredth of the skin lies within the scale."""
_RAMP = np.array([(0.03, 0.05, 0.20), (0.55, 0.07, 0.22), (1.0, 0.72, 0.16)])
"""Linear colours of the mode 'speed' in shaders/body.glsl: of 0, of half and of all."""


def vertex_shifts_mm(whole: BodyPose, without: BodyPose) -> np.ndarray:
    """(V,) how far each vertex lies from the whole network's, pelvis upon pelvis, millimetres."""
    apart = (without.vertices - without.joints[0]) - (whole.vertices - whole.joints[0])
    return np.linalg.norm(apart, axis=1) * 1000


def exaggerated(whole: BodyPose, without: BodyPose, factor: float) -> BodyPose:
    """The body `without`, put on the other's pelvis, at `factor` times its distance from it."""
    apart = (without.vertices - without.joints[0]) - (whole.vertices - whole.joints[0])
    vertices = np.ascontiguousarray(whole.vertices + factor * apart, dtype=np.float32)
    return replace(without, vertices=vertices, joints=whole.joints)


def heat_colour(share: float) -> tuple[int, int, int]:
    """sRGB 0 to 255 of a share, 0 to 1, of what the hottest colour stands for: as on the mesh, unlit."""
    place = min(max(share, 0.0), 1.0) * 2
    low = min(int(place), 1)
    mixed = _RAMP[low] + (_RAMP[low + 1] - _RAMP[low]) * (place - low)
    red, green, blue = (mixed ** (1 / 2.2) * 255).round().astype(int).tolist()
    return red, green, blue


class ShiftStage:
    """Makes the scenes of one stream; remembers its ground and its scale. One thread."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another comparison or another source."""
        self._ground = GroundLevel()
        self._largest: deque[float] = deque(maxlen=REMEMBERED)
        self.scale_mm = SCALES_MM[0]
        """What the hottest colour stands for."""

    def scene(
        self, result: BodyResult, whole: BodyPose, without: BodyPose, mesh: Mesh | None, *, factor: float
    ) -> Scene | None:
        """Both bodies in one place, the ghost `factor` times as far away; None: the mesh is another's."""
        if mesh is None or result.box is None or len(mesh[1]) != len(whole.vertices):
            return None
        shifts = vertex_shifts_mm(whole, without)
        self._largest.append(float(np.percentile(shifts, 99)))
        top = float(np.percentile(self._largest, USUAL))
        self.scale_mm = next((scale for scale in SCALES_MM if scale >= top), SCALES_MM[-1])
        number = result.number or NUMBER_OF_ONE
        floor = self._ground.update({number: whole}, result.frame.time_s)[number]
        heat = (shifts * (FULL_SPEED / self.scale_mm)).astype(np.float32)
        ghost = exaggerated(whole, without, factor)
        figures = (
            Figure(number, "A", whole, result.box, GHOST, colour_mode="speed", floor=floor, speeds=heat),
            Figure(
                number,
                "B",
                ghost,
                result.box,
                GHOST,
                colour_mode="uniform",
                floor=floor,
                agree_m=GHOST_AGREES_M,
                fade=GHOST_FADE,
            ),
        )
        return Scene(result, mesh[0], ViewSettings(), mesh[1], result.people, figures)
