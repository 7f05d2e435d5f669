"""Plots of the last ten seconds, drawn as the window draws them. In: histories, out: pixels of a canvas."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from str_live.angle_names import ANGLE_KINDS
from str_live.film.lettering import bgr, write, write_upwards
from str_live.view.angle_history import ANGLE_UNIT, AngleHistory
from str_live.view.history import UNIT_NOTE, AccelerationHistory, axis_top, seconds_text
from str_live.view.palette import BORDER, CURVES, FAINT, GROUND, QUIET, RAISED, SIDES, TEXT
from str_live.view.rings import HISTORY_SECONDS

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


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve of a plot, and what the legend says of it."""

    label: str
    figure: str
    colour: str
    x_s: np.ndarray
    """(N,) seconds before now, negative."""
    values: np.ndarray
    """(N,), not a number in gaps."""
    width: int = 2
    dashed: bool = False


class Plot:
    """Draws curves below a headline that is also their legend; `scale` counts for letters and lines."""

    def __init__(self, title: str, unit: str, *, narrow: bool = False, scale: float = 1.0) -> None:
        """`narrow`: there is no room for the note beside the title."""
        self._title, self._unit = title, unit
        self._narrow, self._scale = narrow, scale
        self._ceiling = 0
        self._axis = 0.0, axis_top(0.0)
        self._axis_until_s = -np.inf

    def _draw(
        self, canvas: np.ndarray, curves: list[Curve], note: str, marks: list[tuple[float, str]] | None = None
    ) -> None:
        """Fill a canvas (H, W, 3), the last curve on top; `note` goes beside the title."""
        canvas[:] = bgr(GROUND)
        line, left, y = self._px(_LINE), self._px(12), self._px(15)
        x = write(canvas, self._title, left, y, TEXT, self._px(TITLE_SIZE), bold=True) + self._px(8)
        x, y = (left, y + line) if self._narrow else (x, y)
        write(canvas, note, x, y, QUIET, self._px(TEXT_SIZE))
        self._draw_legend(canvas, y + line, curves)
        self._ceiling = y + 2 * line
        self._draw_grid(canvas)
        for curve in curves:
            self._draw_curve(canvas, curve)
        if marks:
            self._draw_marks(canvas, marks)

    def _fit_axis(self, axis: tuple[float, float], now_s: float) -> None:
        """Let the axis reach from and to these values, not too often."""
        if now_s >= self._axis_until_s:
            self._axis, self._axis_until_s = axis, now_s + _AXIS_SECONDS

    def _px(self, length: float) -> int:
        """Pixels of this film for those of one 720 pixels high."""
        return max(round(length * self._scale), 1)

    def _draw_legend(self, canvas: np.ndarray, y: int, curves: list[Curve]) -> None:
        """A stroke, the name and a figure for each curve, those on top first."""
        x, size = self._px(12), self._px(TEXT_SIZE)
        for curve in reversed(curves):
            stroke = np.array([[x, y + 1.0], [x + self._px(18), y + 1.0]])
            self._line(canvas, stroke, curve.colour, 2, dashed=curve.dashed)
            x = write(canvas, f"{curve.label} ", x + self._px(25), y, TEXT, size)
            x = write(canvas, curve.figure, x, y, TEXT, size, bold=True) + self._px(18)

    def _draw_grid(self, canvas: np.ndarray) -> None:
        """Grid lines and what they mean."""
        bottom, top = self._axis
        low, high = self._place(canvas, -HISTORY_SECONDS, bottom), self._place(canvas, 0.0, top)
        size = self._px(TICK_SIZE)
        step = next(step for step in _GRID_STEPS if (top - bottom) / step <= 4 or step == _GRID_STEPS[-1])
        for value in np.arange(np.ceil(bottom / step) * step, top + 1e-6, step):
            y = round(self._place(canvas, 0.0, float(value))[1])
            cv2.line(canvas, (round(low[0]), y), (round(high[0]), y), bgr(BORDER if value == 0 else RAISED))
            text = f"{round(value)}".replace("-", "−")
            write(canvas, text, low[0] - self._px(8), y, QUIET, size, align="right")
        for seconds in np.arange(-HISTORY_SECONDS, 0.1, 2.0):
            x = round(self._place(canvas, float(seconds), bottom)[0])
            cv2.line(canvas, (x, round(low[1])), (x, round(high[1])), bgr(RAISED))
            align = "right" if seconds > -0.1 else "middle"
            edge = x + (self._px(12) if align == "right" else 0)
            write(canvas, seconds_text(float(seconds)), edge, low[1] + self._px(14), QUIET, size, align=align)
        write_upwards(canvas, self._unit, self._px(12), (low[1] + high[1]) / 2, QUIET, size)

    def _draw_curve(self, canvas: np.ndarray, curve: Curve) -> None:
        """Every unbroken stretch of one curve; what is outside the axis is cut there."""
        finite = np.flatnonzero(np.isfinite(curve.values) & (curve.x_s <= 0.0))
        for stretch in np.split(finite, np.flatnonzero(np.diff(finite) > 1) + 1):
            if len(stretch) > 1:
                points = self._place(canvas, curve.x_s[stretch], np.clip(curve.values[stretch], *self._axis))
                self._line(canvas, points, curve.colour, curve.width, dashed=curve.dashed)

    def _draw_marks(self, canvas: np.ndarray, marks: list[tuple[float, str]]) -> None:
        """A dotted line at each mark, with its text beside it."""
        for number, (seconds, text) in enumerate(marks):
            bottom, top = (self._place(canvas, seconds, end) for end in self._axis)
            self._line(canvas, np.stack([top, bottom]), FAINT, 1, dashed=True)
            # On three heights in turn: changes that follow each other closely stay readable.
            y = top[1] + self._px(8 + 18 * (number % 3))
            write(canvas, text, top[0] + self._px(5), y, QUIET, self._px(TICK_SIZE))

    def _place(
        self, canvas: np.ndarray, seconds: np.ndarray | float, value: np.ndarray | float
    ) -> np.ndarray:
        """(..., 2) pixels of points of the plot."""
        height, width = canvas.shape[:2]
        left, (bottom, top) = self._px(_LEFT), self._axis
        x = left + (1 + seconds / HISTORY_SECONDS) * (width - left - self._px(_RIGHT))
        floor = height - self._px(_BOTTOM)
        y = floor - (value - bottom) / (top - bottom) * (floor - self._ceiling)
        return np.stack([x, y], axis=-1)

    def _line(self, canvas: np.ndarray, points: np.ndarray, colour: str, width: int, *, dashed: bool) -> None:
        _draw_line(canvas, points, colour, self._px(width), dashed=dashed)


class CurvePlot(Plot):
    """Draws one kind of accelerations, 'error' or 'magnitude'."""

    def __init__(
        self, kind: str, title: str, curves: tuple[str, ...], *, narrow: bool = False, scale: float = 1.0
    ) -> None:
        super().__init__(title, UNIT_NOTE, narrow=narrow, scale=scale)
        self._kind = kind
        self._names = [name for name in _ORDER if name in curves]

    def draw(
        self, canvas: np.ndarray, history: AccelerationHistory, note: str, labels: dict[str, str]
    ) -> None:
        """Fill a canvas (H, W, 3); `note` goes beside the title, `labels` name the curves in the legend."""
        highest = history.highest(self._kind)
        if highest > 0.0:
            self._fit_axis((0.0, axis_top(highest)), history.now_s)
        means = history.means(self._kind)  # of ten seconds
        curves = [
            Curve(
                labels.get(name, name),
                f"{means[name]:.1f}",
                CURVES[name],
                *history.curve(self._kind, name),
                width=_WIDTHS[name],
                dashed=name == "reference",
            )
            for name in self._names
            if name in means
        ]
        marks = history.visible_marks()
        if self._kind != "error":
            marks = [(seconds, "") for seconds, _ in marks]  # what it became stands among the errors
        self._draw(canvas, curves, note, marks)


class AnglePlot(Plot):
    """Draws one kind of joint angles, left and right or of the trunk."""

    def __init__(self, kind: str, *, narrow: bool = False, scale: float = 1.0) -> None:
        super().__init__(ANGLE_KINDS[kind].title, ANGLE_UNIT, narrow=narrow, scale=scale)
        self._kind = kind

    def draw(self, canvas: np.ndarray, history: AngleHistory) -> None:
        """Fill a canvas (H, W, 3)."""
        ranges = history.ranges(self._kind)
        if ranges:
            self._fit_axis(history.axis(self._kind), history.now_s)
        curves = [
            Curve(
                "" if side == "middle" else side,
                f"{round(one.least)} to {round(one.greatest)}°".replace("-", "−"),
                SIDES[side],
                *history.curve(self._kind, side),
            )
            for side, one in reversed(ranges.items())
        ]
        self._draw(canvas, curves, "" if curves else "waiting for a person")


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
