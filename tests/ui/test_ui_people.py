"""Several people in the window: how many, whom it follows, who is left out, and the mirror of webcams."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from str_live.messages import Replay
from str_live.settings import AUTOMATIC, Settings, SourceSettings
from str_live.ui.followed import as_wished
from str_live.ui.view_area import DEPTH_NOTE
from tests.ui.fake_session import make_people, make_result
from tests.ui.test_ui_controls import pick

CLIP = SourceSettings(spec="clip")
SHIFT = Qt.KeyboardModifier.ShiftModifier


def running(make_window, qtbot, settings: Settings | None = None, **fake: object):
    """A shown window whose fake session runs."""
    window = make_window(settings or Settings(source=CLIP, people=2), **{"make": make_people, **fake})
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.controller.result is not None, timeout=60_000)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=60_000)
    return window


def followed(window) -> int:
    """Whose body is first on screen."""
    return window.overlay.scene.people[0].number


@pytest.fixture
def two(make_window, qtbot):
    return running(make_window, qtbot)


def test_the_number_of_people_is_chosen_in_its_panel_and_stored(make_window, store):
    panel = make_window().controls.people
    assert not panel.chips.isVisibleTo(panel)
    pick(panel.count, "up to 4")
    assert store.load().people == 4
    assert panel.chips.isVisibleTo(panel)


def test_what_concerns_several_people_is_shown_once_several_were_seen_where_no_number_is_chosen(make_window):
    panel = make_window().controls.people
    assert panel.count.currentData() == AUTOMATIC
    panel.show_result(make_result(0))
    assert not panel.chips.isVisibleTo(panel)
    panel.show_result(make_people(1))
    assert panel.chips.isVisibleTo(panel)


def test_the_panel_shows_what_is_chosen(make_window):
    settings = Settings(source=CLIP, people=3, follow="centre", detector="/models/heavy.task")
    settings = replace(settings, view=replace(settings.view, numbers=False, alone=True))
    panel = make_window(settings).controls.people
    assert (panel.count.currentData(), panel.first.currentData()) == (3, "centre")
    assert (panel.numbers.isChecked(), panel.alone.isChecked()) == (False, True)
    assert panel.detector.name.text() == "heavy.task"


@pytest.mark.parametrize("key", ["numbers", "alone"])
def test_each_switch_changes_its_own_field(make_window, key):
    window = make_window(Settings(source=CLIP, people=2))
    before = getattr(window.state.settings.view, key)
    getattr(window.controls.people, key).click()
    assert window.state.settings.view == replace(Settings().view, **{key: not before})


def test_whoever_is_clicked_on_is_followed_and_named_everywhere(two, qtbot):
    assert followed(two) == 1
    two.overlay.person_chosen.emit(2, False)
    assert two.session.configured[-1].follow == "2"
    assert followed(two) == 2, "at once, whatever the session still owes"
    assert two.filmstrip.title.endswith("2")
    for part in (two.plots.error.headline, two.plots.magnitude.headline, two.views.legend):
        assert "person 2" in part.text()
    assert [chip.followed for chip in two.controls.people.chips.chips.values()] == [False, True]


def test_curves_of_another_person_begin_anew(two, qtbot):
    qtbot.waitUntil(lambda: len(two.controller.history.curve("error", "A")[0]) > 3, timeout=60_000)
    two.controller.stop()
    two.state.follow(2)
    two.session.results.put(replace(make_people(500, two.state.settings), acceleration=None))
    two.controller.pull()
    assert len(two.controller.history.curve("error", "A")[0]) == 0


def test_tab_follows_the_next_and_passes_over_those_left_out(two, qtbot):
    for expected in (2, 1):
        QTest.keyClick(two, Qt.Key.Key_Tab)
        assert followed(two) == expected
    two.state.leave_out(2)
    QTest.keyClick(two, Qt.Key.Key_Tab)
    assert followed(two) == 1


def test_tab_is_left_to_the_keyboard_where_there_is_one_person(make_window, qtbot):
    window = running(make_window, qtbot, Settings(source=CLIP), make=make_result)
    assert not window.actions_by_name["next_person"].isEnabled()
    assert "person" not in window.filmstrip.title
    assert "person" not in window.plots.error.headline.text()
    assert DEPTH_NOTE not in window.views.space_title.text()


def test_shift_and_a_click_leave_somebody_out_and_a_click_takes_him_in(two, qtbot):
    two.overlay.person_chosen.emit(1, True)
    assert two.session.configured[-1].left_out == (1,)
    assert followed(two) == 2
    assert {figure.number for figure in two.overlay.scene.figures} == {2}
    left_out = two.controls.people.chips.chips[1]
    assert left_out.left_out
    assert "left out" in left_out.toolTip()
    left_out.click()
    assert (two.state.settings.left_out, two.state.settings.follow) == ((), "1")
    assert {figure.number for figure in two.overlay.scene.figures} == {1, 2}


def test_the_chips_do_as_the_picture_does(two):
    chips = two.controls.people.chips.chips
    QTest.mouseClick(chips[2], Qt.MouseButton.LeftButton)
    assert two.state.settings.follow == "2"
    QTest.mouseClick(chips[2], Qt.MouseButton.LeftButton, SHIFT)
    assert two.state.settings.left_out == (2,)
    assert two.state.settings.follow == "largest"


def test_a_held_display_follows_whom_is_chosen(two):
    two.set_paused(True)
    for number in (2, 1):
        two.state.follow(number)
        assert followed(two) == number
    two.state.leave_out(1)
    two.state.leave_out(1)
    assert len(two.overlay.scene.figures) == 2


def test_another_source_shows_other_people(two):
    two.state.change(follow="centre")
    two.state.follow(2)
    two.state.leave_out(1)
    two.state.change_source(spec="/films/walk.mp4")
    assert (two.state.settings.follow, two.state.settings.left_out) == ("centre", ())


def test_the_3d_view_says_that_depth_is_a_guess_unless_one_stands_there_alone(two, qtbot):
    qtbot.waitUntil(lambda: DEPTH_NOTE in two.views.space_title.text(), timeout=60_000)
    QTest.keyClick(two, Qt.Key.Key_P)
    assert two.state.settings.view.alone
    qtbot.waitUntil(lambda: DEPTH_NOTE not in two.views.space_title.text(), timeout=60_000)


def test_somebody_out_of_sight_is_not_followed_before_he_is_back():
    result = make_people(3)
    lost = replace(result, others=tuple(replace(one, person=None) for one in result.others))
    assert as_wished(lost, Settings(people=2, follow="2")).number == 1
    assert as_wished(result, Settings(people=2, follow="2")).number == 2
    replayed = replace(lost, frame=replace(lost.frame, replay=Replay(())))
    assert as_wished(replayed, Settings(follow="2")).number == 2, "in a recording nobody is found"


def test_a_webcam_is_mirrored_and_its_choice_is_its_own(make_window, qtbot, store):
    window = make_window(make=make_people)
    window.session.play_a_webcam()
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.state.webcam, timeout=60_000)
    qtbot.waitUntil(lambda: window.overlay.scene is not None, timeout=60_000)
    assert window.overlay.scene.view.mirror
    assert window.controls.view.layers["mirror"].isChecked()
    assert window.actions_by_name["mirror"].isChecked()
    window.controls.view.layers["mirror"].click()
    assert not window.overlay.scene.view.mirror
    assert not store.load().view.mirror_webcam
    assert not store.load().view.mirror


def test_a_film_is_not_mirrored_unless_that_is_chosen(make_window, qtbot, store):
    window = running(make_window, qtbot)
    assert not window.overlay.scene.view.mirror
    QTest.keyClick(window, Qt.Key.Key_M)
    assert window.overlay.scene.view.mirror
    assert store.load().view.mirror
    assert store.load().view.mirror_webcam


def test_before_anything_plays_the_mirror_is_that_of_the_source_asked_for(make_window):
    assert make_window(Settings(source=SourceSettings(spec="0"))).state.running.view.mirror
    assert not make_window(Settings(source=CLIP)).state.running.view.mirror


def test_a_landmark_model_is_chosen_and_given_back_in_the_panel(make_window):
    window = make_window(Settings(source=CLIP, people=2))
    detector = window.controls.people.detector
    detector.chosen.emit("/models/heavy.task")
    assert window.session.configured[-1].detector == "/models/heavy.task"
    detector.reset.click()
    assert window.session.configured[-1].detector == ""
