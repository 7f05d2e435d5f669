"""Files leave the window as addresses that a folder or another program understands."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QDrag, QMouseEvent
from PyQt6.QtWidgets import QApplication

from str_live.ui.widgets.file_drag import FileDrag


@pytest.fixture
def drags(monkeypatch):
    """Addresses of each drag; a real one would wait for the mouse."""
    begun: list[list[str]] = []

    def begin(drag: QDrag, action: Qt.DropAction) -> Qt.DropAction:
        data = drag.mimeData()
        assert data is not None
        assert action == Qt.DropAction.CopyAction, "the file stays where it is"
        begun.append([url.toLocalFile() for url in data.urls()])
        return action

    monkeypatch.setattr(QDrag, "exec", begin)
    return begun


def mouse(widget: FileDrag, kind: QEvent.Type, x: float) -> None:
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = QPointF(x, 3.0)
    event = QMouseEvent(kind, at, widget.mapToGlobal(at), button, button, none)
    QApplication.sendEvent(widget, event)


def drag(widget: FileDrag, distance: float) -> None:
    mouse(widget, QEvent.Type.MouseButtonPress, 2.0)
    mouse(widget, QEvent.Type.MouseMove, 2.0 + distance)
    mouse(widget, QEvent.Type.MouseButtonRelease, 2.0 + distance)


@pytest.fixture
def handle(qtbot, tmp_path):
    handle = FileDrag()
    qtbot.addWidget(handle)
    files = [tmp_path / "a walk.fbx", tmp_path / "a walk.trc"]
    for path in files:
        path.write_text("", encoding="utf-8")
    handle.show_files(files, "all files")
    return handle


def test_a_drag_carries_all_files(handle, drags):
    drag(handle, QApplication.startDragDistance() + 1)
    assert drags == [[str(path) for path in handle.files]]


def test_a_click_is_no_drag(handle, drags):
    drag(handle, 0)
    mouse(handle, QEvent.Type.MouseMove, 100.0)
    assert not drags


def test_files_that_are_gone_are_left_out(handle, drags):
    handle.files[0].unlink()
    drag(handle, 50)
    assert drags == [[str(handle.files[1])]]
    handle.files[1].unlink()
    drag(handle, 50)
    assert len(drags) == 1


def test_without_files_there_is_nothing_to_take_hold_of(handle):
    assert not handle.isHidden()
    handle.show_files((), "")
    assert handle.isHidden()
