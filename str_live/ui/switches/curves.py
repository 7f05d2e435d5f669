"""The two plots of the window: each module's share of the output, and how far the joints move without it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from str_live.live.switches.cases import CASES, Case
from str_live.ui.switches.history import SHARE, SHIFT, SwitchHistory
from str_live.ui.widgets.plots import make_time_plot
from str_live.view import palette
from str_live.view.history import axis_top

DIM = 95
"""Alpha, of 255, of curves that are not chosen."""
UPDATES_PER_AXIS = 15
"""The y axis follows once a second, not with every sample."""
SHORT = {
    "ttr": "TTR",
    "ste_time": "STE time",
    "ste_freq": "STE freq.",
    "self_integration": "self",
    "cross_integration": "cross",
}
"""The modules in a legend."""
CASE_COLOURS = {
    case.name: palette.MODULES[case.modules[0]] if len(case.modules) == 1 else palette.TEXT for case in CASES
}


class LivePlot(QWidget):
    """A headline, a legend with means, and the curves, some of which stand out. GUI thread."""

    def __init__(
        self, kind: str, title: str, unit: str, colours: dict[str, str], labels: dict[str, str], *, tip: str
    ) -> None:
        super().__init__()
        self._kind, self._colours, self._labels = kind, colours, labels
        self._updates = 0
        self._chosen: tuple[str, ...] = ()
        self._shown: tuple[str, ...] = ()
        headline = QLabel(f"<b>{title}</b>")
        self.legend = QLabel(" ")
        for label in (headline, self.legend):
            label.setToolTip(tip)
        # Long names are cut rather than the window made wider.
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.plot = make_time_plot(unit)
        self.curves = {name: self.plot.plot(connect="finite") for name in colours}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 2)
        layout.setSpacing(1)
        layout.addWidget(headline)
        layout.addWidget(self.legend)
        layout.addWidget(self.plot, 1)

    def choose(self, names: tuple[str, ...], shown: tuple[str, ...]) -> None:
        """Let some of the curves that are `shown` stand out."""
        self._chosen, self._shown, self._updates = names, shown, 0
        for name, curve in self.curves.items():
            colour = QColor(self._colours[name])
            colour.setAlpha(255 if name in names else DIM)
            curve.setPen(pg.mkPen(colour, width=1))
            curve.setZValue(int(name in names))
            curve.setVisible(name in shown)

    def show_history(self, history: SwitchHistory) -> None:
        """Draw the last ten seconds, and once a second follow with axis and means."""
        figures = []
        for name in self._shown:
            times, values = history.curve(self._kind, name)
            self.curves[name].setData(times, values)
            figures.append(values[np.isfinite(values)])
        if self._updates % UPDATES_PER_AXIS == 0:
            together = np.concatenate(figures) if figures else np.empty(0)
            top = axis_top(float(np.percentile(together, 99)) if len(together) else 0.0)
            self.plot.getViewBox().setRange(yRange=(0, top), padding=0)
            self._show_means(history.means(self._kind))
        self._updates += 1

    def _show_means(self, means: dict[str, float]) -> None:
        chips = []
        for name in (name for name in self._shown if name in means):
            text = f"{self._labels[name]} {means[name]:.1f}"
            text = f"<b>{text}</b>" if name in self._chosen else text
            chips.append(f"<span style='color:{self._colours[name]}'>━</span> {text}")
        self.legend.setText("&nbsp;&nbsp; ".join(chips) or " ")


def make_share_plot() -> LivePlot:
    """Of the whole network: through which modules its output comes."""
    tip = (
        "Products of the attention weights of the integrations (eq. 6 and 7, Algorithm 1): by how much of\n"
        "each vector the output is mixed. Self-integration: the halves as it gives them; cross-integration:\n"
        "the plain halves that it adds. The five make 100 %. Means over the last ten seconds."
    )
    return LivePlot(SHARE, "Share of the output", "%", palette.MODULES, SHORT, tip=tip)


def make_shift_plot() -> LivePlot:
    """Of each network without a module: how far its joints lie from the whole one's."""
    labels = {case.name: SHORT[case.modules[0]] if len(case.modules) == 1 else case.name for case in CASES}
    tip = (
        "Mean distance of 23 joints from those of the whole network, pelvis upon pelvis.\n"
        "Means over the last ten seconds."
    )
    return LivePlot(SHIFT, "Joints move without it", "mm", CASE_COLOURS, labels, tip=tip)


def shown_with(chosen: Case) -> tuple[str, ...]:
    """Names of the cases whose curves are drawn: the single modules', and the chosen one's."""
    return tuple(case.name for case in CASES if len(case.modules) == 1 or case == chosen)
