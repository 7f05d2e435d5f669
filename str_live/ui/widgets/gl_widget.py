"""The two views as widgets: the picture with the body over it, and the body in a room of its own.

The renderer is disposable: a context may be lost (a dock that is floated), so everything is made again from
the scene, which the widget keeps.
"""

from __future__ import annotations

import logging
import math
from contextlib import nullcontext
from dataclasses import replace

import moderngl
from PyQt6.QtCore import QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QOpenGLContext, QSurfaceFormat, QWheelEvent
from PyQt6.QtOpenGLWidgets import QOpenGLWidget
from PyQt6.QtWidgets import QWidget

from str_live.view.cameras import DISTANCE_LIMITS, OrbitCamera
from str_live.view.paint_clock import PaintClock
from str_live.view.picking import person_at, picture_point
from str_live.view.programs import ShaderError
from str_live.view.quality import HIGH, PaintWatch, Quality, quality_of
from str_live.view.renderer import Renderer
from str_live.view.scene import Scene
from str_live.view.stage import COMPARE_DISTANCE_M

logger = logging.getLogger(__name__)

HALF_BODY_M = 0.6
"""Metres on either side of where somebody stands that his arms may need."""
REACH_STEP_M = 0.3
"""Farther than before that people must stand apart for another step back: fewer are calmer."""
_WHEEL_STEP = 120.0
"""Eighths of a degree per notch of a wheel."""


class QtLoader:
    """Resolves GL entry points through Qt, so that GLX, EGL, WGL and CGL look the same to moderngl.

    moderngl's own context finder would mix the state of two widgets, or fail where Qt runs on EGL.
    """

    def load_opengl_function(self, name: str) -> int:
        """Address of a GL function in the current context, 0 where there is none."""
        context = QOpenGLContext.currentContext()
        address = context.getProcAddress(name.encode()) if context is not None else None
        return int(address) if address else 0

    def __enter__(self) -> None:
        pass

    def __exit__(self, *details: object) -> None:
        pass

    def release(self) -> None:
        """Nothing is owned: the context is Qt's."""


def surface_format() -> QSurfaceFormat:
    """OpenGL 3.3 core without samples or depth: the renderer has its own. Set before QApplication."""
    surface = QSurfaceFormat()
    # Without it some drivers hand out OpenGL ES; without the core profile macOS stays at 2.1.
    surface.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    surface.setVersion(3, 3)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setDepthBufferSize(0)
    surface.setSamples(0)
    surface.setSwapInterval(1)
    return surface


class SceneWidget(QOpenGLWidget):
    """Shows the last scene it was given. GUI thread only."""

    failed = pyqtSignal(str)
    """The context or a shader does not work: one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Scene | None = None
        self._ctx: moderngl.Context | None = None
        self._renderer: Renderer | None = None
        self._clock: PaintClock | None = None
        self._watch = PaintWatch()
        self._quality: Quality | None = None
        self.setMinimumSize(160, 120)

    @property
    def scene(self) -> Scene | None:
        """The scene on screen."""
        return self._scene

    def set_scene(self, scene: Scene) -> None:
        """Show a scene at the next repaint."""
        self._scene = scene
        self.update()

    def reload_shaders(self) -> str:
        """Compile the shaders again; '' or the compiler's message. On an error the old ones stay."""
        if self._renderer is None:
            return ""
        self.makeCurrent()
        message = self._renderer.reload_shaders()
        self.doneCurrent()
        self.update()
        return message

    def initializeGL(self) -> None:
        """Make everything anew; called again whenever the context was lost."""
        context = self.context()
        if context is None:
            self.failed.emit("This machine gives no OpenGL context: update the graphics driver.")
            return
        context.aboutToBeDestroyed.connect(self._release)
        try:
            self._ctx = moderngl.create_context(context=QtLoader())  # pyright: ignore[reportArgumentType]
            # Freed by hand: the garbage collector may run in a thread that has no context.
            self._ctx.gc_mode = None
            self._quality = self._quality or self._first_quality(self._ctx.info["GL_RENDERER"])
            self._renderer = Renderer(self._ctx, quality=self._quality)
            self._clock = PaintClock(self._ctx)
        except (moderngl.Error, ShaderError, OSError) as error:
            logger.exception("the renderer could not be made")
            self._renderer = None
            self.failed.emit(f"The 3D view does not work: {error}. OpenGL 3.3 is needed.")

    def paintGL(self) -> None:
        """Draw the scene into Qt's framebuffer, whose number changes with every resize."""
        if self._renderer is None or self._ctx is None:
            return
        target = self._ctx.detect_framebuffer(self.defaultFramebufferObject())
        if self._scene is not None:
            self._keep_pace(self._renderer)
            with self._clock or nullcontext():
                self.draw(self._renderer, target, self._scene)
        else:
            target.use()
            target.clear(0.085, 0.09, 0.10, 1.0)

    def draw(self, renderer: Renderer, target: moderngl.Framebuffer, scene: Scene) -> None:
        """Draw this kind of view."""
        raise NotImplementedError

    def _first_quality(self, driver: str) -> Quality:
        """What this driver is trusted with before anything is measured."""
        quality = quality_of(driver)
        logger.info("%s draws with %s at %s quality", type(self).__name__, driver, quality.name)
        return quality

    def _keep_pace(self, renderer: Renderer) -> None:
        """Draw more simply from now on where the card is too slow for what it draws."""
        if renderer.quality != HIGH or self._clock is None or self._clock.last_ms is None:
            return
        self._quality = self._watch.add(renderer.quality, self._clock.last_ms)
        if self._quality != renderer.quality:
            text = "a paint takes %.0f ms: %s draws at %s quality from now on"
            logger.info(text, self._watch.typical_ms, type(self).__name__, self._quality.name)
            renderer.set_quality(self._quality)

    def _release(self) -> None:
        """Free everything while the context still lives."""
        if self._renderer is None:
            return
        self.makeCurrent()
        self._renderer.release()
        self.doneCurrent()
        self._renderer, self._ctx, self._clock = None, None, None


class OverlayWidget(SceneWidget):
    """The source's picture with the bodies over it; of several people one is chosen by the mouse."""

    person_chosen = pyqtSignal(int, bool)
    """Who was clicked on, and whether he is to be left out (Shift)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)

    def draw(self, renderer: Renderer, target: moderngl.Framebuffer, scene: Scene) -> None:
        """Picture and bodies, letterboxed."""
        renderer.render_overlay(target, scene)

    def person_at(self, place: QPointF) -> int | None:
        """The number of the person at this place of the widget; None: nobody, or there is only one."""
        scene = self.scene
        if scene is None or scene.result is None or not scene.several:
            return None
        height, width = scene.result.frame.image.shape[:2]
        view = self.width(), self.height()
        point = picture_point((place.x(), place.y()), view, (width, height), mirror=scene.view.mirror)
        return person_at(scene, point)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose whoever is there."""
        number = self.person_at(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.person_chosen.emit(number, bool(shift))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over whoever can be chosen."""
        somebody = self.person_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if somebody else Qt.CursorShape.ArrowCursor)


class SpaceWidget(SceneWidget):
    """The bodies on the ground, seen by an orbit camera that the mouse moves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera = OrbitCamera()
        self._last: QPointF | None = None
        self._placed: set[int] = set()
        """Numbers of those in the scene."""
        self._reach = 0.0
        """Metres from the middle that room was made for."""
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def set_scene(self, scene: Scene) -> None:
        """Show a scene at the next repaint, from farther away where people came or went who do not fit in.

        Coming nearer is left to the user, who may have chosen to see one of them.
        """
        placed = {figure.number for figure in scene.placed}
        if len(placed) > 1 and (placed - self._placed or scene.reach > self._reach + REACH_STEP_M):
            self._reach = scene.reach
            self._step_back(self._room_for(scene.reach))
        self._placed = placed
        super().set_scene(scene)

    def _room_for(self, reach: float) -> float:
        """Metres from which people up to `reach` metres from the middle fit into the view."""
        across = math.tan(self.camera.field_of_view / 2) * min(self.width() / max(self.height(), 1), 1.0)
        return min((reach + HALF_BODY_M) / across + reach / 2, DISTANCE_LIMITS[1])

    def _step_back(self, distance: float) -> None:
        if self.camera.distance < distance:
            self._move(replace(self.camera, distance=distance))

    def draw(self, renderer: Renderer, target: moderngl.Framebuffer, scene: Scene) -> None:
        """Bodies, ground and shadow."""
        renderer.render_space(target, scene, self.camera)

    def show_preset(self, name: str) -> None:
        """Look from 'front', 'side' or 'top', from as far away as before."""
        self._move(replace(self.camera.preset(name), distance=self.camera.distance))

    def make_room(self) -> None:
        """Step back where the camera is too near to see two bodies side by side."""
        self._step_back(COMPARE_DISTANCE_M)

    def reset_camera(self) -> None:
        """Look as at the start."""
        self._move(OrbitCamera())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a drag."""
        self._last = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Left button turns, the others (or Shift) move the scene sideways."""
        if self._last is None:
            return
        moved = event.position() - self._last
        self._last = event.position()
        turning = event.buttons() & Qt.MouseButton.LeftButton
        if turning and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._move(self.camera.dragged(moved.x(), moved.y(), self.height()))
        else:
            self._move(self.camera.panned(moved.x(), moved.y(), self.height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._last = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Look as at the start."""
        self.reset_camera()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nearer and farther."""
        self._move(self.camera.zoomed(event.angleDelta().y() / _WHEEL_STEP))
        event.accept()

    def _move(self, camera: OrbitCamera) -> None:
        self.camera = camera
        self.update()
