"""Panel: where the pictures come from, cameras by name, and in which mode."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from str_live.addresses import public_address
from str_live.camera import CameraInfo, kind_of, plain_spec
from str_live.camera.kinds import file_patterns
from str_live.settings import MAX_SLOW_MOTION, MIN_SLOW_MOTION, Settings
from str_live.ui.panels.panel import Panel, ask_for_path, show_note
from str_live.ui.state import SettingsState
from str_live.ui.widgets.inputs import Choice, Number
from str_live.ui.widgets.switch import Switch

logger = logging.getLogger(__name__)

MODES = (
    (640, 480, 30.0),
    (1280, 720, 30.0),
    (1280, 720, 60.0),
    (1920, 1080, 30.0),
)
"""What may be asked of a webcam: width, height, frames a second."""
FILE_FILTERS = f"Films, pictures and recordings ({file_patterns()});;All files (*)"


SLOW_MOTION_TIP = (
    "How many times slower than life a film or folder plays: 8 for one filmed at 240 pictures a second\n"
    "that plays at 30. Its times are divided by that, which puts accelerations and recordings right.\n"
    "It still plays at its own speed."
)


class SourcePanel(Panel):
    """Source, mode, file playback. GUI thread."""

    def __init__(
        self,
        state: SettingsState,
        list_cameras: Callable[[], list[CameraInfo]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Source", parent)
        self._state = state
        self._list_cameras = list_cameras
        self.cameras: list[CameraInfo] = []
        self.source = Choice()
        self.refresh = QToolButton()
        self.address = QLineEdit()
        self.mode = Choice()
        self._modes: list[tuple[int, int, float]] = []
        self.loop = Switch("Play files again at their end")
        self.realtime = Switch("Play files at their own speed")
        self.slow_motion = Number(MIN_SLOW_MOTION, MAX_SLOW_MOTION)
        self._build()
        self.obtained = self.add_note()
        state.changed.connect(lambda settings, _: self.show_settings(settings))
        self.refresh_cameras()

    def _build(self) -> None:
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.activated.connect(self._choose_source)
        self.refresh.setText("Refresh")
        self.refresh.setToolTip("Look for cameras again. New ones mostly appear by themselves.")
        self.refresh.clicked.connect(self.refresh_cameras)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.source, 1)
        row.addWidget(self.refresh)
        self.rows.addLayout(row)
        self.rows.addLayout(self._open_buttons())
        self.address.setPlaceholderText("rtsp://… or https://…, then Enter")
        self.address.returnPressed.connect(self._choose_address)
        self.address.hide()
        self.rows.addWidget(self.address)
        for mode in MODES:
            self._add_mode(*mode)
        self.mode.activated.connect(self._choose_mode)
        self.add_row("Ask for", self.mode, tip="A wish: what the camera really gives is shown below.")
        self.loop.setToolTip("Start files again at their end.")
        self.realtime.setToolTip(
            "On: files play at their own speed, and pictures that come too late are dropped.\n"
            "Off: every picture, as fast as it goes."
        )
        self.loop.clicked.connect(lambda on: self._state.change_source(loop=on))
        self.realtime.clicked.connect(lambda on: self._state.change_source(realtime=on))
        self.rows.addWidget(self.loop)
        self.rows.addWidget(self.realtime)
        self.slow_motion.setSuffix(" ×")
        self.slow_motion.valueChanged.connect(lambda factor: self._state.change_source(slow_motion=factor))
        self.add_row("Slow motion", self.slow_motion, tip=SLOW_MOTION_TIP)

    def _add_mode(self, width: int, height: int, fps: float) -> None:
        self._modes.append((width, height, fps))
        self.mode.addItem(_mode_text(width, height, fps))

    def _open_buttons(self) -> QHBoxLayout:
        """File, folder, address, clip."""
        row = QHBoxLayout()
        row.setSpacing(6)
        for text, tip, action in (
            ("File…", "Open a film, a picture or a recording (Ctrl+O)", self.open_file),
            ("Folder…", "Open a folder of pictures (Ctrl+Shift+O)", self.open_folder),
            ("Address…", "Open a network stream (Ctrl+L)", self.open_address),
            ("Clip", "Play the built-in clip, whose true motion is known", self.open_clip),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.setStyleSheet("padding: 4px 3px;")
            button.clicked.connect(action)
            row.addWidget(button, 1)
        return row

    def refresh_cameras(self) -> None:
        """List the cameras again; the chosen one stays chosen even while it is unplugged."""
        try:
            self.cameras = self._list_cameras()
        except OSError as error:
            logger.warning("cameras could not be listed: %s", error)
            self.cameras = []
        self.show_settings(self._state.settings)

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen."""
        chosen = settings.source
        with QSignalBlocker(self.source):
            self.source.clear()
            for text, spec in self._choices(chosen.spec):
                self.source.addItem(text, spec)
                self.source.setItemData(
                    self.source.count() - 1, public_address(spec), Qt.ItemDataRole.ToolTipRole
                )
            self.source.setCurrentIndex(self.source.findData(chosen.spec))
        asked = (chosen.width, chosen.height, chosen.fps)
        if asked not in self._modes:
            self._add_mode(*asked)
        self.mode.setCurrentIndex(self._modes.index(asked))
        self.loop.setChecked(chosen.loop)
        self.realtime.setChecked(chosen.realtime)
        kind = kind_of(chosen.spec)
        with QSignalBlocker(self.slow_motion):
            self.slow_motion.setValue(chosen.slow_motion)
        self.slow_motion.setEnabled(kind in ("video", "images"))
        is_file = chosen.spec not in ("",) and kind in ("video", "images", "clip", "recording")
        self.mode.setEnabled(not is_file)
        self.loop.setEnabled(is_file or chosen.spec == "")
        self.realtime.setEnabled(is_file or chosen.spec == "")

    def _choices(self, spec: str) -> list[tuple[str, str]]:
        """Texts and specs of the list; a spec that is none of the usual ones is added."""
        choices = [("First camera, or else the clip", "")]
        choices += [(camera.name, camera.stable_id) for camera in self.cameras]
        choices.append(("Built-in clip", "clip"))
        if spec not in [known for _, known in choices]:
            choices.append((_spec_text(spec), spec))
        return choices

    def show_obtained(self, text: str) -> None:
        """Say which mode the source really gives."""
        show_note(self.obtained, f"Obtained: {text}" if text else "")

    def open_file(self) -> None:
        """Ask for a file."""
        ask_for_path(self, "Open a film, a picture or a recording", self._choose, filters=FILE_FILTERS)

    def open_folder(self) -> None:
        """Ask for a folder of pictures."""
        ask_for_path(self, "Open a folder of pictures", self._choose, folder=True)

    def open_address(self) -> None:
        """Show the line that takes an address."""
        self.address.show()
        self.address.setFocus()

    def open_clip(self) -> None:
        """Play the built-in clip."""
        self._choose("clip")

    def _choose_address(self) -> None:
        address = self.address.text().strip()
        if address:
            self.address.hide()
            self.address.clear()  # it may hold a password, and the next one is another
            self._choose(address)

    def _choose_source(self, index: int) -> None:
        self._choose(self.source.itemData(index))

    def _choose(self, spec: str) -> None:
        self._state.change_source(spec=plain_spec(spec))

    def _choose_mode(self, index: int) -> None:
        width, height, fps = self._modes[index]
        self._state.change_source(width=width, height=height, fps=fps)


def _mode_text(width: int, height: int, fps: float) -> str:
    return f"{width} × {height}, {fps:g} fps"


def _spec_text(spec: str) -> str:
    """A short name of a file, a folder, an address or a camera that is not plugged in."""
    kind = kind_of(spec)
    if kind == "webcam":
        return f"{public_address(spec)} (not found)"
    return public_address(spec) if kind in ("stream", "synthetic") else Path(spec).name
