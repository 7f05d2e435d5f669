"""The table of all joint angles: least, greatest, range of motion and mean, of what is seen or was so far."""

from __future__ import annotations

import time

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QApplication,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from str_live.angle_names import ANGLE_KINDS
from str_live.angle_ranges import AngleRange, as_table, rows
from str_live.ui.widgets.inputs import Choice
from str_live.view import palette
from str_live.view.angle_history import AngleHistory

_COLUMNS = ("least", "greatest", "range", "mean")
_NOTE = (
    "Degrees in OpenSim's terms: 0 is upright with hanging arms; flexion, adduction and inward rotation are "
    "positive, trunk extension backwards, bending to the right, rotation to the left. Knees and elbows are "
    "pure flexion, up to 13 degrees off that model's own."
)
_UPDATE_S = 0.25


class AngleTable(QDialog):
    """It does not stop the program. GUI thread."""

    count_anew = pyqtSignal()
    """What was seen so far shall not count any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Joint angles")
        self._ranges: dict[str, AngleRange] = {}
        self._updated_s = 0.0
        self.over = Choice()
        self.over.addItem("The last ten seconds", "visible")
        self.over.addItem("Since the start", "counted")
        self.over.activated.connect(lambda _: self._update_soon())
        self.anew, self.copy = QPushButton("Start again"), QPushButton("Copy")
        self.anew.setToolTip("Count 'since the start' from now on: play a range, and the table is its own")
        self.anew.clicked.connect(self._start_again)
        self.copy.setToolTip("As text, for a document or a spreadsheet")
        self.copy.clicked.connect(self._copy)
        self.cells: dict[tuple[str, str, str], QLabel] = {}
        """By kind, side and column."""
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.over)
        head.addStretch(1)
        for button in (self.anew, self.copy):
            button.setAutoDefault(False)
            head.addWidget(button)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        for number, name in enumerate(_COLUMNS):
            grid.addWidget(_label(name, quiet=True, right=True), 0, number + 2)
        line = 1
        for kind, shown in ANGLE_KINDS.items():
            for number, side in enumerate(shown.sides):
                self._add_line(grid, line, kind, side, shown.title if number == 0 else "")
                line += 1
        note = _label(_NOTE, quiet=True)
        note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(grid)
        column.addWidget(note)
        self.setMinimumWidth(460)

    def _add_line(self, grid: QGridLayout, line: int, kind: str, side: str, title: str) -> None:
        grid.addWidget(_label(title), line, 0)
        swatch = f"<span style='color:{palette.SIDES[side]}'>■</span>"
        grid.addWidget(_label(f"{swatch} {'' if side == 'middle' else side}"), line, 1)
        for number, name in enumerate(_COLUMNS):
            self.cells[kind, side, name] = cell = _label("–", right=True)
            cell.setMinimumWidth(56)
            grid.addWidget(cell, line, number + 2)

    def show_history(self, history: AngleHistory) -> None:
        """Follow it, four times a second."""
        if not self.isVisible() or time.monotonic() < self._updated_s + _UPDATE_S:
            return
        self._updated_s = time.monotonic()
        visible = self.over.currentData() == "visible"
        self.show_ranges(history.visible_ranges() if visible else history.counted.ranges())

    def show_ranges(self, ranges: dict[str, AngleRange]) -> None:
        """Ranges by name of JOINT_ANGLES; a dash for what is missing."""
        self._ranges = ranges
        for cell in self.cells.values():
            cell.setText("–")
        for kind, side, one in rows(ranges):
            values = (one.least, one.greatest, one.motion, one.mean)
            for name, value in zip(_COLUMNS, values, strict=True):
                self.cells[kind, side, name].setText(f"{value:.1f}".replace("-", "−"))

    def _start_again(self) -> None:
        self.over.setCurrentIndex(self.over.findData("counted"))
        self.count_anew.emit()
        self._update_soon()

    def _update_soon(self) -> None:
        self._updated_s = 0.0

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(as_table(self._ranges))


def _label(text: str, *, quiet: bool = False, right: bool = False) -> QLabel:
    label = QLabel(text)
    if quiet:
        label.setProperty("role", "quiet")
    if right:
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label
