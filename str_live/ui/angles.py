"""Joint angles in the window: settings, plot and table brought together."""

from __future__ import annotations

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from str_live.ui.angle_table import AngleTable
from str_live.ui.controller import Controller
from str_live.ui.state import SettingsState
from str_live.ui.widgets.plots import PlotArea


class Angles(QObject):
    """Shows what the controller collects of them. GUI thread."""

    def __init__(
        self, window: QWidget, controller: Controller, plots: PlotArea, state: SettingsState
    ) -> None:
        super().__init__(window)
        self._window, self._controller, self._state = window, controller, state
        self._plot = plots.angles
        self.table: AngleTable | None = None
        """None before it is opened for the first time."""
        self._plot.chosen.connect(lambda kind: state.change_view(angle=kind))
        self._plot.shown.clicked.connect(lambda on: state.change_view(angle_plot=on))
        self._plot.table.clicked.connect(self.open_table)
        controller.history_changed.connect(lambda _: self._show())
        state.changed.connect(lambda *_: self._show_choice())
        self._show_choice()

    def open_table(self) -> None:
        """Open the table of all ranges; it does not stop the program."""
        if self.table is None:
            self.table = AngleTable(self._window)
            self.table.count_anew.connect(self._controller.angles.count_anew)
        self.table.show()
        self.table.raise_()
        self._show()

    def _show_choice(self) -> None:
        view = self._state.settings.view
        self._plot.show_choice(view.angle_plot, view.angle)

    def _show(self) -> None:
        self._plot.show_history(self._controller.angles)
        if self.table is not None:
            self.table.show_history(self._controller.angles)
