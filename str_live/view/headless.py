"""The renderer without a window: pictures as arrays, for tests, documents and films."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import moderngl
import numpy as np

from str_live.files import SHADERS
from str_live.view.cameras import OrbitCamera
from str_live.view.quality import HIGH, Quality
from str_live.view.renderer import Renderer
from str_live.view.scene import Scene


class NoOpenGLError(RuntimeError):
    """Nothing can be drawn here; the message says what to install."""


def create_context() -> moderngl.Context:
    """A standalone OpenGL 3.3 context through EGL: needs neither a screen nor a window system.

    Raises NoOpenGLError where there is none.
    """
    try:
        # moderngl declares all further arguments as dictionaries.
        ctx = moderngl.create_context(standalone=True, backend="egl", require=330)  # pyright: ignore[reportArgumentType]
    except Exception as error:  # glcontext raises bare Exception
        raise NoOpenGLError(
            f"no OpenGL 3.3 through EGL ({error}): install libegl1 and a GL driver"
        ) from error
    ctx.gc_mode = None
    return ctx


def release_context(ctx: moderngl.Context) -> None:
    """Free a standalone context, and let go of it first: Qt cannot draw in a thread that still holds one."""
    with ctx:
        pass
    ctx.release()


class HeadlessRenderer:
    """A renderer with a framebuffer of its own. Use as a context manager, from one thread."""

    def __init__(
        self,
        width: int,
        height: int,
        ctx: moderngl.Context | None = None,
        *,
        shaders: Path = SHADERS,
        quality: Quality = HIGH,
    ) -> None:
        self._owns_context = ctx is None
        self.ctx = create_context() if ctx is None else ctx
        self.renderer = Renderer(self.ctx, shaders, quality=quality)
        self._colour = self.ctx.texture((width, height), 4)
        self.target = self.ctx.framebuffer([self._colour])

    def overlay(self, scene: Scene) -> np.ndarray:
        """(H, W, 3) uint8 BGR: the bodies over the picture."""
        self.renderer.render_overlay(self.target, scene)
        return self._read()

    def space(self, scene: Scene, camera: OrbitCamera | None = None) -> np.ndarray:
        """(H, W, 3) uint8 BGR: the 3D view."""
        self.renderer.render_space(self.target, scene, camera or OrbitCamera())
        return self._read()

    def _read(self) -> np.ndarray:
        """The target as a picture, top row first."""
        flat = np.frombuffer(self.target.read(components=3, alignment=1), dtype=np.uint8)
        picture = flat.reshape(self.target.height, self.target.width, 3)
        return np.ascontiguousarray(picture[::-1, :, ::-1])

    def release(self) -> None:
        """Free everything, the context too where it was made here."""
        self.renderer.release()
        # moderngl binds the last framebuffer again now and then: it must not be one that is gone.
        self.ctx.detect_framebuffer(0).use()
        self.target.release()
        self._colour.release()
        if self._owns_context:
            release_context(self.ctx)

    def __enter__(self) -> HeadlessRenderer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
