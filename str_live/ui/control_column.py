"""The column of controls: panels that scroll in a low window, and the record button, always there."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from str_live.ui.camera_watch import CameraWatch
from str_live.ui.panels.front_end import FrontEndPanel
from str_live.ui.panels.network import NetworkPanel
from str_live.ui.panels.people import PeoplePanel
from str_live.ui.panels.record import RecordPanel
from str_live.ui.panels.source import SourcePanel
from str_live.ui.panels.stream import StreamPanel
from str_live.ui.panels.view import ViewPanel
from str_live.ui.state import SettingsState

COLUMN_WIDTH = 344


class ControlColumn(QWidget):
    """All panels, in the order of the data. GUI thread."""

    def __init__(
        self, state: SettingsState, cameras: CameraWatch, recordings: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.source = SourcePanel(state, cameras.list_cameras)
        self.people = PeoplePanel(state)
        self.network = NetworkPanel(state)
        self.view = ViewPanel(state)
        self.stream = StreamPanel(state)
        self.front_end = FrontEndPanel(state)
        self.record = RecordPanel(recordings)
        cameras.changed.connect(self.source.refresh_cameras)
        self.scroll_area = self._scrolled(
            [self.source, self.people, self.network, self.view, self.front_end, self.stream]
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(0)
        layout.addWidget(self.scroll_area, 1)
        layout.addWidget(_line())
        layout.addWidget(self.record)
        self.setMinimumWidth(COLUMN_WIDTH)
        bar = self.scroll_area.verticalScrollBar()
        assert bar is not None
        self._bar_width = bar.sizeHint().width()
        bar.rangeChanged.connect(self._align_record)

    def _align_record(self, low: int, high: int) -> None:
        """Let the record button end where the panels above do, beside a scroll bar where there is one."""
        self.record.setContentsMargins(0, 0, self._bar_width if high > low else 0, 0)

    def _scrolled(self, panels: list[QWidget]) -> QScrollArea:
        """The panels one below the other, in an area that scrolls up and down only."""
        column = QWidget()
        column.setProperty("role", "panel")
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(6)
        for number, panel in enumerate(panels):
            if number:
                layout.addWidget(_line())
            layout.addWidget(panel)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(column)
        return scroll


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line
