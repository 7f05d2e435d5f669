"""A row of everybody's numbers in their colours: whom the window follows, and who is left out."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPen
from PyQt6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from str_live.view import palette
from str_live.view.person_colours import hexadecimal, person_colour, text_on

_SIDE = 26


class PersonChip(QToolButton):
    """One person's number; a white ring says that he is followed, a stroke that he is left out."""

    chosen = pyqtSignal(int, bool)
    """His number, and whether he is to be left out (Shift)."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self.followed = self.left_out = False
        self.setAccessibleName(f"Person {number}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self._choose)
        self.show_state(followed=False, left_out=False)

    def _choose(self) -> None:
        shift = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
        self.chosen.emit(self.number, bool(shift))

    def show_state(self, *, followed: bool, left_out: bool) -> None:
        """Whether he is followed or left out."""
        self.followed, self.left_out = followed, left_out
        state = "is left out: a click takes him in" if left_out else "is not followed: a click does so"
        state = "is followed" if followed and not left_out else state
        tip = "Shift+click leaves him out: no body, no recording."
        self.setToolTip(f"Person {self.number} {state}.\n{tip}")
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(_SIDE, _SIDE)

    minimumSizeHint = sizeHint

    def paintEvent(self, event) -> None:
        """The disc, as in the picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        own = person_colour(self.number)
        colour, middle = QColor(hexadecimal(own)), QPointF(self.width() / 2, self.height() / 2)
        ring = palette.REFERENCE if self.followed else palette.QUIET if self.hasFocus() else ""
        if ring:
            painter.setPen(QPen(QColor(ring), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, _SIDE / 2 - 1.5, _SIDE / 2 - 1.5)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(QColor(palette.PANEL) if self.left_out else colour)
        painter.drawEllipse(middle, _SIDE / 2 - 4.5, _SIDE / 2 - 4.5)
        painter.setPen(colour if self.left_out else QColor(hexadecimal(text_on(own))))
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, str(self.number))
        if self.left_out:
            arm = QPointF(_SIDE / 2 - 7, -_SIDE / 2 + 7)
            painter.setPen(QPen(QColor(palette.REFERENCE), 1.8))
            painter.drawLine(middle - arm, middle + arm)


class PersonChips(QWidget):
    """A chip for everybody in the picture. GUI thread."""

    chosen = pyqtSignal(int, bool)
    """As PersonChip's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips: dict[int, PersonChip] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_SIDE)

    def show_people(self, numbers: tuple[int, ...], followed: int | None, left_out: tuple[int, ...]) -> None:
        """These numbers, in their order."""
        for gone in self.chips.keys() - set(numbers):
            self.chips.pop(gone).deleteLater()
        for place, number in enumerate(numbers):
            if number not in self.chips:
                chip = self.chips[number] = PersonChip(number)
                chip.chosen.connect(self.chosen)
                self._row.insertWidget(place, chip)
            chip, state = self.chips[number], (number == followed, number in left_out)
            if state != (chip.followed, chip.left_out):
                chip.show_state(followed=state[0], left_out=state[1])
