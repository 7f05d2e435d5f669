"""The plot of one joint's angle over the last ten seconds, both sides in one: chosen in its headline."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from str_live.angle_names import ANGLE_KINDS
from str_live.ui.widgets.inputs import Choice
from str_live.view import palette
from str_live.view.angle_history import AngleHistory

HEADLINE_HEIGHT = 20
"""Pixels, of all plots: their axes lie on one line."""
_UPDATES_PER_AXIS = 15
"""The y axis follows once a second, not with every sample: a jumping axis cannot be read."""


class AnglePlot(QWidget):
    """Hidden until it is asked for; `shown` is the button that asks. GUI thread."""

    chosen = pyqtSignal(str)
    """Kind of ANGLE_KINDS."""

    def __init__(self, plot: pg.PlotWidget, parent: QWidget | None = None) -> None:
        """`plot`: empty, of the last ten seconds."""
        super().__init__(parent)
        self.plot = plot
        self._kind, self._updates = "knee", 0
        self.shown = _button("Angles", "Joint angles beside the accelerations (J)")
        self.shown.setCheckable(True)
        self.table = _button("Table", "Least, greatest, range of motion and mean of all joints")
        self.kind = Choice()
        for kind, shown in ANGLE_KINDS.items():
            self.kind.addItem(shown.title, kind)
        self.kind.setToolTip(
            "In OpenSim's terms. Knees and elbows are pure flexion, up to 13 degrees off that model's own."
        )
        self.kind.activated.connect(lambda index: self.chosen.emit(self.kind.itemData(index)))
        self.legend = QLabel(" ")
        self.legend.setToolTip("Degrees now, and from where to where in the last ten seconds")
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.curves = {side: self._make_curve(side) for side in palette.SIDES}
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        self.kind.setFixedHeight(HEADLINE_HEIGHT)
        headline = QHBoxLayout()
        headline.setSpacing(5)
        headline.addWidget(self.kind)
        headline.addStretch(1)
        headline.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 2)
        column.setSpacing(1)
        column.addLayout(headline)
        column.addWidget(self.legend)
        column.addWidget(self.plot, 1)

    def _make_curve(self, side: str) -> pg.PlotDataItem:
        return self.plot.plot(pen=pg.mkPen(palette.SIDES[side], width=1), connect="finite")

    def show_choice(self, shown: bool, kind: str) -> None:
        """Show or hide it, and which angle."""
        self.setVisible(shown)
        self.shown.setChecked(shown)
        self.kind.setCurrentIndex(self.kind.findData(kind))
        if kind != self._kind:
            self._kind, self._updates = kind, 0

    def show_history(self, history: AngleHistory) -> None:
        """Draw the last ten seconds."""
        if not self.isVisible():
            return
        sides = ANGLE_KINDS[self._kind].sides
        for side, curve in self.curves.items():
            curve.setData(*history.curve(self._kind, side))
            curve.setVisible(side in sides)
        ranges = history.ranges(self._kind)
        texts = [
            _legend_text(side, float(history.curve(self._kind, side)[1][-1]), one.least, one.greatest)
            for side, one in ranges.items()
        ]
        self.legend.setText("&nbsp;&nbsp; ".join(texts) or "waiting for a person")
        if self._updates % _UPDATES_PER_AXIS == 0:
            self.plot.getViewBox().setRange(yRange=history.axis(self._kind), padding=0)
        self._updates += 1


def _legend_text(side: str, now: float, least: float, greatest: float) -> str:
    """'━ left 42° 11 to 58': now, and the last ten seconds; a dash where nobody is found now."""
    sample = f"<span style='color:{palette.SIDES[side]}'>━</span>"
    name = "" if side == "middle" else f"{side} "
    value = "–" if math.isnan(now) else f"{round(now)}°".replace("-", "−")
    span = f"{round(least)} to {round(greatest)}".replace("-", "−")
    return f"{sample} {name}<b>{value}</b> <span style='color:{palette.QUIET}'>{span}</span>"


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setProperty("small", True)
    button.setFixedHeight(HEADLINE_HEIGHT)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
