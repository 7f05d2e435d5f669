"""The real views on a real context: something is drawn, also after a resize, and the process ends well."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QImage, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from str_live.settings import ViewSettings
from str_live.ui.widgets.gl_widget import OverlayWidget, SpaceWidget
from str_live.view.cameras import OrbitCamera
from str_live.view.places import Place
from str_live.view.quality import HIGH, LOW
from tests.ui.fake_session import FACES, HEIGHT, PLACES, WIDTH, make_people, make_result
from tests.view.stand_ins import scene_of

pytestmark = [pytest.mark.gui, pytest.mark.usefixtures("screen")]

ROOT = Path(__file__).resolve().parents[2]


def pixels(image: QImage) -> np.ndarray:
    """(H, W, 3) uint8 BGR."""
    image = image.convertToFormat(QImage.Format.Format_BGR888)
    data = image.constBits().asarray(image.sizeInBytes())
    rows = np.asarray(data, dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)


def shown(qtbot, kind, width: int = 400, height: int = 300):
    view = kind()
    qtbot.addWidget(view)
    problems: list[str] = []
    view.failed.connect(problems.append)
    view.resize(width, height)
    view.show()
    view.set_scene(scene_of(make_result(0), FACES))
    qtbot.waitExposed(view)
    QApplication.processEvents()
    assert not problems
    return view


def test_the_overlay_shows_the_picture_and_the_body(qtbot):
    picture = pixels(shown(qtbot, OverlayWidget).grabFramebuffer())
    assert picture.shape == (300, 400, 3)
    assert np.abs(picture[150, 20].astype(int) - (160, 120, 60)).max() < 12, "the picture, where no body is"
    assert np.abs(picture[150, 200].astype(int) - (160, 120, 60)).max() > 30, "the body, in the middle"


def test_the_3d_view_shows_a_body_and_turns_with_the_mouse(qtbot):
    view = shown(qtbot, SpaceWidget)
    before = pixels(view.grabFramebuffer()).astype(int)
    assert before.std() > 10
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    QTest.mouseMove(view, QPoint(280, 150))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(280, 150))
    assert view.camera.azimuth != OrbitCamera().azimuth
    assert np.abs(pixels(view.grabFramebuffer()).astype(int) - before).mean() > 1
    view.show_preset("top")
    assert view.camera.elevation > 1
    view.reset_camera()
    assert view.camera == OrbitCamera()


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("shift", [False, True])
def test_a_click_in_the_picture_chooses_the_person_who_is_seen_there(qtbot, mirror, shift):
    view, chosen = shown(qtbot, OverlayWidget), []
    view.person_chosen.connect(lambda *who: chosen.append(who))
    view.set_scene(scene_of(make_people(0), FACES, replace(ViewSettings(), mirror=mirror)))
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    for x, y in PLACES.values():
        across = (WIDTH - x if mirror else x) * view.width() / WIDTH
        place = QPoint(round(across), round(y * view.height() / HEIGHT))
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, modifier, place)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, modifier, QPoint(3, 3))
    assert chosen == [(1, shift), (2, shift)]


def test_a_click_chooses_nobody_where_there_is_one_person(qtbot):
    view, chosen = shown(qtbot, OverlayWidget), []
    view.person_chosen.connect(lambda *who: chosen.append(who))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert not chosen


def test_the_3d_view_steps_back_for_those_who_come_and_lets_the_user_come_nearer(qtbot):
    view = shown(qtbot, SpaceWidget)
    near = view.camera.distance
    view.set_scene(scene_of(make_people(0), FACES))
    assert view.camera.distance > near
    view.show_preset("front")
    view.camera = replace(view.camera, distance=1.0)
    scene = scene_of(make_people(1), FACES)
    view.set_scene(scene)
    assert view.camera.distance == 1.0
    apart = tuple(replace(figure, place=Place(right=4.0)) for figure in scene.figures)
    view.set_scene(replace(scene, figures=apart))
    assert view.camera.distance > 1.0, "somebody walks out of view"


def test_the_wheel_comes_nearer(qtbot):
    view = shown(qtbot, SpaceWidget)
    place = QPointF(100, 100)
    event = QWheelEvent(
        place,
        place,
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view.wheelEvent(event)
    assert view.camera.distance < OrbitCamera().distance


@pytest.mark.parametrize("kind", [OverlayWidget, SpaceWidget])
def test_a_scene_is_painted_once(qtbot, kind, monkeypatch):
    view, painted = shown(qtbot, kind), []
    monkeypatch.setattr(view, "draw", lambda *details: painted.append(details))
    QTest.qWait(50)
    painted.clear()
    for index in range(3):
        view.set_scene(scene_of(make_result(index), FACES))
    QTest.qWait(100)
    assert len(painted) == 1
    QTest.qWait(100)
    assert len(painted) == 1, "nothing new, nothing painted"


class SlowClock(nullcontext[None]):
    """Says of every paint that it took 50 ms."""

    last_ms = 50.0

    def __init__(self, context: object) -> None:
        super().__init__()


def test_a_slow_card_steps_down_once_and_the_log_says_so(qtbot, monkeypatch, caplog):
    monkeypatch.setattr("str_live.view.quality.WARM_UP", 1)
    monkeypatch.setattr("str_live.view.quality.PAINTS", 2)
    monkeypatch.setattr("str_live.ui.widgets.gl_widget.quality_of", lambda driver: HIGH)
    monkeypatch.setattr("str_live.ui.widgets.gl_widget.PaintClock", SlowClock)
    caplog.set_level("INFO")
    view = shown(qtbot, OverlayWidget)
    for _ in range(6):
        picture = pixels(view.grabFramebuffer())
    (message,) = [record.message for record in caplog.records if "from now on" in record.message]
    assert "50 ms" in message
    assert LOW.name in message
    assert picture.std() > 10


@pytest.mark.parametrize("kind", [OverlayWidget, SpaceWidget])
def test_a_resized_view_is_drawn_in_full(qtbot, kind):
    view = shown(qtbot, kind)
    view.resize(640, 360)
    QApplication.processEvents()
    picture = pixels(view.grabFramebuffer())
    assert picture.shape == (360, 640, 3)
    assert picture.std() > 10
    corner = picture[-20:, -20:] if kind is SpaceWidget else picture[-20:, 310:330]
    assert corner.mean() > 30, "the far end is drawn too"


def test_a_view_without_a_scene_is_dark_and_does_not_fail(qtbot):
    view = OverlayWidget()
    qtbot.addWidget(view)
    view.resize(100, 100)
    view.show()
    qtbot.waitExposed(view)
    assert pixels(view.grabFramebuffer()).mean() < 60
    assert view.reload_shaders() == ""


def test_the_whole_window_is_drawn_with_both_views(qtbot, make_window):
    window = make_window(views=(OverlayWidget(), SpaceWidget()))
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.controller.age_ms is not None, timeout=60_000)
    picture = pixels(window.grab().toImage())
    for view in (window.overlay, window.space):
        corner = view.mapTo(window, QPoint(0, 0))
        part = picture[corner.y() : corner.y() + view.height(), corner.x() : corner.x() + view.width()]
        assert part.std() > 10
    window.reload_shaders()
    assert "Shaders compiled." in window.banner.texts


RUN = """
import sys, types
sys.path.insert(0, "tests/ui")
import fake_session
fake = types.ModuleType("str_live.live.session")
fake.LiveSession = lambda settings, on_event: fake_session.FakeSession(settings)
sys.modules["str_live.live.session"] = fake
from PyQt6.QtCore import QSettings
from str_live.live.command_line import parse_arguments
from str_live.stopping import Stopping
from str_live.ui.application import run_window
from str_live.ui.settings_store import SettingsStore
store = SettingsStore(QSettings(sys.argv[2], QSettings.Format.IniFormat))
_, options = parse_arguments(["--screenshot", sys.argv[1], "--screenshot-after", "1.5"])
sys.exit(run_window(options, Stopping(), store=store))
"""


def test_a_screenshot_is_taken_and_the_process_ends(tmp_path: Path):
    picture = tmp_path / "shot.png"
    ended = subprocess.run(
        [sys.executable, "-c", RUN, str(picture), str(tmp_path / "settings.ini")],
        cwd=ROOT,
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Segmentation" not in ended.stderr
    assert cv2.imread(str(picture)).std() > 10
