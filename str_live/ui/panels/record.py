"""Panel: record and film what is seen, each with the time that has passed."""

from __future__ import annotations

import time
from pathlib import Path

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from str_live.record.names import free_path
from str_live.ui.panels.panel import Panel, show_note
from str_live.ui.widgets.file_drag import FileDrag
from str_live.view import palette


class TakeButton(QPushButton):
    """Starts something that takes time, and shows how long it has been running. GUI thread."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.started_s: float | None = None
        """time.monotonic() of the start; None while nothing runs."""
        self._timer = QTimer(self)
        self._timer.setInterval(200)
        self._timer.timeout.connect(self._show_time)
        self._show_time()

    def show_running(self, running: bool) -> None:
        """Count from now on, or no more."""
        self.started_s = time.monotonic() if running else None
        self._timer.start() if running else self._timer.stop()
        self._show_time()

    def _show_time(self) -> None:
        text = self._text
        if self.started_s is not None:
            seconds = int(time.monotonic() - self.started_s)
            text = f"Stop   {seconds // 60}:{seconds % 60:02d}"
        self.setText(text)
        style = f"color: {palette.TEXT};"
        if self.started_s is not None:
            style = f"background: {palette.RECORD}; color: white; font-weight: 600;"
        self.setStyleSheet(f"{style} border-color: {palette.RECORD};")


class RecordPanel(Panel):
    """Two buttons, and the last recording; signals ask the window to start, stop or export. GUI thread."""

    toggled = pyqtSignal()
    film_toggled = pyqtSignal()
    export_asked = pyqtSignal()

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__("Recording", parent)
        self.folder = folder
        self._name = self._film_name = ""
        self.button = TakeButton("Record")
        self.button.setToolTip("Write bodies, joints and times into an AMASS-like .npz file (R).")
        self.button.clicked.connect(self.toggled)
        self.film = TakeButton("Film")
        self.film.setToolTip("Film the picture with the body beside the 3D view, as an .mp4 (V).")
        self.film.clicked.connect(self.film_toggled)
        buttons = QHBoxLayout()
        buttons.addWidget(self.button, 1)
        buttons.addWidget(self.film, 1)
        self.rows.addLayout(buttons)
        self.note = self.add_note(f"Goes to {folder}")
        self.film_note = self.add_note("")
        self.last, self.export = FileDrag(), QPushButton("Export…")
        self.export.setToolTip("Write the last recording for Blender, Unity, OpenSim and others (Ctrl+E).")
        self.export.clicked.connect(self.export_asked)
        self.export.hide()
        take = QHBoxLayout()
        take.addWidget(self.last, 1)
        take.addWidget(self.export)
        self.rows.addLayout(take)

    @property
    def started_s(self) -> float | None:
        """time.monotonic() of the recording's start; None while nothing is recorded."""
        return self.button.started_s

    def next_path(self, suffix: str = ".npz") -> Path:
        """Where the next recording or film goes: named by date and time, never over another one."""
        return free_path(self.folder, suffix)

    def show_recording(self, path: Path | None) -> None:
        """Show that a recording runs, or that none does."""
        self.button.show_running(path is not None)
        self._name = "" if path is None else path.name
        show_note(self.note, f"Goes to {self.folder}" if path is None else f"Writing {path.name}")

    def show_film(self, path: Path | None) -> None:
        """Show that a film runs, or that none does."""
        self.film.show_running(path is not None)
        self._film_name = "" if path is None else path.name
        show_note(self.film_note, "" if path is None else f"Filming {path.name}")

    def show_counts(self, written: int, dropped: int) -> None:
        """Say how much is written, and whether the disk was too slow for some of it."""
        lost = f", {dropped} lost: the disk is too slow" if dropped else ""
        show_note(self.note, f"Writing {self._name}: {written} frames{lost}")

    def show_film_counts(self, written: int, dropped: int) -> None:
        """Say how much is filmed, and whether drawing was too slow for some of it."""
        lost = f", {dropped} left out: drawing is too slow here" if dropped else ""
        show_note(self.film_note, f"Filming {self._film_name}: {written} frames{lost}")

    def show_saved(self, path: str) -> None:
        """Name the file that was saved; a recording can be exported, and dragged out of the window."""
        if path.endswith(".mp4"):
            show_note(self.film_note, f"Saved {path}")
            return
        show_note(self.note, f"Saved in {Path(path).parent}")
        self.last.show_files([Path(path)], Path(path).name)
        self.export.show()
