"""Inputs for a column that scrolls: the wheel scrolls it, and changes no setting by accident."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QSlider,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from str_live.view import palette


class Choice(QComboBox):
    """A drop-down list with a plain arrow. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the column."""
        if event is not None:
            event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The list as the style draws it, and the arrow that a stylesheet takes away."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.QUIET if self.isEnabled() else palette.BORDER), 1.6))
        x, y = self.width() - 13.0, self.height() / 2
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]))


class CheckBox(QCheckBox):
    """A check box in the theme's colours. GUI thread."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The box as the stylesheet draws it, and the mark that a stylesheet takes away."""
        super().paintEvent(event)
        style = self.style()
        if not self.isChecked() or style is None:
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = QRectF(style.subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self))
        x, y = box.center().x(), box.center().y()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.REFERENCE if self.isEnabled() else palette.FAINT), 1.8))
        painter.drawPolyline(
            QPolygonF([QPointF(x - 3.5, y), QPointF(x - 1, y + 2.5), QPointF(x + 3.5, y - 3)])
        )


class Slider(QSlider):
    """A horizontal slider. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the column."""
        if event is not None:
            event.ignore()


class Number(QDoubleSpinBox):
    """A number that is typed or stepped; it counts once it is whole. GUI thread."""

    def __init__(self, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the column."""
        if event is not None:
            event.ignore()

    def textFromValue(self, value: float) -> str:
        """Without zeros that say nothing."""
        return f"{value:g}"
