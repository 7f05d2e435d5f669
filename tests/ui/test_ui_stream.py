"""The panel of streams: switches and addresses change the settings, and what is sent is told."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from str_live.settings import Settings, StreamSettings
from str_live.stream.status import SenderStatus
from str_live.ui.panels.stream import StreamPanel, status_text
from str_live.ui.state import SettingsState


@pytest.fixture
def state(qapp) -> SettingsState:
    return SettingsState(Settings())


@pytest.fixture
def panel(state) -> StreamPanel:
    return StreamPanel(state)


def type_into(field, text: str) -> None:
    field.setText(text)
    field.editingFinished.emit()


def test_switches_turn_streams_on_and_off(panel, state):
    QTest.mouseClick(panel.vmc, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.ws, Qt.MouseButton.LeftButton)
    assert state.settings.stream == StreamSettings(vmc=True, ws=True)
    QTest.mouseClick(panel.vmc, Qt.MouseButton.LeftButton)
    assert state.settings.stream == StreamSettings(ws=True)


def test_how_vmc_is_sent_is_shown_only_while_it_is(panel, state):
    assert panel.turn.isHidden()
    state.change(stream=StreamSettings(vmc=True))
    assert not panel.turn.isHidden()


def test_addresses_are_taken_and_what_is_none_is_put_back(panel, state):
    type_into(panel.vmc_address, "192.168.0.5:39540")
    type_into(panel.ws_port, "9000")
    assert state.settings.stream == StreamSettings(vmc_host="192.168.0.5", vmc_port=39540, ws_port=9000)
    type_into(panel.vmc_address, "192.168.0.5:port")
    type_into(panel.ws_port, "none")
    assert (panel.vmc_address.text(), panel.ws_port.text()) == ("192.168.0.5:39540", "9000")


def test_what_is_sent_is_told(panel):
    panel.show_status((SenderStatus("ws", "ws://127.0.0.1:8765", 90, 29.4, 43.2, 1),))
    assert panel.ws_note.text() == "sent 29 a second, 43 ms old, 1 listening"
    assert panel.vmc_note.isHidden()


def test_a_stream_that_broke_tells_why():
    assert status_text(SenderStatus("ws", "", error="The port is taken.")) == "The port is taken."
