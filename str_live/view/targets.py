"""The renderer's own framebuffer: linear half floats, with samples that are resolved into a texture."""

from __future__ import annotations

import moderngl


class Layer:
    """What is drawn before it is shown: colour premultiplied and linear. One path for all."""

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int], samples: int, dtype: str = "f2") -> None:
        self.size = size
        self._ctx = ctx
        samples = min(samples, ctx.max_samples)
        self.texture = ctx.texture(size, 4, dtype=dtype)
        self.texture.repeat_x = self.texture.repeat_y = False
        self._depth = ctx.depth_renderbuffer(size, samples=samples)
        self._colour = ctx.renderbuffer(size, 4, samples=samples, dtype=dtype) if samples else None
        self.framebuffer = ctx.framebuffer([self._colour or self.texture], self._depth)
        # No depth here: copy_framebuffer blits depth too, and GL refuses that between different formats.
        self._resolved = ctx.framebuffer([self.texture]) if samples else None

    def begin(self, viewport: tuple[int, int, int, int]) -> None:
        """Bind and clear to nothing; draw into this part of it."""
        self.framebuffer.use()
        self.framebuffer.scissor = None
        self.framebuffer.depth_mask = True
        self.framebuffer.color_mask = True, True, True, True
        self.framebuffer.viewport = (0, 0, *self.size)
        self.framebuffer.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        self.framebuffer.viewport = viewport

    def resolve(self) -> moderngl.Texture:
        """Average the samples, if there are any, into `texture`."""
        if self._resolved is not None:
            self._ctx.copy_framebuffer(self._resolved, self.framebuffer)
        return self.texture

    def release(self) -> None:
        """Free it; the context must be current."""
        for item in (self.framebuffer, self._resolved, self._colour, self._depth, self.texture):
            if item is not None:
                item.release()
