"""The filmstrip: the sixteen newest crops, which of them the body belongs to, and which its network saw."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from str_live.view import palette
from str_live.view.person_colours import hexadecimal, person_colour

WINDOW_LENGTH = 16
GRID_S = 1 / 30
"""The look-ahead counts in thirtieths of a second, whatever the rate of the pictures."""
_THUMBNAIL = 128
"""Pixels a crop is scaled down to once, so that repainting costs nothing."""
_CAPTION = 17
_GAP = 3
_TOP = 8
"""Room above the crops for the lines that say what each network saw."""
_PAST, _FUTURE = 8, 7
"""Thirtieths of a second before and after the body's own frame that the window holds."""
REACH = {"str": (_PAST, _FUTURE), "tcmr": (_PAST, _FUTURE), "vibe": (_PAST, 0), "frame": (0, 0)}
"""How far each temporal network looks from the body's own frame, in thirtieths of a second."""


class Filmstrip(QWidget):
    """Sixteen thumbnails in a row; the body's own one is framed. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._crops: tuple[np.ndarray, ...] = ()
        self._thumbnails: dict[int, tuple[np.ndarray, QImage]] = {}
        self._behind = 0
        self._time_s = 0.0
        self._spacings_s: deque[float] = deque(maxlen=9)
        self._networks: dict[str, str] = {}
        self._person: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(58)
        self.setToolTip(
            "The newest crops, the newest at the right.\n"
            "The framed one is the frame that the body on screen belongs to:\n"
            "the crops to its right are the look-ahead that the body waited for.\n"
            "The lines above say which of them the networks of A and B have seen."
        )

    def sizeHint(self) -> QSize:
        """As high as a row of squares of the width at hand needs."""
        return QSize(640, int(self._cell_side(max(self.width(), 640)) + _CAPTION + _TOP + 2))

    def resizeEvent(self, event) -> None:
        """The height follows the width."""
        self.setFixedHeight(int(self._cell_side(self.width()) + _CAPTION + _TOP + 2))

    @property
    def marked_index(self) -> int | None:
        """Index of the crop that the body belongs to, among those shown; None without crops."""
        return max(len(self._crops) - 1 - self._behind, 0) if self._crops else None

    @property
    def spacing_s(self) -> float:
        """Seconds from one crop to the next, as measured lately."""
        return float(np.median(self._spacings_s)) if self._spacings_s else GRID_S

    def show_networks(self, networks: dict[str, str]) -> None:
        """Show how far the temporal networks of the variants look, by variant."""
        self._networks = networks
        self.update()

    @property
    def title(self) -> str:
        """What stands under the body's own crop: of several people, whose crops these are."""
        return "body" if self._person is None else f"person {self._person}"

    def show_person(self, number: int | None) -> None:
        """Name whose crops they are; None: there is one person only."""
        if number != self._person:
            self._person = number
            self._spacings_s.clear()
            self.update()

    def reach(self, network: str) -> tuple[int, int] | None:
        """First and last crop that a temporal network saw for the body on screen; None without crops."""
        middle = self.marked_index
        if middle is None:
            return None
        past, future = (int(frames * GRID_S / self.spacing_s + 0.1) for frames in REACH[network])
        return max(middle - past, 0), min(middle + future, len(self._crops) - 1)

    def show_crops(self, crops: tuple[np.ndarray, ...], lookahead: int, time_s: float) -> None:
        """Show a result's crops, (224, 224, 3) uint8 BGR, oldest first; its frame is at `time_s` seconds.

        `lookahead`: thirtieths of a second that it waited for. A crop shown before is not scaled again.
        """
        crops = crops[-WINDOW_LENGTH:]
        self._measure_spacing(crops, time_s)
        self._crops, self._time_s = crops, time_s
        # The window waits for the first picture that is at least so much later.
        self._behind = math.ceil(lookahead * GRID_S / self.spacing_s - 0.1)
        scaled = self._thumbnails
        self._thumbnails = {id(crop): scaled.get(id(crop)) or (crop, thumbnail(crop)) for crop in self._crops}
        self.update()

    def _measure_spacing(self, crops: tuple[np.ndarray, ...], time_s: float) -> None:
        """How far crops lie apart: by how many a result's are ahead of the last one's, and by how long."""
        passed = time_s - self._time_s
        known = {id(crop) for crop in self._crops}
        new = sum(id(crop) not in known for crop in crops)
        if 0 < passed < 1.0 and 0 < new < len(crops):
            self._spacings_s.append(passed / new)
        elif passed < 0:
            self._spacings_s.clear()

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
            cell = QRectF(left + slot * (side + _GAP), _TOP, side, side)
            if slot < first:
                painter.fillRect(cell, QColor(palette.PANEL))
            else:
                self._draw_crop(painter, cell, slot - first)
        for row, (name, network) in enumerate(self._networks.items()):
            if (reach := self.reach(network)) is not None:
                start, end = (left + (first + index) * (side + _GAP) for index in reach)
                line = QRectF(start, 1 + 3 * row, end + side - start, 2)
                painter.fillRect(line, QColor(palette.CURVES[name]))

    def _draw_crop(self, painter: QPainter, cell: QRectF, index: int) -> None:
        painter.setOpacity(1.0 if index <= (self.marked_index or 0) else 0.55)
        painter.drawImage(cell, self._thumbnails[id(self._crops[index])][1])
        painter.setOpacity(1.0)
        behind = len(self._crops) - 1 - index
        caption = QRectF(cell.left() - 12, cell.bottom() + 1, cell.width() + 24, _CAPTION)
        if index == self.marked_index:
            own = self._person
            colour = QColor(palette.VARIANT_A if own is None else hexadecimal(person_colour(own)))
            painter.setPen(QPen(colour, 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(1, 1, -1, -1))
            painter.setPen(colour)
            painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, self.title)
        elif behind == 0 or (behind % 5 == 0 and behind > self._behind + 1):
            painter.setPen(QColor(palette.QUIET))
            text = "newest" if behind == 0 else _ago_text(behind * self.spacing_s)
            painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, text)


def _ago_text(seconds: float) -> str:
    """'−333 ms', or '−1.5 s' where that is longer."""
    return f"−{seconds * 1e3:.0f} ms" if seconds < 1 else f"−{seconds:.1f} s"


def thumbnail(crop: np.ndarray) -> QImage:
    """(H, W, 3) uint8 BGR -> a small image that owns its pixels."""
    height, width = crop.shape[:2]
    image = QImage(crop.tobytes(), width, height, 3 * width, QImage.Format.Format_BGR888)
    size = QSize(_THUMBNAIL, _THUMBNAIL)
    return image.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    ).copy()
