"""Panel: record what is seen, with the time that has passed."""

from __future__ import annotations

import time
from pathlib import Path

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QPushButton, QWidget

from str_live import palette
from str_live.ui.panels.panel import Panel, show_note

_IDLE_TEXT = "Record"


class RecordPanel(Panel):
    """One button; `toggled` asks the window to start or stop. GUI thread."""

    toggled = pyqtSignal()

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__("Recording", parent)
        self.folder = folder
        self._name = ""
        self.started_s: float | None = None
        """time.monotonic() of the start; None while nothing is recorded."""
        self.button = QPushButton()
        self.button.setToolTip("Write bodies, joints and times into an AMASS-like .npz file (R).")
        self.button.clicked.connect(self.toggled)
        self.rows.addWidget(self.button)
        self.note = self.add_note(f"Goes to {folder}")
        self._timer = QTimer(self)
        self._timer.setInterval(200)
        self._timer.timeout.connect(self._show_time)
        self._show_time()

    def next_path(self) -> Path:
        """Where the next recording goes: named by date and time, never over another one."""
        stem = time.strftime("%Y-%m-%d_%H-%M-%S")
        path = self.folder / f"{stem}.npz"
        number = 2
        while path.exists():
            path = self.folder / f"{stem}_{number}.npz"
            number += 1
        return path

    def show_recording(self, path: Path | None) -> None:
        """Show that a recording runs, or that none does."""
        self.started_s = None if path is None else time.monotonic()
        self._name = "" if path is None else path.name
        self._timer.stop() if path is None else self._timer.start()
        show_note(self.note, f"Goes to {self.folder}" if path is None else f"Writing {path.name}")
        self._show_time()

    def show_counts(self, written: int, dropped: int) -> None:
        """Say how much is written, and whether the disk was too slow for some of it."""
        lost = f", {dropped} lost: the disk is too slow" if dropped else ""
        show_note(self.note, f"Writing {self._name}: {written} frames{lost}")

    def show_saved(self, path: str) -> None:
        """Name the file that was saved."""
        show_note(self.note, f"Saved {path}")

    def _show_time(self) -> None:
        recording = self.started_s is not None
        text = _IDLE_TEXT
        if self.started_s is not None:
            seconds = int(time.monotonic() - self.started_s)
            text = f"Stop   {seconds // 60}:{seconds % 60:02d}"
        self.button.setText(text)
        self.button.setStyleSheet(
            f"background: {palette.RECORD}; border-color: {palette.RECORD}; color: white; font-weight: 600;"
            if recording
            else f"color: {palette.TEXT}; border-color: {palette.RECORD};"
        )
