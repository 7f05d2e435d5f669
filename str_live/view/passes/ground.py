"""The floor of the 3D view: a fading grid and the shadow."""

from __future__ import annotations

import moderngl
import numpy as np

from str_live.view.passes.shadow import LIGHT
from str_live.view.programs import Programs

HALF_SIDE = 9.0
"""Metres: beyond, the fade leaves less than a hundredth."""


class GroundPass:
    """One quad at y = 0 of the world, drawn as darkness over what is behind it."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx = ctx
        self._shader = programs["ground"]
        self._array = ctx.vertex_array(self._shader.program, [])

    def draw(
        self,
        target: moderngl.Framebuffer,
        clip_from_world: np.ndarray,
        shadow_from_world: np.ndarray,
        shadow_map: moderngl.Texture,
        *,
        eye_height: float,
    ) -> None:
        """Draw it, by two (4, 4) matrices; it fades as the eye sinks below it, so that the feet stay visible.

        `eye_height`: metres over the ground.
        """
        target.use()
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        shadow_map.use(1)
        self._shader.set(
            u_clip_from_world=clip_from_world,
            u_shadow_from_world=shadow_from_world,
            u_half_side=HALF_SIDE,
            u_seen_from_above=min(max(eye_height / 0.3, 0.0), 1.0),
            u_light=tuple(LIGHT),
            u_shadow_map=1,
        )
        self._array.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def release(self) -> None:
        """Free it; the context must be current."""
        self._array.release()
