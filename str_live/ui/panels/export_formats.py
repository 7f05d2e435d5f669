"""Panels: the formats by purpose, each with a check mark, what it lacks, and its file once it is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from str_live.export import EXPORTERS, Exporter
from str_live.ui.panels.panel import Panel, show_note
from str_live.ui.widgets.file_drag import FileDrag
from str_live.ui.widgets.inputs import CheckBox
from str_live.view import palette

PURPOSES = ("animate", "measure", "show")
_ROW_HEIGHT = 21
"""Pixels: as high as a file's handle, so that nothing moves when one appears."""
FILM_SUFFIX = ".mp4"


class FormatRow(QWidget):
    """One format: its check mark, and what became of its file. GUI thread."""

    def __init__(self, suffix: str, title: str, missing: str = "", parent: QWidget | None = None) -> None:
        """`missing`: the line that installs what it lacks."""
        super().__init__(parent)
        self.check = CheckBox(title)
        ending = QLabel(suffix)
        ending.setProperty("role", "quiet")
        ending.setEnabled(not missing)
        self._missing = missing
        self.check.setMinimumHeight(_ROW_HEIGHT)
        self.file = FileDrag()
        self.state = QLabel()
        self.state.setProperty("role", "quiet")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setContentsMargins(20, 0, 0, 2)  # under the text, not the mark
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.check)
        line.addWidget(ending)
        line.addStretch(1)
        line.addWidget(self.state)
        line.addWidget(self.file)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.note)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_changeable(True)
        self.show_state("")

    def show_changeable(self, changeable: bool) -> None:
        """Let the check mark be set, where nothing is missing."""
        self.check.setEnabled(changeable and not self._missing)

    def show_state(self, text: str) -> None:
        """Say in a word how far its file is; '' forgets the last one."""
        self.state.setText(text)
        self.file.show_files((), "")
        self.note.setStyleSheet(f"color: {palette.FAINT};")
        show_note(self.note, self._missing)

    def show_written(self, path: Path) -> None:
        """Offer the file."""
        self.show_state("")
        self.file.show_files([path], _size_text(path.stat().st_size))

    def show_refused(self, sentence: str) -> None:
        """Say why there is no file."""
        self.show_state("")
        self.note.setStyleSheet(f"color: {palette.RECORD};")
        show_note(self.note, sentence)


class ExportFormats(QWidget):
    """All formats, grouped by what they are for. GUI thread."""

    toggled = pyqtSignal()
    """A check mark was set or taken away, by the person or by `choose`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, FormatRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for purpose in PURPOSES:
            panel = Panel(purpose)
            panel.rows.setSpacing(3)
            for suffix, exporter in _without_synonyms().items():
                if exporter.purpose == purpose:
                    self._add_row(panel, suffix, FormatRow(suffix, exporter.title, exporter.missing))
            if purpose == "show":
                self._add_row(panel, FILM_SUFFIX, FormatRow(FILM_SUFFIX, "Film of the views"))
            column.addWidget(panel)
        column.addStretch(1)

    def _add_row(self, panel: Panel, suffix: str, row: FormatRow) -> None:
        self.rows[suffix] = row
        row.check.toggled.connect(self.toggled)
        panel.rows.addWidget(row)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Suffixes with a check mark."""
        return tuple(suffix for suffix, row in self.rows.items() if row.check.isChecked())

    def choose(self, suffixes: Iterable[str]) -> None:
        """Set the check marks of these formats, as far as nothing is missing for them, and no others."""
        wished = set(suffixes)
        for suffix, row in self.rows.items():
            row.check.setChecked(suffix in wished and row.check.isEnabled())

    def show_changeable(self, changeable: bool) -> None:
        """Let the check marks be set, or none of them."""
        for row in self.rows.values():
            row.show_changeable(changeable)

    def clear(self) -> None:
        """Forget what became of the files."""
        for row in self.rows.values():
            row.show_state("")


def _without_synonyms() -> dict[str, Exporter]:
    """The registry with one suffix for each way to write: .usd is .usda by another name."""
    first: dict[object, str] = {}
    for suffix, exporter in EXPORTERS.items():
        first.setdefault(exporter.write, suffix)
    return {suffix: EXPORTERS[suffix] for suffix in first.values()}


def _size_text(size: int) -> str:
    """Bytes -> '967 kB' or '13.5 MB'."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size / 1e3, 1):.0f} kB"
