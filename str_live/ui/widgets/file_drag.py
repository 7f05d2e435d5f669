"""A small label that stands for files: it can be dragged into a folder or another program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QMimeData, QPoint, Qt, QUrl
from PyQt6.QtGui import QDrag, QMouseEvent
from PyQt6.QtWidgets import QApplication, QLabel, QWidget

_GRIP = "⋮⋮"


class FileDrag(QLabel):
    """The files' handle; hidden while there are none. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files: tuple[Path, ...] = ()
        self._pressed: QPoint | None = None
        self.setProperty("role", "handle")
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.show_files((), "")

    def show_files(self, files: Sequence[Path], text: str) -> None:
        """Stand for these files, under that text."""
        self.files = tuple(files)
        self.setText(f"{_GRIP}  {text}")
        paths = "\n".join(map(str, files))
        self.setToolTip(f"Drag into a folder or another program:\n{paths}")
        self.setVisible(bool(files))

    def mime_data(self) -> QMimeData:
        """What a folder receives: addresses of the files that are still there."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path.absolute())) for path in self.files if path.exists()])
        return data

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Remember where a drag may begin."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.pos()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """It was no drag."""
        self._pressed = None

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Begin the drag once the mouse has moved far enough."""
        if event is None or self._pressed is None:
            return
        if (event.pos() - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed = None
        data = self.mime_data()
        if data.urls():
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.setPixmap(self.grab())
            drag.exec(Qt.DropAction.CopyAction)
