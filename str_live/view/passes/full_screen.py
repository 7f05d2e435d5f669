"""The layer over the background, as one full-screen triangle that reads it texel by texel.

Three shaders are drawn so: `outline`, the bodies' silhouette, before the layer; `present`, the layer with
tone curve and opacity; `present_quick`, both in one with softened edges, for a layer that has no samples.
"""

from __future__ import annotations

import moderngl

from str_live.view.programs import Programs

PIXELS_PER_RADIUS = 420.0
"""Height of a view whose outline is one pixel wide; it grows with the view."""


def outline_radius_px(view_height: int) -> float:
    """Width of the outline in a view of this height: it makes bodies readable over any picture."""
    return min(max(view_height / PIXELS_PER_RADIUS, 1.0), 4.0)


class FullScreenPass:
    """One of those shaders, by the name of its program."""

    def __init__(self, ctx: moderngl.Context, programs: Programs, name: str) -> None:
        self._ctx = ctx
        self._shader = programs[name]
        self._array = ctx.vertex_array(self._shader.program, [])

    def draw(
        self,
        target: moderngl.Framebuffer,
        layer: moderngl.Texture,
        part: tuple[int, int, int, int],
        **uniforms: float,
    ) -> None:
        """Show a part (x, y, width, height) of the layer in the target, which is as large as the layer.

        `uniforms` are the shader's own. What lies outside the part, the letterbox say, is left alone.
        """
        target.use()
        target.viewport = (0, 0, *layer.size)
        target.scissor = part
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        layer.use(0)
        self._shader.set(u_layer=0, **uniforms)
        self._array.render(moderngl.TRIANGLES, vertices=3)
        target.scissor = None

    def release(self) -> None:
        """Free it; the context must be current."""
        self._array.release()
