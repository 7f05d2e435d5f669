"""The two live plots: acceleration error against a reference, and how much all accelerates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from str_live.ui.widgets.angle_plot import HEADLINE_HEIGHT, AnglePlot
from str_live.view import palette
from str_live.view.angle_history import ANGLE_UNIT
from str_live.view.history import (
    HISTORY_SECONDS,
    MARKS,
    UNIT_NOTE,
    AccelerationHistory,
    axis_top,
    magnitude_text,
    reference_text,
    seconds_text,
)
from str_live.view.person_colours import hexadecimal, person_colour

if TYPE_CHECKING:
    from str_live.messages import AccelerationMeans

_PENS = {
    "reference": Qt.PenStyle.DashLine,
    "frame": Qt.PenStyle.SolidLine,
    "B": Qt.PenStyle.SolidLine,
    "A": Qt.PenStyle.SolidLine,
}
"""Curves in drawing order, A on top, and their dash."""
_UPDATES_PER_AXIS = 15
"""The y axis follows once a second, not with every sample: a jumping axis cannot be read."""


def configure_pyqtgraph() -> None:
    """Options that pyqtgraph wants before its first widget."""
    pg.setConfigOptions(antialias=True, imageAxisOrder="row-major", background=palette.GROUND)


class CurvePlot(QWidget):
    """One plot with a headline that is also its legend. GUI thread."""

    def __init__(self, kind: str, title: str, curves: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self._names = [name for name in _PENS if name in curves]
        self._updates = 0
        self.labels: dict[str, str] = {"A": "A", "B": "B", "frame": "per-frame", "reference": "reference"}
        """What each curve is called in the legend."""
        self._title = title
        self.headline, self.head = QLabel(f"<b>{title}</b>"), QHBoxLayout()
        self.legend = QLabel(" ")
        self.legend.setToolTip("Means over the last ten seconds, " + UNIT_NOTE)
        self.note = QLabel()
        self.note.setProperty("role", "quiet")
        for label in (self.legend, self.note):
            # Long names are cut rather than the window made wider.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.plot = make_time_plot(UNIT_NOTE)
        self.curves = {name: self._make_curve(name) for name in self._names}
        self.marks = [self._make_mark(number) for number in range(MARKS)]
        self._lay_out()

    def show_person(self, number: int | None) -> None:
        """Name whose curves they are, in his colour; None: there is one person only."""
        whose = ""
        if number is not None:
            colour = hexadecimal(person_colour(number))
            whose = f" of <span style='color:{colour}'>person {number}</span>"
        self.headline.setText(f"<b>{self._title}{whose}</b>")

    def _lay_out(self) -> None:
        self.head.setSpacing(5)
        self.headline.setFixedHeight(HEADLINE_HEIGHT)
        self.head.addWidget(self.headline)
        self.head.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 2)
        layout.setSpacing(1)
        layout.addLayout(self.head)
        layout.addWidget(self.legend)
        layout.addWidget(self.plot, 1)

    def _make_curve(self, name: str) -> pg.PlotDataItem:
        pen = pg.mkPen(palette.CURVES[name], width=1, style=_PENS[name])
        curve = self.plot.plot(pen=pen, connect="finite")
        curve.setZValue(list(_PENS).index(name))
        return curve

    def _make_mark(self, number: int) -> pg.InfiniteLine:
        """A line where the network was changed; in the plot of errors with what it became beside it."""
        # On three heights in turn: changes that follow each other closely stay readable.
        options = {"position": 0.92 - 0.12 * (number % 3), "color": palette.QUIET, "fill": palette.GROUND}
        options["anchors"] = [(0, 0.5), (0, 0.5)]
        pen = pg.mkPen(palette.FAINT, width=1, style=Qt.PenStyle.DotLine)
        mark = pg.InfiniteLine(0, angle=90, pen=pen, label="", labelOpts=options)
        mark.setVisible(False)
        mark.label.setVisible(self._kind == "error")
        self.plot.getViewBox().addItem(mark, ignoreBounds=True)
        return mark

    def _show_marks(self, marks: list[tuple[float, str]]) -> None:
        for number, line in enumerate(self.marks):
            line.setVisible(number < len(marks))
            if number < len(marks):
                line.setValue(marks[number][0])
                line.label.setFormat(marks[number][1])

    def show_history(self, history: AccelerationHistory) -> None:
        """Draw the last ten seconds."""
        if not self.isVisible():
            return
        for name, curve in self.curves.items():
            curve.setData(*history.curve(self._kind, name))
        self._show_marks(history.visible_marks())
        if self._updates % _UPDATES_PER_AXIS == 0:
            top = axis_top(history.highest(self._kind))
            self.plot.getViewBox().setRange(yRange=(0, top), padding=0)
        self._updates += 1

    def show_means(self, means: dict[str, float]) -> None:
        """Name the curves that have samples, with their means over ten seconds."""
        chips = []
        for name in (name for name in reversed(self._names) if name in means):
            stroke = "╍" if name == "reference" else "━"
            sample = f"<span style='color:{palette.CURVES[name]}'>{stroke}</span>"
            chips.append(f"{sample} {self.labels[name]} <b>{means[name]:.1f}</b>")
        self.legend.setText("&nbsp;&nbsp; ".join(chips) or " ")


def make_time_plot(unit: str) -> pg.PlotWidget:
    """An empty plot of the last ten seconds, y from 0 up in `unit`; nothing in it follows the mouse."""
    plot = pg.PlotWidget()
    plot.setMouseEnabled(False, False)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    # A little more than the history: pyqtgraph leaves out labels that do not fit in whole.
    view = plot.getViewBox()
    view.setRange(xRange=(-HISTORY_SECONDS - 0.7, 0.5), yRange=(0, 20), padding=0)
    plot.showGrid(x=True, y=True, alpha=0.18)
    plot.setMinimumHeight(70)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(palette.BORDER)
        axis.setTextPen(palette.QUIET)
        axis.enableAutoSIPrefix(False)
    left = plot.getAxis("left")
    left.setLabel(unit, **{"font-size": "8pt", "color": palette.QUIET})
    left.setWidth(50)
    assert plot.plotItem is not None
    plot.plotItem.setContentsMargins(0, 4, 4, 0)
    bottom = plot.getAxis("bottom")
    bottom.setTickSpacing(2, 1)
    bottom.tickStrings = lambda values, scale, spacing: [seconds_text(value) for value in values]
    return plot


class PlotArea(QWidget):
    """Both plots of accelerations side by side, and beside them that of joint angles. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reason = ""
        self.error = CurvePlot("error", "Acceleration error", ("A", "B", "frame"))
        self.magnitude = CurvePlot("magnitude", "Mean acceleration", ("A", "B", "frame", "reference"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.error, 4)
        layout.addWidget(self.magnitude, 3)
        self.angles = AnglePlot(make_time_plot(ANGLE_UNIT))
        layout.addWidget(self.angles, 3)
        self.magnitude.head.addWidget(self.angles.shown)

    def show_variants(self, texts: dict[str, str]) -> None:
        """Name the variants, for example A: 'STR without TTR'; the smaller plot has room for letters only."""
        self.error.labels |= {name: f"{name}&nbsp;&nbsp;{text}" for name, text in texts.items()}

    def show_person(self, number: int | None) -> None:
        """Name whose curves they are; None: there is one person only."""
        self.error.show_person(number)
        self.magnitude.show_person(number)

    def show_history(self, history: AccelerationHistory) -> None:
        """Draw both plots and say honestly what the errors refer to."""
        reason = self._reason or history.no_reference
        self.error.note.setText(reference_text(history.reference, history.delay_s, reason))
        self.magnitude.note.setText(magnitude_text(history))
        self.error.show_history(history)
        self.magnitude.show_history(history)

    def show_means(self, means: AccelerationMeans, reason: str) -> None:
        """Means over ten seconds for the legends; `reason` says why there are none."""
        self._reason = reason
        self.error.show_means(means.error)
        self.magnitude.show_means(means.magnitude)
