"""Which recording the window exports: the open one, else the last one saved, else one that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

from str_live.camera.kinds import INTERRUPTED_SUFFIX, RECORDING_SUFFIX, kind_of, plain_spec
from str_live.ui.panels.panel import ask_for_path
from str_live.ui.state import SettingsState

if TYPE_CHECKING:
    from str_live.ui.export_dialog import ExportDialog

_FILTERS = f"Recordings (*{RECORDING_SUFFIX} *{INTERRUPTED_SUFFIX});;All files (*)"
_STOP_TIMEOUT_S = 30.0
"""For the file that is being written when the window is closed, so that it does not stay half written."""


class Exports(QObject):
    """Opens the export dialogue, one for the whole window. GUI thread."""

    reported = pyqtSignal(str)
    """What came of an export whose dialogue was closed meanwhile."""

    def __init__(self, window: QWidget, state: SettingsState) -> None:
        super().__init__(window)
        self._window, self._state = window, state
        self.dialogue: ExportDialog | None = None
        """None before it is opened for the first time."""
        self.last_saved: Path | None = None

    def note_saved(self, recording: Path) -> None:
        """Remember the last take."""
        self.last_saved = recording

    def open(self, trim_s: tuple[float, float] | None = None) -> None:
        """Export the recording that is open as the source, else the last take, else one to be chosen.

        A film is exported where a range of it is marked: its bodies are found first.
        trim_s: from and to in the open one, seconds after its first frame; None: all of it.
        """
        if (source := self._source(("recording",))) is not None:
            self.show(source, trim_s)
        elif trim_s is not None and (film := self._source(("video", "images", "clip"))) is not None:
            self.show(film, trim_s)
        elif self.last_saved is not None:
            self.show(self.last_saved)
        else:
            ask_for_path(
                self._window, "Export a recording", lambda path: self.show(Path(path)), filters=_FILTERS
            )

    def open_last(self) -> None:
        """Export the last take."""
        if self.last_saved is not None:
            self.show(self.last_saved)

    def show(self, recording: Path, trim_s: tuple[float, float] | None = None) -> None:
        """Open the dialogue for a recording; one in which an export runs just comes to the front."""
        from str_live.ui.export_dialog import WHOLE, ExportDialog  # brings torch: the window does without

        if self.dialogue is None:
            self.dialogue = ExportDialog(self._window)
            self.dialogue.reported.connect(self._report)
        body = self._state.settings.body
        self.dialogue.offer(
            recording,
            body=Path(body) if body else None,
            trim_s=trim_s or WHOLE,
            settings=self._state.settings,
        )

    def stop(self) -> None:
        """Wait for the file that is being written, when the window closes."""
        if self.dialogue is not None:
            self.dialogue.hide()
            self.dialogue.stop(_STOP_TIMEOUT_S)

    def _report(self, text: str) -> None:
        if self.dialogue is not None and not self.dialogue.isVisible():
            self.reported.emit(text)

    def _source(self, kinds: tuple[str, ...]) -> Path | None:
        """What is open as the source, where it is of one of these kinds; else None."""
        spec = plain_spec(self._state.settings.source.spec)
        return Path(spec).expanduser() if spec and kind_of(spec) in kinds else None
