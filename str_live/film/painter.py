"""Paints the frames of a film as the window shows them. In: BodyResult and Staging, out: BGR pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from str_live.film.layout import Area, FilmLayout
from str_live.film.lettering import bgr, write
from str_live.film.plot import CurvePlot
from str_live.messages import BodyResult
from str_live.network_text import change_text, shown_texts
from str_live.settings import Settings
from str_live.view.cameras import OrbitCamera
from str_live.view.headless import HeadlessRenderer, create_context, release_context
from str_live.view.history import AccelerationHistory, magnitude_text, reference_text
from str_live.view.palette import CURVES, GROUND, TEXT
from str_live.view.quality import quality_of
from str_live.view.stage import Mesh, Stage

HEADLINE_SIZE = 17
_NARROW_PLOT = 700
"""Pixels: in a narrower plot the note does not fit beside the title."""


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

    def __init__(self, layout: FilmLayout) -> None:
        """Raises RuntimeError with advice where there is no OpenGL 3.3."""
        self.layout = layout
        self._ctx = create_context()
        quality = quality_of(self._ctx.info["GL_RENDERER"])
        areas = layout.picture, layout.space
        self._picture, self._space = (
            HeadlessRenderer(area.width, area.height, self._ctx, quality=quality) for area in areas
        )
        self._stage = Stage()
        self._history = AccelerationHistory()
        narrow = layout.error_plot is not None and layout.error_plot.width < _NARROW_PLOT
        curves = ("A", "B", "frame")
        self._error = CurvePlot("error", "Acceleration error", curves, narrow=narrow)
        self._magnitude = CurvePlot("magnitude", "Mean acceleration", (*curves, "reference"), narrow=narrow)
        self._texts: dict[str, str] = {}
        self._running: Settings | None = None
        self._canvas = np.full((layout.height, layout.width, 3), bgr(GROUND), dtype=np.uint8)
        write(self._part(layout.space_headline), "3D view", 12, 18, TEXT, HEADLINE_SIZE, bold=True)

    def paint(self, result: BodyResult, staging: Staging) -> np.ndarray:
        """(H, W, 3) uint8 BGR, of the layout's size: valid until the next one is painted."""
        self._name(shown_texts(staging.running, result.frame.replay))
        scene = self._stage.scene(result, staging.mesh, staging.running.view)
        if scene is not None:  # else the views stay as they were: a body is just being exchanged
            self._part(self.layout.picture)[:] = self._picture.overlay(scene)
            self._part(self.layout.space)[:] = self._space.space(scene, staging.camera)
        self._paint_plots(result, staging)
        return self._canvas

    def release(self) -> None:
        """Free everything on the graphics card."""
        self._picture.release()
        self._space.release()
        release_context(self._ctx)

    def _part(self, area: Area) -> np.ndarray:
        return self._canvas[area.rows, area.columns]

    def _name(self, texts: dict[str, str]) -> None:
        """Write above the picture which networks made the bodies, in their colours."""
        if texts == self._texts:
            return
        self._texts = texts
        headline = self._part(self.layout.picture_headline)
        headline[:] = bgr(GROUND)
        x = write(headline, "Picture and body", 12, 18, TEXT, HEADLINE_SIZE, bold=True) + 22
        for name, text in texts.items():
            headline[11:25, x : x + 14] = bgr(CURVES[name])
            x = write(headline, f"{name}  {text}", x + 22, 18, TEXT, HEADLINE_SIZE) + 26

    def _paint_plots(self, result: BodyResult, staging: Staging) -> None:
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
