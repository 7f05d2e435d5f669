"""Paints the frames of a film as the window shows them. In: BodyResult and Staging, out: BGR pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from str_live.film.choice import FilmChoice
from str_live.film.layout import Area, FilmLayout
from str_live.film.lettering import bgr, write
from str_live.film.plot import AnglePlot, CurvePlot
from str_live.messages import BodyResult
from str_live.network_text import change_text, shown_texts
from str_live.settings import Settings
from str_live.view.angle_history import AngleHistory
from str_live.view.cameras import OrbitCamera
from str_live.view.headless import HeadlessRenderer, create_context, release_context
from str_live.view.history import AccelerationHistory, magnitude_text, reference_text
from str_live.view.palette import CURVES, GROUND, TEXT
from str_live.view.quality import quality_of
from str_live.view.scene import Scene
from str_live.view.stage import Mesh, Stage

HEADLINE_SIZE = 17
_NARROW_PLOT = 700
"""Pixels of a film 720 pixels high: in a narrower plot the note does not fit beside the title."""


@dataclass(frozen=True, slots=True)
class Staging:
    """What painting a result needs besides the result itself."""

    mesh: Mesh | None
    """Of the body in use; None before it is loaded."""
    running: Settings
    """With the networks that run."""
    camera: OrbitCamera = field(default_factory=OrbitCamera)
    """Of the 3D view."""
    reason: str = ""
    """Why there are no accelerations; '' where there are."""


class FilmPainter:
    """Paints one film. Holds a GL context, which belongs to the thread that makes, uses and releases it."""

    def __init__(self, layout: FilmLayout, choice: FilmChoice) -> None:
        """Raises RuntimeError with advice where there is no OpenGL 3.3."""
        self.layout = layout
        self._ctx = create_context()
        self._picture, self._space = self._renderer(layout.picture), self._renderer(layout.space)
        self._stage = Stage()
        self._history, self._angles = AccelerationHistory(), AngleHistory()
        scale = layout.scale
        options = {"narrow": _is_narrow(layout.error_plot, scale), "scale": scale}
        curves = ("A", "B", "frame")
        self._error = CurvePlot("error", "Acceleration error", curves, **options)
        self._magnitude = CurvePlot("magnitude", "Mean acceleration", (*curves, "reference"), **options)
        self._angle_plots = [
            AnglePlot(kind, scale=scale) for kind, _ in zip(choice.angles, layout.angle_plots, strict=False)
        ]
        self._texts: dict[str, str] = {}
        self._running: Settings | None = None
        self._canvas = np.full((layout.height, layout.width, 3), bgr(GROUND), dtype=np.uint8)
        if layout.space_headline is not None:
            write(self._part(layout.space_headline), "3D view", *self._headline(12), bold=True)

    def paint(self, result: BodyResult, staging: Staging) -> np.ndarray:
        """(H, W, 3) uint8 BGR, of the layout's size: valid until the next one is painted."""
        self._name(shown_texts(staging.running, result.frame.replay))
        scene = self._stage.scene(result, staging.mesh, staging.running.view)
        if scene is not None:  # else the views stay as they were: a body is just being exchanged
            self._paint_views(scene, staging.camera)
        self._paint_accelerations(result, staging)
        self._paint_angles(result)
        return self._canvas

    def release(self) -> None:
        """Free everything on the graphics card."""
        for renderer in (self._picture, self._space):
            if renderer is not None:
                renderer.release()
        release_context(self._ctx)

    def _renderer(self, area: Area | None) -> HeadlessRenderer | None:
        """What draws into an area, where there is one."""
        if area is None:
            return None
        quality = quality_of(self._ctx.info["GL_RENDERER"])
        return HeadlessRenderer(area.width, area.height, self._ctx, quality=quality)

    def _part(self, area: Area) -> np.ndarray:
        return self._canvas[area.rows, area.columns]

    def _headline(self, x: float) -> tuple[float, float, str, int]:
        """Where and how a headline is written, `x` pixels of a film 720 pixels high from its left."""
        scale = self.layout.scale
        return round(x * scale), round(18 * scale), TEXT, round(HEADLINE_SIZE * scale)

    def _paint_views(self, scene: Scene, camera: OrbitCamera) -> None:
        if self._picture is not None and self.layout.picture is not None:
            self._part(self.layout.picture)[:] = self._picture.overlay(scene)
        if self._space is not None and self.layout.space is not None:
            self._part(self.layout.space)[:] = self._space.space(scene, camera)

    def _name(self, texts: dict[str, str]) -> None:
        """Write above the picture which networks made the bodies, in their colours."""
        if texts == self._texts or self.layout.picture_headline is None:
            self._texts = texts
            return
        self._texts = texts
        scale, headline = self.layout.scale, self._part(self.layout.picture_headline)
        headline[:] = bgr(GROUND)
        x = write(headline, "Picture and body", *self._headline(12), bold=True) / scale + 22
        for name, text in texts.items():
            left, side = round(x * scale), round(14 * scale)
            top = round(18 * scale) - side // 2
            headline[top : top + side, left : left + side] = bgr(CURVES[name])
            x = write(headline, f"{name}  {text}", *self._headline(x + 22)) / scale + 26

    def _paint_accelerations(self, result: BodyResult, staging: Staging) -> None:
        """Both plots, where the layout has them."""
        layout, history = self.layout, self._history
        if layout.error_plot is None or layout.magnitude_plot is None:
            return
        if self._running is not None and (change := change_text(staging.running, self._running)):
            history.mark(change)
        self._running = staging.running
        history.add(result)
        note = reference_text(history.reference, history.delay_s, staging.reason or history.no_reference)
        letters = {"A": "A", "B": "B", "frame": "per-frame", "reference": "reference"}
        named = letters | {name: f"{name}  {text}" for name, text in self._texts.items()}
        self._error.draw(self._part(layout.error_plot), history, note, named)
        magnitude = self._part(layout.magnitude_plot)
        self._magnitude.draw(magnitude, history, magnitude_text(history), letters)

    def _paint_angles(self, result: BodyResult) -> None:
        """A plot for each kind that was chosen, where the layout has them."""
        if not self._angle_plots:
            return
        self._angles.add(result)
        for plot, area in zip(self._angle_plots, self.layout.angle_plots, strict=True):
            plot.draw(self._part(area), self._angles)


def _is_narrow(plot: Area | None, scale: float) -> bool:
    """Whether a plot's note does not fit beside its title."""
    return plot is not None and plot.width < _NARROW_PLOT * scale
