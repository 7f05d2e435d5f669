"""The status bar: rates, stage times, drops, and the age of the picture on screen. Figures with units."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QColor, QPainter
from PyQt6.QtWidgets import QLabel, QStatusBar, QWidget

from str_live.view import palette

FIELDS = (
    ("rates", "Pictures a second from the source, through the network, and on screen"),
    ("tick", "Milliseconds of the network thread for one picture, and of its stages"),
    ("dropped", "Pictures that came before the last one was done, and were left out"),
    ("age", "From the moment the picture was taken to the screen, look-ahead included"),
    ("device", "The temporal networks of A and B that run, and where"),
    ("source", "The source: what was asked for, and what it gives"),
)


class ElidedLabel(QLabel):
    """A line that ends in … where it does not fit; the whole text is the tooltip."""

    def minimumSizeHint(self) -> QSize:
        """Next to nothing: it never makes the window wider."""
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        painter.setPen(QColor(palette.QUIET))
        place = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class StatusBar(QStatusBar):
    """One label per field; the source comes last and takes the rest. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.labels: dict[str, QLabel] = {}
        for name, tip in FIELDS:
            label = ElidedLabel() if name == "source" else QLabel()
            label.setToolTip(tip)
            label.setContentsMargins(6, 1, 8, 1)
            self.labels[name] = label
            self.addWidget(label, 1 if name == "source" else 0)

    def show_text(self, name: str, text: str, tip: str = "") -> None:
        """Set one field, and its explanation where it changes."""
        label = self.labels[name]
        if label.text() != text:
            label.setText(text)
        if tip and label.toolTip() != tip:
            label.setToolTip(tip)
