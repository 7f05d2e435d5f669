"""The window "What does each switch do?". In: results with alternatives, and figures."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from str_live.live.switches.cases import CASES, Case
from str_live.live.switches.meter import SwitchFigures
from str_live.messages import BodyResult
from str_live.ui.switches.curves import make_share_plot, make_shift_plot, shown_with
from str_live.ui.switches.film_run import FilmRun, FilmRunRow, Order
from str_live.ui.switches.heat_view import HeatView
from str_live.ui.switches.history import SwitchHistory
from str_live.ui.switches.table import SwitchTable
from str_live.ui.switches.words import effect_text, measured_text
from str_live.view.stage import Mesh

TITLE = "What does each switch do?"
SIZE = (1180, 860)


class SwitchWindow(QWidget):
    """Heat and ghost at the left, words and table at the right, curves below. GUI thread."""

    chosen = pyqtSignal(object)
    """The Case that is to be shown."""
    closed = pyqtSignal()

    def __init__(
        self,
        parent: QWidget,
        *,
        make_space: Callable[[], QWidget],
        run: FilmRun,
        make_order: Callable[[], Order | str],
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(TITLE)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.case = CASES[0]
        self.history = SwitchHistory()
        self.heat = HeatView(make_space)
        self.effect = QLabel()
        self.measured = QLabel()
        self.note = QLabel()
        self.table = SwitchTable()
        self.share, self.shift = make_share_plot(), make_shift_plot()
        self.run_row = FilmRunRow(run, make_order)
        self._lay_out()
        self.table.chosen.connect(self.choose)
        self.choose(self.case)
        self.resize(*SIZE)

    def _lay_out(self) -> None:
        for label in (self.effect, self.measured, self.note):
            label.setWordWrap(True)
        self.effect.setStyleSheet("font-size: 11pt;")
        self.effect.setMinimumHeight(64)
        self.effect.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.measured.setProperty("role", "quiet")
        self.note.setVisible(False)
        words = QVBoxLayout()
        words.setSpacing(8)
        for widget in (self.note, self.effect, self.table, self.measured):
            words.addWidget(widget)
        words.addStretch(1)
        above = QHBoxLayout()
        above.setSpacing(18)
        above.addWidget(self.heat, 1)
        above.addLayout(words, 1)
        curves = QHBoxLayout()
        curves.addWidget(self.share, 1)
        curves.addWidget(self.shift, 1)
        line = QFrame()
        line.setProperty("role", "line")
        line.setFixedHeight(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(10)
        layout.addLayout(above, 3)
        layout.addLayout(curves, 2)
        layout.addWidget(line)
        layout.addWidget(self.run_row)

    def choose(self, case: Case) -> None:
        """Show what STR does without the modules of this case."""
        self.case = case
        self.table.choose(case)
        self.share.choose(case.modules, tuple(self.share.curves))
        self.shift.choose((case.name,), shown_with(case))
        self.heat.reset()
        self.effect.setText("")
        self.chosen.emit(case)

    def begin_anew(self) -> None:
        """Another source plays, or nothing was watched for a while."""
        self.history.clear()
        self.heat.reset()

    def show_note(self, text: str) -> None:
        """Say why there is nothing to be seen; '' while there is."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def show_result(self, result: BodyResult, mesh: Mesh | None) -> None:
        """The result on screen: heat and ghost, and the next point of the curves."""
        self.history.add(result)
        self.heat.show_result(result, self.case, mesh)

    def show_curves(self) -> None:
        """Draw the plots."""
        self.share.show_history(self.history)
        self.shift.show_history(self.history)

    def show_figures(self, figures: SwitchFigures | None) -> None:
        """The means so far: table and words."""
        self.table.show_figures(figures)
        self.effect.setText(effect_text(self.case, figures))
        if figures is not None and self.case.network in figures.cases:
            self.heat.suggest_factor(figures.cases[self.case.network].shift_mm)
        self.measured.setText(measured_text(figures))
        self.run_row.offer()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Nothing runs beside the networks on screen any more."""
        self.closed.emit()
        super().closeEvent(event)
