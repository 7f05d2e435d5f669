"""Panel: the network, module by module, for A and, while comparing, for B beside it; and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QStandardItemModel
from PyQt6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from str_live.network_text import (
    MODULES,
    NETWORK_TIPS,
    attention_text,
    missing_text,
    variant_text,
)
from str_live.settings import MAX_LOOKAHEAD, NETWORK_NAMES, Settings
from str_live.ui.panels.panel import Panel, show_note
from str_live.ui.state import SettingsState
from str_live.ui.widgets.inputs import Choice, Slider
from str_live.ui.widgets.switch import Switch
from str_live.view import palette

if TYPE_CHECKING:
    from str_live.messages import AccelerationMeans

FRAME_MS = 1000 / 30
VARIANTS = {"A": palette.VARIANT_A, "B": palette.VARIANT_B}


class VariantColumn:
    """The widgets of one variant: heading, network, five switches, smoothing. GUI thread."""

    def __init__(self, name: str, state: SettingsState) -> None:
        colour = VARIANTS[name]
        self._name = name
        self._state = state
        self.heading = QLabel(f"<span style='color:{colour}'>■</span> <b>{name}</b>")
        self.network = Choice()
        for key, text in NETWORK_NAMES.items():
            self.network.addItem(text, key)
        self.network.setToolTip("\n".join(NETWORK_TIPS.values()))
        self.network.setFixedWidth(92)
        self.network.activated.connect(self._choose_network)
        self.switches = {key: self._switch(colour, key, text) for key, text, _ in MODULES}
        self.one_euro = Switch("", colour)
        self.one_euro.setToolTip(
            "Smooth the displayed body with a One-Euro filter.\nNever applied to recordings or measurements."
        )
        self.one_euro.setAccessibleName(f"One-Euro smoothing of {name}")
        self.one_euro.clicked.connect(lambda on: state.change_variant(name, one_euro=on))
        self.widgets = [self.heading, self.network, *self.switches.values(), self.one_euro]

    def _switch(self, colour: str, key: str, text: str) -> Switch:
        switch = Switch("", colour)
        switch.setAccessibleName(f"{text} in {self._name}")
        switch.clicked.connect(lambda on: self._state.change_network(self._name, **{key: on}))
        return switch

    def _choose_network(self, index: int) -> None:
        self._state.change_network(self._name, temporal=self.network.itemData(index))

    def show_running(self, running: Settings) -> None:
        """Show what runs; only STR has modules to switch."""
        variant = running.variant(self._name)
        network = variant.network
        self.network.setCurrentIndex(self.network.findData(network.temporal))
        is_str = network.temporal == "str"
        runs = f"{self._name} runs {variant_text(network)}"
        why = "" if is_str else f"A module of STR, and {runs}: choose STR to switch it.\n"
        for key, _, tip in MODULES:
            switch = self.switches[key]
            switch.setChecked(is_str and getattr(network, key))
            switch.setEnabled(is_str)
            switch.setToolTip(why + tip)
        self.one_euro.setChecked(variant.one_euro)

    def show_missing(self, missing: dict[str, str]) -> None:
        """Grey out the networks without weights, and say why."""
        model = self.network.model()
        assert isinstance(model, QStandardItemModel)
        for row, name in enumerate(NETWORK_NAMES):
            item = model.item(row)
            assert item is not None
            item.setEnabled(name not in missing)
            item.setToolTip(missing.get(name, NETWORK_TIPS[name]))


class NetworkPanel(Panel):
    """Variants A and B, the look-ahead, and the table of mean errors. GUI thread."""

    effects_asked = pyqtSignal()
    """The window that shows what each switch does is wanted."""

    def __init__(self, state: SettingsState, parent: QWidget | None = None) -> None:
        super().__init__("Network", parent)
        self._state = state
        self.compare = Switch("Compare A with B", palette.VARIANT_B)
        self.compare.setToolTip("Run a second variant beside the first, on the same pictures (B).")
        self.compare.clicked.connect(lambda on: state.change(compare=on))
        self.columns = {name: VariantColumn(name, state) for name in VARIANTS}
        self.lookahead = Slider()
        self.lookahead_text = QLabel()
        self.table = ErrorTable()
        self.attention = QLabel(" ")
        self.effects = QPushButton("What does each switch do?")
        self.effects.setToolTip("STR without each of its modules, beside the whole, while it plays (W)")
        self.effects.clicked.connect(self.effects_asked)
        self._build()
        state.changed.connect(lambda *_: self.show_running(state.running))
        state.running_changed.connect(lambda *_: self.show_running(state.running))
        self.show_running(state.running)

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
        self.missing = self.add_note()
        self.attention.setProperty("role", "quiet")
        self.attention.setToolTip(
            "Attention weights for the frame on screen: of STR those of the integration that gives F_STR\n"
            "(eq. 6), of TCMR those of its three descriptions."
        )
        self.rows.addWidget(self.attention)
        self.rows.addWidget(self.effects)
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

    def show_running(self, running: Settings) -> None:
        """Show what runs; B is there only while comparing."""
        self.compare.setChecked(running.compare)
        for column in self.columns.values():
            column.show_running(running)
        for widget in self.columns["B"].widgets:
            widget.setVisible(running.compare)
        self.lookahead.setValue(running.lookahead)
        self.lookahead_text.setText(lookahead_text(running.lookahead))

    def show_missing(self, missing: dict[str, str]) -> None:
        """Say which networks have no weights."""
        for column in self.columns.values():
            column.show_missing(missing)
        show_note(self.missing, missing_text(missing))

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
            label = QLabel(row_label(name, text))
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # cut, not wider
            self.cells[name, "label"] = label
            grid.addWidget(label, row, 0)
            for column, kind in enumerate(("error", "magnitude"), start=1):
                cell = QLabel("–")
                cell.setMinimumWidth(44)
                cell.setAlignment(right)
                self.cells[name, kind] = cell
                grid.addWidget(cell, row, column)
        self.setToolTip("Normalised to 30 frames a second. Lower is steadier; the reference moves truly.")

    def show_variants(self, texts: dict[str, str]) -> None:
        """Name the networks of A and B; without B its row is hidden."""
        for name, text in texts.items():
            self.cells[name, "label"].setText(row_label(name, f"{name}&nbsp;&nbsp;{text}"))
        for kind in ("label", "error", "magnitude"):
            self.cells["B", kind].setVisible("B" in texts)

    def show_means(self, means: AccelerationMeans) -> None:
        """Fill in the means; a dash for what is not known."""
        for kind, values in (("error", means.error), ("magnitude", means.magnitude)):
            for name, _ in self.ROWS:
                self.cells[name, kind].setText(f"{values[name]:.1f}" if name in values else "–")


def row_label(name: str, text: str) -> str:
    """A row's name beside its curve's colour, as rich text."""
    return f"<span style='color:{palette.CURVES[name]}'>■</span> {text}"
