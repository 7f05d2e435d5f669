"""A file's time line: where somebody was seen, how the body accelerated, a range, and what is on screen.

In: BodyResults as they are shown, Position. Out: times that are clicked at or dragged to.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from str_live.camera.transport import Position
from str_live.messages import BodyResult
from str_live.view import palette

MOST_CELLS = 600
CELLS_PER_S = 15
UNKNOWN, GAP, SEEN = -1, 0, 1
HELD_CELLS_S = 0.5
"""Pictures that were left out in between look like the one after them, over this time at most."""
_STRIP_PX = 4.0
_MARGIN_PX = 6.0


class Passage:
    """What is known of a file so far, in cells of equal length."""

    def __init__(self, start_s: float, duration_s: float) -> None:
        self.start_s, self.duration_s = start_s, duration_s
        cells = min(MOST_CELLS, max(2, round(duration_s * CELLS_PER_S)))
        self.person = np.full(cells, UNKNOWN, np.int8)
        """(cells,) UNKNOWN, GAP or SEEN."""
        self.acceleration = np.full(cells, np.nan)
        """(cells,) mm/frame^2 of variant A, NaN where it is not known."""
        self._last: tuple[int, int, float] | None = None

    def cell(self, time_s: float) -> int:
        """The cell of a time; those beyond the file count to its ends."""
        part = (time_s - self.start_s) / self.duration_s
        return int(np.clip(part * len(self.person), 0, len(self.person) - 1))

    def add(self, result: BodyResult) -> None:
        """Note whether somebody was seen, and the newest acceleration."""
        frame = result.frame
        cell = first = self.cell(frame.time_s)
        if self._last is not None:
            epoch, last, time_s = self._last
            if epoch == frame.epoch and 0 < frame.time_s - time_s < HELD_CELLS_S:
                first = min(cell, last + 1)
        self.person[first : cell + 1] = SEEN if result.person_seen else GAP
        self._last = frame.epoch, cell, frame.time_s
        sample = result.acceleration
        if sample is not None and "A" in sample.magnitude:
            at = self.cell(sample.time_s)
            self.acceleration[at] = sample.magnitude["A"]


class TimeLine(QWidget):
    """Draws a Passage; `sought` gives the time under the mouse while it is pressed. GUI thread."""

    sought = pyqtSignal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.passage: Passage | None = None
        self._now_s = 0.0
        self._range_s: tuple[float, float] | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumSize(120, 34)
        self.setToolTip(
            "Click or drag to go there. Below: where somebody was seen; the curve: acceleration of A."
        )

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(600, 34)

    def show_position(self, position: Position) -> None:
        """Take length and range; another length is another file."""
        duration = position.duration_s or 0.0
        known = self.passage
        if known is None or (known.start_s, known.duration_s) != (position.start_s, duration):
            self.passage = Passage(position.start_s, duration) if duration > 0 else None
        if position.range_s != self._range_s:
            self._range_s = position.range_s
            self.update()

    def forget(self) -> None:
        """Another file begins."""
        self.passage = None
        self.update()

    def show_result(self, result: BodyResult) -> None:
        """Note the result, which is on screen now."""
        if self.passage is not None:
            self.passage.add(result)
        self._now_s = result.frame.time_s
        self.update()

    def time_at(self, x: float) -> float:
        """Seconds at a place, within the file."""
        assert self.passage is not None
        part = (x - _MARGIN_PX) / max(self.width() - 2 * _MARGIN_PX, 1.0)
        return self.passage.start_s + min(max(part, 0.0), 1.0) * self.passage.duration_s

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Go there."""
        self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Follow the mouse."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event)

    def _seek(self, event: QMouseEvent | None) -> None:
        if event is not None and self.passage is not None:
            self.sought.emit(self.time_at(event.position().x()))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Ground, range, curve, strip of gaps, place."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(_MARGIN_PX, 2, -_MARGIN_PX, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.RAISED))
        painter.drawRoundedRect(area, 4, 4)
        if self.passage is None:
            return
        self._draw_range(painter, area)
        self._draw_strip(painter, area, self.passage)
        self._draw_curve(painter, area, self.passage)
        x = self._x(area, self._now_s)
        painter.setPen(QPen(QColor(palette.TEXT), 2))
        painter.drawLine(QPointF(x, area.top() - 1), QPointF(x, area.bottom() + 1))

    def _x(self, area: QRectF, time_s: float) -> float:
        assert self.passage is not None
        part = (time_s - self.passage.start_s) / self.passage.duration_s
        return area.left() + min(max(part, 0.0), 1.0) * area.width()

    def _draw_range(self, painter: QPainter, area: QRectF) -> None:
        if self._range_s is None:
            return
        first, last = (self._x(area, time_s) for time_s in self._range_s)
        colour = QColor(palette.VARIANT_A)
        colour.setAlpha(50)
        painter.fillRect(QRectF(first, area.top(), max(last - first, 1.0), area.height()), colour)
        painter.setPen(QPen(QColor(palette.VARIANT_A), 1.5))
        for x in (first, last):
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)

    def _draw_strip(self, painter: QPainter, area: QRectF, passage: Passage) -> None:
        """Along the lower edge: bright where somebody was seen, amber where nobody was."""
        colours = {SEEN: QColor(palette.QUIET), GAP: QColor(palette.WARNING)}
        width = area.width() / len(passage.person)
        edges = np.flatnonzero(np.diff(passage.person, prepend=-9, append=-9))
        for first, last in pairwise(edges):
            colour = colours.get(int(passage.person[first]))
            if colour is not None:
                left = area.left() + first * width
                strip = QRectF(left, area.bottom() - _STRIP_PX, (last - first) * width, _STRIP_PX)
                painter.fillRect(strip, colour)

    def _draw_curve(self, painter: QPainter, area: QRectF, passage: Passage) -> None:
        """The accelerations that are known, the largest at the top."""
        known = np.flatnonzero(np.isfinite(passage.acceleration))
        if len(known) < 2:
            return
        values = passage.acceleration[known]
        height = area.height() - _STRIP_PX - 5
        xs = area.left() + (known + 0.5) * area.width() / len(passage.acceleration)
        ys = area.bottom() - _STRIP_PX - 2 - np.clip(values / max(values.max(), 1e-6), 0, 1) * height
        painter.setPen(QPen(QColor(palette.VARIANT_A), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        breaks = np.flatnonzero(np.diff(known) > 3) + 1
        for part in np.split(np.arange(len(known)), breaks):
            painter.drawPolyline(QPolygonF([QPointF(float(xs[each]), float(ys[each])) for each in part]))
