"""A plot of accelerations, drawn as the window draws it. In: AccelerationHistory, out: pixels of a canvas."""

from __future__ import annotations

import cv2
import numpy as np

from str_live.film.lettering import bgr, write, write_upwards
from str_live.view.history import HISTORY_SECONDS, UNIT_NOTE, AccelerationHistory, axis_top, seconds_text
from str_live.view.palette import BORDER, CURVES, FAINT, GROUND, QUIET, RAISED, TEXT

TITLE_SIZE, TEXT_SIZE, TICK_SIZE = 17, 16, 14
_LEFT, _RIGHT, _BOTTOM = 62, 16, 26
"""Pixels around the curves, for the axes' labels."""
_LINE = 22
"""Pixels between the lines of title, note and legend."""
_ORDER = ("reference", "frame", "B", "A")
"""Curves in drawing order, A on top."""
_WIDTHS = {"reference": 1, "frame": 1, "B": 2, "A": 2}
_DASH, _HOLE = 7.0, 5.0
_SUBPIXEL = 4
"""Bits of a pixel that OpenCV places lines by."""
_GRID_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_AXIS_SECONDS = 1.0
"""The y axis follows that often: a jumping axis cannot be read."""


class CurvePlot:
    """Draws one kind of curve, 'error' or 'magnitude', with a headline that is also its legend."""

    def __init__(self, kind: str, title: str, curves: tuple[str, ...], *, narrow: bool = False) -> None:
        """`narrow`: there is no room for the note beside the title."""
        self._kind, self._title = kind, title
        self._narrow = narrow
        self._names = [name for name in _ORDER if name in curves]
        self._ceiling = 0
        self._top, self._top_until_s = axis_top(0.0), -np.inf

    def draw(
        self, canvas: np.ndarray, history: AccelerationHistory, note: str, labels: dict[str, str]
    ) -> None:
        """Fill a canvas (H, W, 3); `note` goes beside the title, `labels` name the curves in the legend."""
        canvas[:] = bgr(GROUND)
        self._follow(history)
        x, y = write(canvas, self._title, 12, 15, TEXT, TITLE_SIZE, bold=True) + 8, 15
        x, y = (12, y + _LINE) if self._narrow else (x, y)
        write(canvas, note, x, y, QUIET, TEXT_SIZE)
        self._draw_legend(canvas, y + _LINE, history.means(self._kind), labels)
        self._ceiling = y + 2 * _LINE
        self._draw_grid(canvas)
        for name in self._names:
            x_s, values = history.curve(self._kind, name)
            self._draw_curve(canvas, name, x_s, values)
        self._draw_marks(canvas, history.visible_marks())

    def _follow(self, history: AccelerationHistory) -> None:
        """Fit the axis to the curves, not too often once there are some."""
        highest = history.highest(self._kind)
        if highest > 0.0 and history.now_s >= self._top_until_s:
            self._top = axis_top(highest)
            self._top_until_s = history.now_s + _AXIS_SECONDS

    def _draw_legend(
        self, canvas: np.ndarray, y: int, means: dict[str, float], labels: dict[str, str]
    ) -> None:
        """A stroke, the name and the mean of ten seconds for each curve that has samples."""
        x = 12
        for name in (name for name in reversed(self._names) if name in means):
            stroke = np.array([[x, y + 1.0], [x + 18, y + 1.0]])
            _draw_line(canvas, stroke, CURVES[name], 2, dashed=name == "reference")
            x = write(canvas, f"{labels.get(name, name)} ", x + 25, y, TEXT, TEXT_SIZE)
            x = write(canvas, f"{means[name]:.1f}", x, y, TEXT, TEXT_SIZE, bold=True) + 18

    def _draw_grid(self, canvas: np.ndarray) -> None:
        """Grid lines and what they mean."""
        low, high = self._place(canvas, -HISTORY_SECONDS, 0.0), self._place(canvas, 0.0, self._top)
        step = next(step for step in _GRID_STEPS if self._top / step <= 4 or step == _GRID_STEPS[-1])
        for value in np.arange(0, self._top + 1e-6, step):
            y = round(self._place(canvas, 0.0, float(value))[1])
            cv2.line(canvas, (round(low[0]), y), (round(high[0]), y), bgr(BORDER if value == 0 else RAISED))
            write(canvas, f"{value:.0f}", low[0] - 8, y, QUIET, TICK_SIZE, align="right")
        for seconds in np.arange(-HISTORY_SECONDS, 0.1, 2.0):
            x = round(self._place(canvas, float(seconds), 0.0)[0])
            cv2.line(canvas, (x, round(low[1])), (x, round(high[1])), bgr(RAISED))
            align = "right" if seconds > -0.1 else "middle"
            edge = x + (12 if align == "right" else 0)
            write(canvas, seconds_text(float(seconds)), edge, low[1] + 14, QUIET, TICK_SIZE, align=align)
        write_upwards(canvas, UNIT_NOTE, 12, (low[1] + high[1]) / 2, QUIET, TICK_SIZE)

    def _draw_curve(self, canvas: np.ndarray, name: str, x_s: np.ndarray, values: np.ndarray) -> None:
        """Every unbroken stretch of one curve; what is above the axis is cut there."""
        finite = np.flatnonzero(np.isfinite(values) & (x_s <= 0.0))
        for stretch in np.split(finite, np.flatnonzero(np.diff(finite) > 1) + 1):
            if len(stretch) > 1:
                points = self._place(canvas, x_s[stretch], np.minimum(values[stretch], self._top))
                _draw_line(canvas, points, CURVES[name], _WIDTHS[name], dashed=name == "reference")

    def _draw_marks(self, canvas: np.ndarray, marks: list[tuple[float, str]]) -> None:
        """A dotted line where the network was changed; among the errors with what it became beside it."""
        for number, (seconds, text) in enumerate(marks):
            top, bottom = self._place(canvas, seconds, self._top), self._place(canvas, seconds, 0.0)
            _draw_line(canvas, np.stack([top, bottom]), FAINT, 1, dashed=True)
            if self._kind == "error":
                # On three heights in turn: changes that follow each other closely stay readable.
                write(canvas, text, top[0] + 5, top[1] + 8 + 18 * (number % 3), QUIET, TICK_SIZE)

    def _place(
        self, canvas: np.ndarray, seconds: np.ndarray | float, value: np.ndarray | float
    ) -> np.ndarray:
        """(..., 2) pixels of points of the plot."""
        height, width = canvas.shape[:2]
        x = _LEFT + (1 + seconds / HISTORY_SECONDS) * (width - _LEFT - _RIGHT)
        y = height - _BOTTOM - value / self._top * (height - self._ceiling - _BOTTOM)
        return np.stack([x, y], axis=-1)


def _draw_line(canvas: np.ndarray, points: np.ndarray, colour: str, width: int, *, dashed: bool) -> None:
    """A smooth line through (N, 2) points in pixels."""
    for part in _dashes(points) if dashed else [points]:
        fixed = np.rint(part * (1 << _SUBPIXEL)).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, bgr(colour), width, cv2.LINE_AA, _SUBPIXEL)


def _dashes(points: np.ndarray) -> list[np.ndarray]:
    """(N, 2) points -> the dashes of a line through them, each (M, 2)."""
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    dashes = []
    for start in np.arange(0.0, lengths[-1], _DASH + _HOLE):
        end = min(start + _DASH, lengths[-1])
        inside = lengths[(lengths > start) & (lengths < end)]
        along = np.concatenate([[start], inside, [end]])
        dashes.append(np.stack([np.interp(along, lengths, points[:, axis]) for axis in (0, 1)], axis=1))
    return dashes
