"""The Qt application, a window on a fake session, and the rule that no test leaves a thread behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

HAS_SCREEN = not sys.platform.startswith("linux") or bool(
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)
if not HAS_SCREEN:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt6 import sip  # noqa: E402
from PyQt6.QtCore import QSettings, pyqtSignal  # noqa: E402
from PyQt6.QtWidgets import QApplication, QMessageBox, QWidget  # noqa: E402

from str_live.camera import CameraInfo  # noqa: E402
from str_live.live.command_line import parse_arguments  # noqa: E402
from str_live.live.persisted import PersistedSettings  # noqa: E402
from str_live.settings import Settings, SourceSettings  # noqa: E402
from str_live.ui.application import make_application  # noqa: E402
from str_live.ui.camera_watch import CameraWatch  # noqa: E402
from str_live.ui.notices import EventBridge  # noqa: E402
from str_live.ui.settings_store import SettingsStore  # noqa: E402
from str_live.ui.window import MainWindow  # noqa: E402
from str_live.view.cameras import OrbitCamera  # noqa: E402
from str_live.view.scene import Scene  # noqa: E402
from str_live.weights.choose import FrontEndChoice  # noqa: E402
from tests.ui.fake_session import FakeSession, make_result  # noqa: E402


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """pytest-qt's application, made our way: surface format and shared contexts come first."""
    return make_application()


@pytest.fixture
def screen() -> None:
    """Skips where there is no screen: OpenGL widgets need one."""
    if not HAS_SCREEN or os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        pytest.skip("no screen: run under xvfb-run")


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert not left, f"threads left behind: {left}"


@pytest.fixture(autouse=True)
def no_dialogue_that_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a message box would have stopped the program")

    for name in ("information", "warning", "critical", "question"):
        monkeypatch.setattr(QMessageBox, name, refuse)


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


class FakeView(QWidget):
    """Takes scenes as a view does, and draws nothing."""

    failed = pyqtSignal(str)
    person_chosen = pyqtSignal(int, bool)
    frameSwapped = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.scene: Scene | None = None
        self.camera = OrbitCamera()
        self.presets: list[str] = []
        self.message = ""

    def set_scene(self, scene: Scene) -> None:
        self.scene = scene

    def reload_shaders(self) -> str:
        return self.message

    def show_preset(self, name: str) -> None:
        self.presets.append(name)

    def make_room(self) -> None:
        self.presets.append("room for two")


class FakeCameras(CameraWatch):
    """Cameras as a test wants them."""

    def __init__(self) -> None:
        super().__init__()
        self.cameras: list[CameraInfo] = []

    def list_cameras(self) -> list[CameraInfo]:
        return self.cameras

    def plug_in(self, name: str) -> None:
        self.cameras = [*self.cameras, CameraInfo(f"usb:{name}", name, "", "", "V4L2", 0, ())]
        self.changed.emit()


@pytest.fixture
def make_window(
    qapp: QApplication, store: SettingsStore, tmp_path: Path
) -> Iterator[Callable[..., MainWindow]]:
    """Makes windows on fake sessions, and closes them in the end."""
    windows: list[MainWindow] = []

    def make(
        settings: Settings | None = None,
        *,
        views: tuple[QWidget, QWidget] | None = None,
        choice: FrontEndChoice | None = None,
        events: EventBridge | None = None,
        **fake: object,
    ):
        settings = settings or Settings(source=SourceSettings(spec="clip"))
        if choice is None:
            settings = replace(settings, front_end="landmarks")
            choice = FrontEndChoice("landmarks", "landmarks", "it was asked for")
        persisted = PersistedSettings(settings, parse_arguments([])[1], choice)
        overlay, space = views or (FakeView(), FakeView())
        window = MainWindow(
            FakeSession(persisted.started, **{"make": make_result, **fake}),
            persisted,
            overlay=overlay,
            space=space,
            make_space=FakeView,
            store=store,
            events=events or EventBridge(),
            recordings=tmp_path / "recordings",
            cameras=FakeCameras(),
        )
        windows.append(window)
        return window

    yield make
    for window in windows:
        if not sip.isdeleted(window):
            window.close()
            sip.delete(window)
