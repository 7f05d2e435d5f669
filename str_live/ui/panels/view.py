"""Panel: what the two views draw."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from str_live.settings import Settings
from str_live.ui.panels.panel import Panel
from str_live.ui.state import SettingsState
from str_live.ui.widgets.inputs import Choice, Slider
from str_live.ui.widgets.switch import Switch

MIRROR_TIP = (
    "Show the picture as a mirror does (M). Webcams and films have a choice each.\n"
    "Bodies, figures and recordings are never mirrored, nor is the 3D view."
)
LAYERS = (
    ("mesh", "Body", "The body's surface"),
    ("skeleton", "Skeleton", "The body's 24 joints over the picture"),
    ("box", "Crop box", "The square that the network sees"),
    ("landmarks", "Landmarks", "mediapipe's 33 landmarks"),
    ("mirror", "Mirror", MIRROR_TIP),
)
COLOUR_MODES = (
    ("Uniform", "uniform"),
    ("Body parts", "part"),
    ("Left and right", "side"),
    ("Speed", "speed"),
)


class ViewPanel(Panel):
    """Layers, opacity, colours. GUI thread."""

    def __init__(self, state: SettingsState, parent: QWidget | None = None) -> None:
        super().__init__("View", parent)
        self._state = state
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.layers: dict[str, Switch] = {}
        for number, (key, text, tip) in enumerate(LAYERS):
            self.layers[key] = self._layer(key, text, tip)
            grid.addWidget(self.layers[key], number // 2, number % 2, Qt.AlignmentFlag.AlignLeft)
        self.rows.addLayout(grid)
        self.opacity = Slider()
        self.opacity.setRange(0, 100)
        self.opacity.valueChanged.connect(lambda value: state.change_view(opacity=value / 100))
        self.opacity_text = QLabel()
        self.opacity_text.setMinimumWidth(44)
        self.opacity_text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.add_row("Opacity", self.opacity, self.opacity_text, tip="Of the body over the picture.")
        self.colour_mode = Choice()
        for text, name in COLOUR_MODES:
            self.colour_mode.addItem(text, name)
        self.colour_mode.activated.connect(
            lambda index: state.change_view(colour_mode=self.colour_mode.itemData(index))
        )
        self.add_row("Colours", self.colour_mode, tip="What the body's colour means.")
        state.running_changed.connect(lambda running, _: self.show_settings(running))
        self.show_settings(state.running)

    def _layer(self, key: str, text: str, tip: str) -> Switch:
        switch = Switch(text)
        switch.setToolTip(tip)
        switch.clicked.connect(lambda on: self._state.change_view(**{key: on}))
        return switch

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen; the mirror is that of the kind of source that plays."""
        for key, switch in self.layers.items():
            switch.setChecked(getattr(settings.view, key))
        percent = round(settings.view.opacity * 100)
        with QSignalBlocker(self.opacity):  # showing a rounded value must not change the setting
            self.opacity.setValue(percent)
        self.opacity_text.setText(f"{percent} %")
        self.colour_mode.setCurrentIndex(max(self.colour_mode.findData(settings.view.colour_mode), 0))
