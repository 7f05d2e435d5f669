"""The filmstrip: the sixteen newest crops, oldest at the left, and which of them the body belongs to."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from str_live.ui import theme

WINDOW_LENGTH = 16
FRAME_MS = 1000 / 30
_THUMBNAIL = 128
"""Pixels a crop is scaled down to once, so that repainting costs nothing."""
_CAPTION = 17
_GAP = 3


class Filmstrip(QWidget):
    """Sixteen thumbnails in a row; the body's own one is framed. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._crops: tuple[np.ndarray, ...] = ()
        self._thumbnails: dict[int, tuple[np.ndarray, QImage]] = {}
        self._lookahead = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(58)
        self.setToolTip(
            "The crops in the network's window, newest at the right.\n"
            "The framed one is the frame that the body on screen belongs to:\n"
            "the crops to its right are the look-ahead that the body waited for."
        )

    def sizeHint(self) -> QSize:
        """As high as a row of squares of the width at hand needs."""
        return QSize(640, int(self._cell_side(max(self.width(), 640)) + _CAPTION + 4))

    def resizeEvent(self, event) -> None:
        """The height follows the width."""
        self.setFixedHeight(int(self._cell_side(self.width()) + _CAPTION + 4))

    @property
    def marked_index(self) -> int | None:
        """Index of the crop that the body belongs to, among those shown; None without crops."""
        return max(len(self._crops) - 1 - self._lookahead, 0) if self._crops else None

    def show_crops(self, crops: tuple[np.ndarray, ...], lookahead: int) -> None:
        """Show the crops of a result; a crop seen before is not scaled again."""
        self._crops, self._lookahead = crops[-WINDOW_LENGTH:], lookahead
        kept = {}
        for crop in self._crops:
            kept[id(crop)] = self._thumbnails.get(id(crop)) or (crop, _thumbnail(crop))
        self._thumbnails = kept
        self.update()

    def _cell_side(self, width: int) -> float:
        side = (width - 16 - _GAP * (WINDOW_LENGTH - 1)) / WINDOW_LENGTH
        return min(max(side, 24.0), 72.0)

    def paintEvent(self, event) -> None:
        """Draw the thumbnails, the frame around the body's own, and the captions."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        side = self._cell_side(self.width())
        first = WINDOW_LENGTH - len(self._crops)
        left = max((self.width() - (side + _GAP) * WINDOW_LENGTH + _GAP) / 2, 4)
        for slot in range(WINDOW_LENGTH):
            cell = QRectF(left + slot * (side + _GAP), 2, side, side)
            if slot < first:
                painter.fillRect(cell, QColor(theme.PANEL))
            else:
                self._draw_crop(painter, cell, slot - first)

    def _draw_crop(self, painter: QPainter, cell: QRectF, index: int) -> None:
        painter.setOpacity(1.0 if index <= (self.marked_index or 0) else 0.55)
        painter.drawImage(cell, self._thumbnails[id(self._crops[index])][1])
        painter.setOpacity(1.0)
        behind = len(self._crops) - 1 - index
        caption = QRectF(cell.left() - 12, cell.bottom() + 1, cell.width() + 24, _CAPTION)
        if index == self.marked_index:
            painter.setPen(QPen(QColor(theme.VARIANT_A), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(1, 1, -1, -1))
            painter.setPen(QColor(theme.VARIANT_A))
            painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, "body")
        elif behind == 0 or (behind % 5 == 0 and behind > self._lookahead + 1):
            painter.setPen(QColor(theme.QUIET))
            text = "newest" if behind == 0 else f"−{behind * FRAME_MS:.0f} ms"
            painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, text)


def _thumbnail(crop: np.ndarray) -> QImage:
    """(H, W, 3) uint8 BGR -> a small image that owns its pixels."""
    height, width = crop.shape[:2]
    image = QImage(crop.tobytes(), width, height, 3 * width, QImage.Format.Format_BGR888)
    size = QSize(_THUMBNAIL, _THUMBNAIL)
    return image.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    ).copy()
