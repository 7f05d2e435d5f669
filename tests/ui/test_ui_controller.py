"""The controller hands on the newest result only, and spares the 3D view where drawing is slow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.settings import Settings
from str_live.ui.controller import Controller
from str_live.ui.state import SettingsState
from tests.made_clock import MadeClock
from tests.ui.fake_session import FakeSession, make_result


@pytest.fixture
def clock(monkeypatch) -> MadeClock:
    """What pictures and drawing are timed by."""
    clock = MadeClock()
    monkeypatch.setattr("str_live.ui.controller.time", clock)
    monkeypatch.setattr("tests.ui.fake_session.time", clock)
    return clock


@pytest.fixture
def state(qapp) -> SettingsState:
    return SettingsState(Settings())


@pytest.fixture
def controller(state, clock) -> Controller:
    return Controller(FakeSession(state.settings), state)


def show(controller: Controller, index: int, clock: MadeClock | None = None, drawing_s: float = 0.0) -> None:
    """One result from the mailbox to the screen."""
    controller.session.results.put(make_result(index))
    controller.pull()
    if clock is not None:
        clock.sleep(drawing_s)
    controller.frame_swapped()


def test_of_several_results_the_newest_is_shown_once(controller):
    shown = []
    controller.result_changed.connect(shown.append)
    for index in range(3):
        controller.session.results.put(make_result(index))
    controller.pull()
    controller.pull()
    assert [result.frame.index for result in shown] == [2]


@pytest.mark.parametrize(("drawing_s", "expected"), [(0.0, 12), (0.03, 4)])
def test_slow_drawing_spares_the_3d_view(controller, clock, drawing_s, expected):
    overlay, space = [], []
    controller.scene_changed.connect(overlay.append)
    controller.space_scene_changed.connect(space.append)
    for index in range(12):
        show(controller, index, clock, drawing_s)
    assert len(overlay) == 12
    assert len(space) == pytest.approx(expected, abs=3)


def test_the_age_counts_from_the_moment_the_picture_was_taken(controller, clock):
    show(controller, 0, clock, 0.01)
    assert controller.age_ms == pytest.approx(50 + 10)


def test_the_same_picture_coming_on_screen_again_does_not_count_as_older(controller, clock):
    show(controller, 0)
    age = controller.age_ms
    clock.sleep(0.05)
    controller.frame_swapped()
    assert controller.age_ms == age


def test_faces_of_another_body_are_not_drawn_with_these_vertices(controller):
    scenes = []
    controller.scene_changed.connect(scenes.append)
    controller.session.parts = np.zeros(7, dtype=np.int32)
    show(controller, 0)
    assert not scenes
    controller.session.parts = np.zeros(6, dtype=np.int32)
    show(controller, 1)
    assert len(scenes) == 1


def test_a_picture_without_a_body_is_drawn_before_any_body_is_loaded(controller, monkeypatch):
    scenes = []
    controller.scene_changed.connect(scenes.append)
    monkeypatch.setattr(controller.session, "mesh", lambda: None)
    controller.session.results.put(replace(make_result(0), bodies=(), box=None))
    controller.pull()
    assert scenes[0].figures == ()


def test_speeds_are_measured_only_where_they_are_shown(controller, state):
    scenes = []
    controller.scene_changed.connect(scenes.append)
    show(controller, 0)
    assert scenes[-1].figures[0].speeds is None
    state.change_view(colour_mode="speed")
    show(controller, 1)
    assert len(scenes[-1].figures[0].speeds) == 6


def test_another_source_begins_new_curves(controller, state):
    show(controller, 0)
    assert controller.history.reference
    state.change_source(spec="clip")
    assert not controller.history.reference
