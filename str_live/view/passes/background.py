"""What lies behind everything: the camera's picture, or a plain studio."""

from __future__ import annotations

import moderngl
import numpy as np

from str_live.view.programs import Programs


class BackgroundPass:
    """One triangle over the viewport. Owns the picture's texture, the expensive upload of a frame."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx = ctx
        self._shader = programs["background"]
        self._array = ctx.vertex_array(self._shader.program, [])
        self._empty = _picture_texture(ctx, (1, 1))
        self._texture: moderngl.Texture | None = None
        self._image: np.ndarray | None = None

    def draw(self, target: moderngl.Framebuffer, image: np.ndarray | None, *, mirror: bool = False) -> None:
        """Fill the target's viewport with an (H, W, 3) uint8 BGR image, or with the studio."""
        if image is not None:
            self._upload(image)
        target.use()
        self._ctx.enable_only(moderngl.NOTHING)
        self._shader.set(u_flip=-1.0 if mirror else 1.0, u_has_picture=float(image is not None), u_picture=0)
        (self._texture if image is not None and self._texture is not None else self._empty).use(0)
        self._array.render(moderngl.TRIANGLES, vertices=3)

    def _upload(self, image: np.ndarray) -> None:
        """Bring the image to the GPU unless it is there already."""
        if image is self._image:
            return
        size = (image.shape[1], image.shape[0])
        if self._texture is None or self._texture.size != size:
            if self._texture is not None:
                self._texture.release()
            self._texture = _picture_texture(self._ctx, size)
        self._texture.write(np.ascontiguousarray(image))
        self._image = image

    def release(self) -> None:
        """Free it; the context must be current."""
        for item in (self._array, self._empty, self._texture):
            if item is not None:
                item.release()
        self._texture = self._image = None


def _picture_texture(ctx: moderngl.Context, size: tuple[int, int]) -> moderngl.Texture:
    """A texture for BGR bytes; the swizzle spares a cvtColor, alignment 1 allows odd widths."""
    texture = ctx.texture(size, 3, alignment=1)
    texture.swizzle = "BGR1"
    texture.filter = moderngl.LINEAR, moderngl.LINEAR
    texture.repeat_x = texture.repeat_y = False
    return texture
