"""The body's surface, lit; solid or see-through."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import moderngl
import numpy as np

from str_live.skeleton import SIDES
from str_live.view.buffers import MeshBuffers
from str_live.view.passes.shadow import LIGHT
from str_live.view.programs import Programs
from str_live.view.scene import COLOUR_MODES, linear

FULL_SPEED = 3.0
"""Metres per second that get the hottest colour: a quick wave of the hand."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one body stands and who looks at it."""

    clip_from_body: np.ndarray
    """(4, 4)"""
    world_from_body: np.ndarray
    """(4, 4) rotation and translation."""
    shadow_from_world: np.ndarray
    """(4, 4)"""
    eye: np.ndarray
    """(3,) metres, world."""
    depth_slope: float
    """2 far near / (far - near) of the projection, metres: what turns metres into depth."""


def part_colours() -> np.ndarray:
    """(24, 3) linear colours of the SMPL joints: pairs share a hue, right is the lighter one."""
    hues = {0: 0.58, 3: 0.52, 6: 0.60, 9: 0.54, 12: 0.10, 15: 0.13, 1: 0.75, 4: 0.82, 7: 0.90, 10: 0.97}
    hues |= {13: 0.47, 16: 0.40, 18: 0.30, 20: 0.20, 22: 0.04}
    colours = np.zeros((24, 3), dtype=np.float32)
    for joint, side in enumerate(SIDES):
        left = joint - 1 if side == 2 else joint
        colours[joint] = linear(colorsys.hsv_to_rgb(hues[left], 0.34 if side == 2 else 0.58, 0.90))
    return colours


SIDE_COLOURS = tuple(
    linear(colour) for colour in ((0.78, 0.78, 0.76), (0.00, 0.62, 0.45), (0.80, 0.47, 0.65))
)
"""Middle, left, right: grey, bluish green and reddish purple of the same colour-blind-safe set."""


class MeshPass:
    """Draws one body at a time."""

    def __init__(self, ctx: moderngl.Context, programs: Programs, *, light_per_vertex: bool = False) -> None:
        self._ctx = ctx
        self._shader = programs["mesh_quick" if light_per_vertex else "mesh"]
        self._shader.set(
            u_part_colours=part_colours(),
            u_side_colours=np.array(SIDE_COLOURS, dtype=np.float32),
            u_part_sides=np.array(SIDES, dtype=np.int32),
            u_full_speed=FULL_SPEED,
            u_light=tuple(LIGHT),
            u_shadow_map=1,
        )

    def draw(
        self,
        target: moderngl.Framebuffer,
        buffers: MeshBuffers,
        placement: Placement,
        shadow_map: moderngl.Texture,
        *,
        colour: tuple[float, float, float],
        mode: str = "uniform",
        alpha: float = 1.0,
        push_m: float = 0.0,
        mirror: bool = False,
    ) -> None:
        """Draw it in an sRGB colour or a colour mode.

        Alpha below 1 shows what is behind it, never its own back. `push_m` lets surfaces that many metres
        farther away still win the depth test.
        """
        target.use()
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE)
        self._ctx.depth_func = "<="
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._ctx.cull_face = "back"
        # Mirroring turns every triangle's winding round.
        self._ctx.front_face = "cw" if mirror else "ccw"
        shadow_map.use(1)
        self._shader.set(
            u_clip_from_body=placement.clip_from_body,
            u_world_from_body=placement.world_from_body,
            u_shadow_from_world=placement.shadow_from_world,
            u_eye=tuple(placement.eye),
            u_flip=-1.0 if mirror else 1.0,
            u_push=push_m * placement.depth_slope,
            u_colour=linear(colour),
            u_colour_mode=COLOUR_MODES.index(mode) if mode in COLOUR_MODES else 0,
            u_alpha=alpha,
        )
        if alpha < 1.0:
            self._draw_depth(target, buffers)
        buffers.draw(self._shader)
        self._ctx.front_face = "ccw"

    def _draw_depth(self, target: moderngl.Framebuffer, buffers: MeshBuffers) -> None:
        """Depth first, so that only the nearest surface is blended."""
        target.color_mask = False, False, False, False
        buffers.draw(self._shader)
        target.color_mask = True, True, True, True
