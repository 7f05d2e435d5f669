"""A sliding on/off switch: a check box that is drawn so that its state and its colour are seen from afar."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPen
from PyQt6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from str_live.view import palette

_TRACK_WIDTH, _TRACK_HEIGHT, _GAP = 30.0, 16.0, 8.0


class Switch(QCheckBox):
    """A check box drawn as a switch; `colour` is that of the track while it is on. GUI thread."""

    def __init__(
        self, text: str = "", colour: str = palette.VARIANT_A, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self._colour = QColor(colour)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Track, gap and text."""
        text = self.fontMetrics().horizontalAdvance(self.text()) + _GAP + 2 if self.text() else 0
        height = max(_TRACK_HEIGHT + 6, self.fontMetrics().height() + 4)
        return QSize(int(_TRACK_WIDTH + text + 4), int(height))

    minimumSizeHint = sizeHint

    def hitButton(self, position) -> bool:
        """The whole widget answers to the mouse, text included."""
        return self.rect().contains(position)

    def paintEvent(self, event) -> None:
        """Draw track, knob and text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(2, (self.height() - _TRACK_HEIGHT) / 2, _TRACK_WIDTH, _TRACK_HEIGHT)
        self._draw_track(painter, track)
        if self.text():
            painter.setPen(QColor(palette.TEXT if self.isEnabled() else palette.FAINT))
            place = QRectF(track.right() + _GAP, 0, self.width() - track.right() - _GAP, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())

    def _draw_track(self, painter: QPainter, track: QRectF) -> None:
        on = self.isChecked()
        fill = QColor(self._colour if on and self.isEnabled() else palette.RAISED)
        edge = QColor(palette.TEXT) if self.hasFocus() else QColor(fill if on else palette.FAINT)
        if not self.isEnabled():
            edge = QColor(palette.BORDER)
        painter.setPen(QPen(edge, 1.2))
        painter.setBrush(fill)
        painter.drawRoundedRect(track, _TRACK_HEIGHT / 2, _TRACK_HEIGHT / 2)
        knob = QColor("#ffffff" if on else palette.QUIET)
        if not self.isEnabled():
            knob = QColor(palette.BORDER)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(knob)
        x = track.right() - _TRACK_HEIGHT / 2 if on else track.left() + _TRACK_HEIGHT / 2
        painter.drawEllipse(QPointF(x, track.center().y()), 5.4, 5.4)
