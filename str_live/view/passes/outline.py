"""The silhouette: one to four dark pixels around the bodies, which makes them readable over any picture."""

from __future__ import annotations

import moderngl

from str_live.view.programs import Programs

PIXELS_PER_RADIUS = 420.0
"""Height of a view whose outline is one pixel wide; it grows with the view."""


def radius_px(view_height: int) -> float:
    """Width of the outline in a view of this height."""
    return min(max(view_height / PIXELS_PER_RADIUS, 1.0), 4.0)


class OutlinePass:
    """A full-screen triangle that looks for the layer's cover around each pixel. Draw it before the layer."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx = ctx
        self._shader = programs["outline"]
        self._array = ctx.vertex_array(self._shader.program, [])

    def draw(
        self,
        target: moderngl.Framebuffer,
        layer: moderngl.Texture,
        part: tuple[int, int, int, int],
        *,
        view_height: int,
        strength: float,
    ) -> None:
        """Draw into a part (x, y, width, height) of the target: not over the letterbox."""
        target.use()
        target.viewport = (0, 0, *layer.size)
        target.scissor = part
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        layer.use(0)
        self._shader.set(u_layer=0, u_strength=strength, u_radius_px=radius_px(view_height))
        self._array.render(moderngl.TRIANGLES, vertices=3)
        target.scissor = None

    def release(self) -> None:
        """Free it; the context must be current."""
        self._array.release()
