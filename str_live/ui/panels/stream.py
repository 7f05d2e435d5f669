"""Panel: where the body is sent to while it is made."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from str_live.settings import Settings, StreamSettings
from str_live.stream.choice import parse_port, with_stream
from str_live.stream.status import SenderStatus
from str_live.ui.panels.panel import FileChoice, Panel, show_note
from str_live.ui.state import SettingsState
from str_live.ui.widgets.switch import Switch

VRM_FILES = "Avatars (*.vrm);;All files (*)"


class StreamPanel(Panel):
    """A switch and an address for each stream, and what it sends. GUI thread."""

    def __init__(self, state: SettingsState, parent: QWidget | None = None) -> None:
        super().__init__("Send to other programs", parent)
        self._state = state
        self.vmc = Switch("VMC")
        self.vmc.setToolTip("To avatars, Unity, Unreal, Godot and Blender (docs/streams.md).")
        self.vmc.clicked.connect(lambda on: self._change(vmc=on))
        self.vmc_address = QLineEdit()
        self.vmc_address.setToolTip("Host and port of the receiver, such as 192.168.0.5:39539")
        self.vmc_address.editingFinished.connect(self._take_vmc_address)
        self._add(self.vmc, self.vmc_address)
        self.vmc_note = self.add_note()
        self.avatar = FileChoice("body's own", "Choose an avatar", VRM_FILES)
        self.avatar.chosen.connect(lambda path: self._change(vmc_avatar=path))
        self.avatar_label = self.add_row("Avatar", self.avatar, tip="Send the bones' lengths of this .vrm.")
        self.turn = Switch("Turn around")
        self.turn.setToolTip("Half a turn, for receivers that show the back.")
        self.turn.clicked.connect(lambda on: self._change(vmc_turn_around=on))
        self.rows.addWidget(self.turn, alignment=Qt.AlignmentFlag.AlignLeft)
        self.everybody = Switch("Everybody")
        self.everybody.setToolTip("Each person on a port of his own, from the given one on.")
        self.everybody.clicked.connect(lambda on: self._change(vmc_everybody=on))
        self.rows.addWidget(self.everybody, alignment=Qt.AlignmentFlag.AlignLeft)
        self.ws = Switch("WebSocket")
        self.ws.setToolTip("As JSON to web pages and scripts of this machine (docs/streams.md).")
        self.ws.clicked.connect(lambda on: self._change(ws=on))
        self.ws_port = QLineEdit()
        self.ws_port.setToolTip("Port on this machine")
        self.ws_port.editingFinished.connect(self._take_ws_port)
        self._add(self.ws, self.ws_port)
        self.ws_note = self.add_note()
        state.changed.connect(lambda settings, _: self.show_settings(settings))
        self.show_settings(state.settings)

    def _add(self, switch: Switch, field: QLineEdit) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        switch.setMinimumWidth(112)
        row.addWidget(switch)
        row.addWidget(field, 1)
        self.rows.addLayout(row)

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen; what says how VMC is sent only while it is."""
        stream = settings.stream
        self.vmc.setChecked(stream.vmc)
        self.ws.setChecked(stream.ws)
        self.turn.setChecked(stream.vmc_turn_around)
        self.everybody.setChecked(stream.vmc_everybody)
        host = f"[{stream.vmc_host}]" if ":" in stream.vmc_host else stream.vmc_host
        self.vmc_address.setText(f"{host}:{stream.vmc_port}")
        self.ws_port.setText(str(stream.ws_port))
        self.avatar.show_path(stream.vmc_avatar)
        for widget in (self.avatar, self.avatar_label, self.turn, self.everybody):
            widget.setVisible(stream.vmc)
        if not stream.vmc:
            show_note(self.vmc_note, "")
        if not stream.ws:
            show_note(self.ws_note, "")

    def show_status(self, status: tuple[SenderStatus, ...]) -> None:
        """Say what is sent."""
        found = {each.name: each for each in status}
        for name, note in (("vmc", self.vmc_note), ("ws", self.ws_note)):
            show_note(note, status_text(found[name]) if name in found else "")

    def _change(self, **fields: object) -> None:
        self._state.change(stream=replace(self._state.settings.stream, **fields))

    def _take_vmc_address(self) -> None:
        """Take host and port as they were typed; what is none is put back."""
        try:
            typed = with_stream(StreamSettings(), f"vmc:{self.vmc_address.text().strip()}")
        except ValueError:
            self.show_settings(self._state.settings)
            return
        self._change(vmc_host=typed.vmc_host, vmc_port=typed.vmc_port)

    def _take_ws_port(self) -> None:
        try:
            port = parse_port(self.ws_port.text().strip())
        except ValueError:
            self.show_settings(self._state.settings)
            return
        self._change(ws_port=port)


def status_text(status: SenderStatus) -> str:
    """'sent 29 a second, 43 ms old, 1 listening'; why it ended where it did."""
    if status.error:
        return status.error
    if not status.sent:
        return f"{status.address}: nothing sent yet"
    parts = [f"sent {status.sent_per_s:.0f} a second", f"{status.age_ms:.0f} ms old"]
    if status.receivers is not None:
        parts.append(f"{status.receivers} listening")
    return ", ".join(parts)
