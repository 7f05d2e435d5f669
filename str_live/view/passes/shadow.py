"""The bodies seen from the key light: one square depth map."""

from __future__ import annotations

from collections.abc import Iterable

import moderngl
import numpy as np

from str_live.view.buffers import MeshBuffers
from str_live.view.cameras import look_from, orthographic
from str_live.view.programs import Programs

LIGHT = np.array([-0.55, 0.75, 0.55]) / np.linalg.norm([-0.55, 0.75, 0.55])
"""Unit vector towards the key light, world: above the webcam, from the viewer's left."""
HALF_SIDE = 1.6
"""Metres around the body that the map covers: small, so that a texel of 1024 is 3 mm."""


def shadow_from_world(centre: np.ndarray, half_side: float = HALF_SIDE) -> np.ndarray:
    """(4, 4) world to the shadow map's clip space, around a point (3,) in the world."""
    right = np.cross([0.0, 1.0, 0.0], LIGHT)
    right /= np.linalg.norm(right)
    axes = (right, np.cross(LIGHT, right), LIGHT)
    return orthographic(half_side, 0.1, 8.0) @ look_from(centre + 4.0 * LIGHT, axes)


class ShadowPass:
    """Owns the depth map; `texture` is a comparison sampler (sampler2DShadow)."""

    def __init__(self, ctx: moderngl.Context, programs: Programs, size: int, *, coarse: bool = False) -> None:
        self._ctx = ctx
        self._coarse = coarse
        self._shader = programs["depth"]
        self.texture = ctx.depth_texture((size, size))
        self.texture.compare_func = "<="
        self.texture.filter = moderngl.LINEAR, moderngl.LINEAR
        self.texture.repeat_x = self.texture.repeat_y = False
        self._framebuffer = ctx.framebuffer([], self.texture)

    def draw(self, bodies: Iterable[tuple[MeshBuffers, np.ndarray]]) -> None:
        """Draw bodies, each with its (4, 4) matrix from the body frame to the map's clip space."""
        self._framebuffer.use()
        self._framebuffer.viewport = (0, 0, *self.texture.size)
        self._framebuffer.depth_mask = True
        self._framebuffer.clear(depth=1.0)
        # Only what faces the light can be nearest to it: half of the triangles need no drawing.
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._ctx.depth_func = "<="
        self._ctx.cull_face, self._ctx.front_face = "back", "ccw"
        for buffers, clip_from_body in bodies:
            self._shader.set(u_clip_from_body=clip_from_body)
            buffers.draw(self._shader, coarse=self._coarse)

    def release(self) -> None:
        """Free it; the context must be current."""
        self._framebuffer.release()
        self.texture.release()
