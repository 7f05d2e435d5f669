"""From the window to the export: which recording it takes, and that closing leaves nothing half written."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPoint, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent
from PyQt6.QtWidgets import QFileDialog

from str_live.camera.transport import Position
from str_live.export import EXPORTERS, Exporter, FormatOptions
from str_live.settings import Settings, SourceSettings
from str_live.ui.notices import EventBridge
from tests.ui.recorded import record

TIMEOUT_MS = 60_000


@pytest.fixture
def events(qapp) -> EventBridge:
    return EventBridge()


@pytest.fixture
def recording(tmp_path) -> Path:
    return record(tmp_path / "walk.npz")


def wait_for_the_end(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.exports.dialogue.job.busy, timeout=TIMEOUT_MS)


def test_a_saved_recording_can_be_exported_and_dragged_out(make_window, events, recording, qtbot):
    window = make_window(events=events)
    panel = window.controls.record
    assert panel.export.isHidden()
    assert panel.last.isHidden()
    events.arrived.emit("saved", str(recording))
    assert [url.toLocalFile() for url in panel.last.mime_data().urls()] == [str(recording)]
    panel.export.click()
    wait_for_the_end(window, qtbot)
    assert window.exports.dialogue.isVisible()
    assert not window.exports.dialogue.isModal()
    assert window.exports.dialogue.recording == recording


def test_a_film_is_no_take(make_window, events, recording):
    window = make_window(events=events)
    events.arrived.emit("filmed", str(recording.with_suffix(".mp4")))
    assert window.controls.record.export.isHidden()


def test_the_menu_exports_the_recording_that_is_open(make_window, events, recording, tmp_path, qtbot):
    window = make_window(Settings(source=SourceSettings(spec=str(recording))), events=events)
    events.arrived.emit("saved", str(tmp_path / "later.npz"))
    window.actions_by_name["export"].trigger()
    wait_for_the_end(window, qtbot)
    assert window.exports.dialogue.recording == recording


def test_the_range_of_the_player_is_exported(make_window, recording, qtbot):
    window = make_window(Settings(source=SourceSettings(spec=str(recording))))
    window.player.show_source("walk", 25.0, Position(5.0, 0.36, False, 1.0, (5.08, 5.2)))
    window.actions_by_name["export"].trigger()
    wait_for_the_end(window, qtbot)
    assert window.exports.dialogue.options.take_options().trim_s == (0.08, 0.2)


def test_the_range_of_a_film_is_exported_and_not_the_last_take(make_window, events, recording, qtbot):
    window = make_window(events=events)
    events.arrived.emit("saved", str(recording))
    window.exports.open((0.08, 0.2))
    wait_for_the_end(window, qtbot)
    assert window.exports.dialogue.recording == Path("clip")
    assert window.exports.dialogue.options.take_options().trim_s == (0.08, 0.2)


def test_the_menu_exports_the_last_take_of_a_camera_or_clip(make_window, events, recording, qtbot):
    window = make_window(events=events)
    events.arrived.emit("saved", str(recording))
    window.actions_by_name["export"].trigger()
    wait_for_the_end(window, qtbot)
    assert window.exports.dialogue.recording == recording


def test_without_a_recording_the_menu_asks_for_one(make_window, recording, qtbot):
    window = make_window()
    window.actions_by_name["export"].trigger()
    asked = window.findChild(QFileDialog)
    asked.fileSelected.emit(str(recording))
    asked.close()
    wait_for_the_end(window, qtbot)
    assert window.exports.dialogue.recording == recording


def test_the_motion_is_put_on_the_body_of_the_window(make_window, recording, tmp_path, qtbot):
    window = make_window(
        Settings(source=SourceSettings(spec=str(recording)), body=str(tmp_path / "none.npz"))
    )
    window.exports.open()
    wait_for_the_end(window, qtbot)
    dialogue = window.exports.dialogue
    dialogue.start.click()
    wait_for_the_end(window, qtbot)
    assert "none.npz" in dialogue.note.text()


def test_what_came_of_it_is_a_notice_where_the_dialogue_was_closed(make_window, recording, qtbot):
    window = make_window(Settings(source=SourceSettings(spec=str(recording))))
    window.show()
    window.exports.open()
    wait_for_the_end(window, qtbot)
    dialogue = window.exports.dialogue
    dialogue.formats.choose([".trc"])
    dialogue.start.click()
    dialogue.reject()
    wait_for_the_end(window, qtbot)
    assert any("walk.trc" in text for text in window.banner.texts)
    assert (recording.parent / "walk" / "walk.trc").is_file()


def test_closing_the_window_waits_for_the_file_and_begins_no_other(
    make_window, recording, qtbot, monkeypatch
):
    begun, cancelled = threading.Event(), threading.Event()

    def write(take: object, path: Path, options: FormatOptions) -> None:
        path.write_text("half", encoding="utf-8")
        begun.set()
        assert cancelled.wait(60)
        path.write_text("whole", encoding="utf-8")

    monkeypatch.setitem(EXPORTERS, ".trc", Exporter(write, "markers", "measure"))
    window = make_window(Settings(source=SourceSettings(spec=str(recording))))
    window.exports.open()
    wait_for_the_end(window, qtbot)
    dialogue = window.exports.dialogue
    cancel = dialogue.job.cancel
    monkeypatch.setattr(dialogue.job, "cancel", lambda: (cancel(), cancelled.set()))
    dialogue.formats.choose([".trc", ".mot"])
    dialogue.start.click()
    assert begun.wait(60)
    window.close()
    written = {path.name: path.read_text(encoding="utf-8") for path in (recording.parent / "walk").iterdir()}
    assert written == {"walk.trc": "whole"}


def test_a_file_on_its_way_out_of_the_window_is_no_new_source(make_window, monkeypatch):
    window = make_window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/films/walk.fbx")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
    event.ignore()
    window.dragEnterEvent(event)
    assert event.isAccepted(), "one from another program"
    monkeypatch.setattr(event, "source", lambda: window.controls.record.last)
    event.ignore()
    window.dragEnterEvent(event)
    assert not event.isAccepted()
