"""Outline and last draw in one, with softened edges: for a layer that has no samples."""

from __future__ import annotations

import moderngl

from str_live.view.passes.outline import radius_px
from str_live.view.programs import Programs


class QuickPresentPass:
    """A full-screen triangle that reads the layer's texels and their neighbours."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx = ctx
        self._shader = programs["present_quick"]
        self._array = ctx.vertex_array(self._shader.program, [])

    def draw(
        self,
        target: moderngl.Framebuffer,
        layer: moderngl.Texture,
        part: tuple[int, int, int, int],
        *,
        view_height: int,
        strength: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        """Show a part (x, y, width, height) of the layer in the target, which is as large as the layer."""
        target.use()
        target.viewport = (0, 0, *layer.size)
        target.scissor = part
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        layer.use(0)
        self._shader.set(
            u_layer=0, u_opacity=opacity, u_strength=strength, u_radius_px=radius_px(view_height)
        )
        self._array.render(moderngl.TRIANGLES, vertices=3)
        target.scissor = None

    def release(self) -> None:
        """Free it; the context must be current."""
        self._array.release()
