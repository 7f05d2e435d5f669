"""Panel: the network, module by module, for A and, while comparing, for B beside it; and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from str_live.settings import MAX_LOOKAHEAD, NetworkSettings, Settings
from str_live.ui import theme
from str_live.ui.inputs import Choice, Slider
from str_live.ui.panels.panel import Panel
from str_live.ui.state import SettingsState
from str_live.ui.switch import Switch

if TYPE_CHECKING:
    from str_live.acceleration import AccelerationMeans

FRAME_MS = 1000 / 30
VARIANTS = {"A": theme.VARIANT_A, "B": theme.VARIANT_B}
NETWORKS = {"str": "STR", "frame": "per-frame"}
MODULES = (
    (
        "ttr",
        "TTR",
        "Temporal tendency reasoning (eq. 1 and 2): the window is cut into four fragments, and each\n"
        "is reasoned about by a GRU on top of the one before it.",
    ),
    (
        "ste_time",
        "STE, time",
        "Spatial tendency enhancing in the time domain (eq. 3 and 4): a gate per channel, made from the\n"
        "differences of neighbouring frames, says which channels of the GRU's features count.",
    ),
    (
        "ste_freq",
        "STE, frequency",
        "Spatial tendency enhancing in the frequency domain (eq. 5): the features pass a Fourier transform\n"
        "and its inverse; a gate from the overall difference says which channels count.",
    ),
    (
        "self_integration",
        "self-integration",
        "Algorithm 1, line 2: the frames of each half of the window nearest its middle are weighted\n"
        "by attention and summed, past and future apart.",
    ),
    (
        "cross_integration",
        "cross-integration",
        "Algorithm 1, lines 3 and 4: the enhanced past is integrated with the future, and the enhanced\n"
        "future with the past, before all is fused (eq. 7).",
    ),
)
"""Field of NetworkSettings, name as in the paper, and what it does."""
ATTENTION_NAMES = ("TTR", "time", "frequency")
"""Inputs of the integration that gives F_STR (eq. 6), in its order."""


def variant_text(network: NetworkSettings) -> str:
    """A network in a few words: 'STR', 'STR without TTR', 'STR, 2 of 5 modules', 'per-frame'."""
    if network.temporal == "frame":
        return "per-frame"
    off = [name for key, name, _ in MODULES if not getattr(network, key)]
    if not off:
        return "STR"
    if len(off) == 1:
        return f"STR without {off[0]}"
    return f"STR, {len(MODULES) - len(off)} of {len(MODULES)} modules"


def change_text(settings: Settings, old: Settings) -> str:
    """What became of the networks, for a mark in the plots; '' where they are as they were."""
    if settings.variant_a.network != old.variant_a.network:
        return f"A: {variant_text(settings.variant_a.network)}"
    if settings.compare and settings.variant_b.network != old.variant_b.network:
        return f"B: {variant_text(settings.variant_b.network)}"
    if settings.lookahead != old.lookahead:
        return f"look-ahead {settings.lookahead}"
    return ""


def attention_text(attention: dict[str, np.ndarray]) -> str:
    """'TTR 41 %, time 33 %, frequency 26 %': what F_STR of A is made of now; '' where there is no F_STR."""
    weights = attention.get("str")
    if weights is None or len(weights) != len(ATTENTION_NAMES):
        return ""
    named = zip(ATTENTION_NAMES, weights, strict=True)
    return "A attends to " + ", ".join(f"{name} {100 * weight:.0f} %" for name, weight in named)


class VariantColumn:
    """The widgets of one variant: heading, network, five switches, smoothing. GUI thread."""

    def __init__(self, name: str, state: SettingsState) -> None:
        colour = VARIANTS[name]
        self._name = name
        self._state = state
        self.heading = QLabel(f"<span style='color:{colour}'>■</span> <b>{name}</b>")
        self.network = Choice()
        for key, text in NETWORKS.items():
            self.network.addItem(text, key)
        self.network.setToolTip(
            "STR: sixteen frames make one body.\nPer-frame: the same network without anything temporal."
        )
        self.network.setFixedWidth(92)
        self.network.activated.connect(self._choose_network)
        self.switches = {key: self._switch(colour, key, text, tip) for key, text, tip in MODULES}
        self.one_euro = Switch("", colour)
        self.one_euro.setToolTip(
            "Smooth the displayed body with a One-Euro filter.\nNever applied to recordings or measurements."
        )
        self.one_euro.setAccessibleName(f"One-Euro smoothing of {name}")
        self.one_euro.clicked.connect(lambda on: state.change_variant(name, one_euro=on))
        self.widgets = [self.heading, self.network, *self.switches.values(), self.one_euro]

    def _switch(self, colour: str, key: str, text: str, tip: str) -> Switch:
        switch = Switch("", colour)
        switch.setToolTip(tip)
        switch.setAccessibleName(f"{text} in {self._name}")
        switch.clicked.connect(lambda on: self._state.change_network(self._name, **{key: on}))
        return switch

    def _choose_network(self, index: int) -> None:
        self._state.change_network(self._name, temporal=self.network.itemData(index))

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen; without STR there are no modules to switch."""
        variant = settings.variant_a if self._name == "A" else settings.variant_b
        self.network.setCurrentIndex(self.network.findData(variant.network.temporal))
        for key, switch in self.switches.items():
            switch.setChecked(getattr(variant.network, key))
            switch.setEnabled(variant.network.temporal == "str")
        self.one_euro.setChecked(variant.one_euro)


class NetworkPanel(Panel):
    """Variants A and B, the look-ahead, and the table of mean errors. GUI thread."""

    def __init__(self, state: SettingsState, parent: QWidget | None = None) -> None:
        super().__init__("Network", parent)
        self._state = state
        self.compare = Switch("Compare A with B", theme.VARIANT_B)
        self.compare.setToolTip("Run a second variant beside the first, on the same pictures (B).")
        self.compare.clicked.connect(lambda on: state.change(compare=on))
        self.columns = {name: VariantColumn(name, state) for name in VARIANTS}
        self.lookahead = Slider()
        self.lookahead_text = QLabel()
        self.table = ErrorTable()
        self.attention = QLabel(" ")
        self._build()
        state.changed.connect(lambda settings, _: self.show_settings(settings))
        self.show_settings(state.settings)

    def _build(self) -> None:
        self.rows.addWidget(self.compare)
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        names = ["", "Temporal network", *[text for _, text, _ in MODULES], "One-Euro filter"]
        tips = ["", self.columns["A"].network.toolTip(), *[tip for _, _, tip in MODULES]]
        tips.append(self.columns["A"].one_euro.toolTip())
        for row, (name, tip) in enumerate(zip(names, tips, strict=True)):
            label = QLabel(name)
            label.setToolTip(tip)
            grid.addWidget(label, row, 0)
            for number, column in enumerate(self.columns.values()):
                grid.addWidget(column.widgets[row], row, number + 1, Qt.AlignmentFlag.AlignHCenter)
        self.rows.addLayout(grid)
        self.attention.setProperty("role", "quiet")
        self.attention.setToolTip(
            "Attention weights of the integration that gives F_STR (eq. 6), for the frame on screen."
        )
        self.rows.addWidget(self.attention)
        self._build_lookahead()
        self.rows.addWidget(self.table)

    def _build_lookahead(self) -> None:
        self.lookahead.setRange(0, MAX_LOOKAHEAD)
        self.lookahead.setPageStep(1)
        self.lookahead.valueChanged.connect(lambda value: self._state.change(lookahead=value))
        self.lookahead_text.setMinimumWidth(104)
        self.lookahead_text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tip = (
            "How many frames the body waits for: with more of the future in the window it trembles less,\n"
            "and comes later. Seven is the network as it was published."
        )
        self.add_row("Look-ahead", self.lookahead, self.lookahead_text, tip=tip)

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen; B is there only while comparing."""
        self.compare.setChecked(settings.compare)
        for column in self.columns.values():
            column.show_settings(settings)
        for widget in self.columns["B"].widgets:
            widget.setVisible(settings.compare)
        self.lookahead.setValue(settings.lookahead)
        self.lookahead_text.setText(lookahead_text(settings.lookahead))
        self.table.set_compare(settings.compare)

    def show_attention(self, attention: dict[str, np.ndarray]) -> None:
        """Say what A's network attends to; the line stays, so that nothing below jumps."""
        self.attention.setText(attention_text(attention) or " ")

    def show_means(self, means: AccelerationMeans) -> None:
        """Bring the table of means up to date."""
        self.table.show_means(means)


def lookahead_text(frames: int) -> str:
    """'2 frames, 67 ms'."""
    return f"{frames} frame{'' if frames == 1 else 's'}, {frames * FRAME_MS:.0f} ms"


class ErrorTable(QWidget):
    """Mean acceleration error and acceleration over the last ten seconds, a row per curve. GUI thread."""

    ROWS = (("A", "A"), ("B", "B"), ("frame", "per-frame"), ("reference", "reference"))

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        self.cells: dict[tuple[str, str], QLabel] = {}
        right = Qt.AlignmentFlag.AlignRight
        for column, text in enumerate(("mean of 10 s, mm/frame²", "error", "accel.")):
            heading = QLabel(text)
            heading.setProperty("role", "quiet")
            grid.addWidget(heading, 0, column, right if column else Qt.AlignmentFlag.AlignLeft)
        for row, (name, text) in enumerate(self.ROWS, start=1):
            label = QLabel(f"<span style='color:{theme.CURVES[name]}'>■</span> {text}")
            self.cells[name, "label"] = label
            grid.addWidget(label, row, 0)
            for column, kind in enumerate(("error", "magnitude"), start=1):
                cell = QLabel("–")
                cell.setMinimumWidth(44)
                cell.setAlignment(right)
                self.cells[name, kind] = cell
                grid.addWidget(cell, row, column)
        self.setToolTip("Normalised to 30 frames a second. Lower is steadier; the reference moves truly.")

    def set_compare(self, compare: bool) -> None:
        """Show or hide the row of B."""
        for kind in ("label", "error", "magnitude"):
            self.cells["B", kind].setVisible(compare)

    def show_means(self, means: AccelerationMeans) -> None:
        """Fill in the means; a dash for what is not known."""
        for kind, values in (("error", means.error), ("magnitude", means.magnitude)):
            for name, _ in self.ROWS:
                self.cells[name, kind].setText(f"{values[name]:.1f}" if name in values else "–")
