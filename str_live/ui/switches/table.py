"""The table that fills while a clip plays: a row for each case, by which it is chosen."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QPushButton, QWidget

from str_live.live.switches.cases import CASES, WHOLE, Case
from str_live.live.switches.meter import CaseFigures, SwitchFigures
from str_live.ui.switches.curves import CASE_COLOURS
from str_live.ui.switches.words import change_text
from str_live.view import palette

COLUMNS = (
    ("joints move\nmm", "Mean distance of 23 joints from those of the whole network, pelvis upon pelvis."),
    ("mean accel.\nmm/frame²", "Mean acceleration of the joints at 30 frames a second."),
    (
        "accel. error\nmm/frame²",
        "Against the source's truth, else mediapipe's landmarks after a 6 Hz low-pass.",
    ),
    ("PA-MPJPE\nmm", "Mean error of 24 joints after alignment; only where the source has a truth."),
)
UNKNOWN = "–"


class SwitchTable(QWidget):
    """Means by case, the change from the whole network beside them. GUI thread."""

    chosen = pyqtSignal(object)
    """The Case whose row was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(0, 1)
        self._group = QButtonGroup(self)
        self.cells: dict[tuple[str, int], QLabel] = {}
        """Value by row ('' is the whole network, 'reference', else a case's name) and column."""
        self.changes: dict[tuple[str, int], QLabel] = {}
        self.buttons: dict[str, QPushButton] = {}
        self._add_headings()
        self._add_row("", QLabel("STR, all modules on"))
        for case in CASES:
            self._add_row(case.name, self._button(case))
        self._add_row("reference", QLabel("the reference itself"))

    def _add_headings(self) -> None:
        for column, (text, tip) in enumerate(COLUMNS):
            heading = QLabel(text)
            heading.setProperty("role", "quiet")
            heading.setToolTip(tip)
            heading.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(heading, 0, 1 + 2 * column)
            self._grid.setColumnMinimumWidth(1 + 2 * column, 62)
            self._grid.setColumnMinimumWidth(2 + 2 * column, 44)

    def _button(self, case: Case) -> QPushButton:
        button, colour = QPushButton(), CASE_COLOURS[case.name]
        button.setText(f"without {case.name}")
        button.setToolTip(f"Show what STR does without {case.without}")
        button.setCheckable(True)
        button.setMinimumWidth(190)
        button.setStyleSheet(
            f"QPushButton {{ text-align: left; padding: 3px 8px; border-left: 4px solid {colour}; }}"
            f"QPushButton:checked {{ background: {palette.BORDER}; border-color: {colour}; }}"
        )
        button.clicked.connect(lambda: self.chosen.emit(case))
        self._group.addButton(button)
        self.buttons[case.name] = button
        return button

    def _add_row(self, name: str, label: QWidget) -> None:
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        for column in range(len(COLUMNS)):
            value, change = QLabel(UNKNOWN), QLabel()
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            change.setProperty("role", "quiet")
            self._grid.addWidget(value, row, 1 + 2 * column)
            self._grid.addWidget(change, row, 2 + 2 * column)
            self.cells[name, column], self.changes[name, column] = value, change

    def choose(self, case: Case) -> None:
        """Mark the row of a case."""
        self.buttons[case.name].setChecked(True)

    def show_figures(self, figures: SwitchFigures | None) -> None:
        """Fill in what is known; a dash for what is not."""
        cases = {} if figures is None else figures.cases
        whole = cases.get(WHOLE)
        self._show_row("", whole, None)
        for case in CASES:
            self._show_row(case.name, cases.get(case.network), whole)
        reference = None if figures is None else figures.reference_accel_mm
        self.cells["reference", 1].setText(_number(reference))

    def _show_row(self, name: str, own: CaseFigures | None, whole: CaseFigures | None) -> None:
        values, bases = _values(own), _values(whole)
        for column, (value, base) in enumerate(zip(values, bases, strict=True)):
            known = None if column == 0 and not name else value  # the whole network does not move from itself
            self.cells[name, column].setText(_number(known))
            self.changes[name, column].setText(change_text(value, base) if column else "")


def _values(figures: CaseFigures | None) -> tuple[float | None, ...]:
    """In the order of COLUMNS."""
    if figures is None:
        return (None,) * len(COLUMNS)
    return figures.shift_mm, figures.accel_mm, figures.accel_error_mm, figures.pa_mpjpe_mm


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f}"
