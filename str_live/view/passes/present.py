"""The last draw: the resolved layer over the background, with tone curve and opacity."""

from __future__ import annotations

import moderngl

from str_live.view.programs import Programs


class PresentPass:
    """A full-screen triangle that reads the layer texel by texel."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx = ctx
        self._shader = programs["present"]
        self._array = ctx.vertex_array(self._shader.program, [])

    def draw(
        self,
        target: moderngl.Framebuffer,
        layer: moderngl.Texture,
        part: tuple[int, int, int, int],
        *,
        opacity: float = 1.0,
    ) -> None:
        """Show a part (x, y, width, height) of the layer in the target, which is as large as the layer."""
        target.use()
        target.viewport = (0, 0, *layer.size)
        target.scissor = part
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        layer.use(0)
        self._shader.set(u_layer=0, u_opacity=opacity)
        self._array.render(moderngl.TRIANGLES, vertices=3)
        target.scissor = None

    def release(self) -> None:
        """Free it; the context must be current."""
        self._array.release()
