"""The whole window on a fake session: shortcuts, notices, recording, comparing, closing."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QFileDialog, QLabel, QToolButton

from str_live.messages import Replay
from str_live.network_text import MODULES
from str_live.process import report
from str_live.settings import MAX_LOOKAHEAD, Settings
from str_live.ui.application import show_unexpected
from str_live.ui.shortcuts import SHORTCUTS, ShortcutList
from tests.ui.fake_session import make_result


@pytest.fixture
def window(make_window, qtbot):
    """A shown window with a running fake session."""
    window = make_window()
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.controller.result is not None and not window.banner.texts, timeout=60_000)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=60_000)  # shortcuts want an active window
    window.setFocus()
    return window


def press(window, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window, key, modifier)


def test_results_reach_both_views_and_the_filmstrip(window, qtbot):
    qtbot.waitUntil(
        lambda: window.overlay.scene is not None and window.space.scene is not None, timeout=60_000
    )
    assert window.overlay.scene.result.frame.image.shape == (240, 320, 3)
    assert len(window.overlay.scene.faces) == 8
    qtbot.waitUntil(lambda: window.filmstrip.marked_index == 13, timeout=60_000)


@pytest.mark.parametrize("number", range(len(MODULES)))
def test_digits_switch_the_modules_of_a(window, number):
    press(window, Qt.Key(Qt.Key.Key_1.value + number))
    key = MODULES[number][0]
    assert not getattr(window.state.settings.variant_a.network, key)
    assert not window.controls.network.columns["A"].switches[key].isChecked()
    press(window, Qt.Key(Qt.Key.Key_1.value + number))
    assert window.state.settings == window.session.settings
    assert getattr(window.state.settings.variant_a.network, key)


def test_letters_do_what_the_list_says(window):
    press(window, Qt.Key.Key_B)
    assert window.state.settings.compare
    press(window, Qt.Key.Key_M)
    assert window.state.settings.view.mirror
    press(window, Qt.Key.Key_K)
    assert window.state.settings.view.skeleton
    press(window, Qt.Key.Key_0)
    assert window.state.settings.variant_a.network.temporal == "frame"
    for key in (Qt.Key.Key_F, Qt.Key.Key_S, Qt.Key.Key_T):
        press(window, key)
    assert window.space.presets[-3:] == ["front", "side", "top"]
    for _ in range(10):
        press(window, Qt.Key.Key_BracketRight)
    assert window.state.settings.lookahead == MAX_LOOKAHEAD
    for _ in range(10):
        press(window, Qt.Key.Key_BracketLeft)
    assert window.state.settings.lookahead == 0


def test_space_holds_the_display_and_lets_it_run_on(window, qtbot):
    press(window, Qt.Key.Key_Space)
    held = window.controller.result
    qtbot.wait(150)
    assert window.controller.result is held
    assert any("held" in text for text in window.banner.texts)
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.controller.result is not held, timeout=60_000)
    assert not window.banner.texts


def test_a_held_display_still_follows_the_view_settings(window):
    window.set_paused(True)
    window.controls.view.layers["mirror"].click()
    assert window.overlay.scene.view.mirror


def test_the_space_bar_belongs_to_a_switch_that_has_the_focus(window):
    switch = window.controls.view.layers["box"]
    switch.setFocus()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert window.state.settings.view.box
    assert not window.controller.paused


def test_r_records_and_shows_the_time_and_r_again_stops(window, qtbot):
    press(window, Qt.Key.Key_R)
    assert window.session.recording.suffix == ".npz"
    assert window.session.recording.parent.is_dir()
    qtbot.waitUntil(lambda: window.controls.record.button.text() > "Stop   0:00", timeout=60_000)
    press(window, Qt.Key.Key_R)
    assert window.session.recording is None
    assert window.controls.record.button.text() == "Record"


def test_a_recording_that_ends_by_itself_is_shown_as_ended(window):
    window.toggle_recording()
    window.events.arrived.emit("saved", "/tmp/a.npz")
    assert window.controls.record.started_s is None
    assert "Saved /tmp/a.npz" in window.banner.texts


def test_v_films_what_the_views_show_and_v_again_stops(window, qtbot, monkeypatch):
    monkeypatch.setattr("str_live.film.recorder.FilmRecorder", lambda staging: staging)
    press(window, Qt.Key.Key_V)
    assert window.session.film.suffix == ".mp4"
    assert window.session.recording is None
    qtbot.waitUntil(lambda: window.controls.record.film.text() > "Stop   0:00", timeout=60_000)
    window.state.change_view(mirror=True)
    window.space.camera = window.space.camera.zoomed(2)
    staging = window.session.film_recorder()
    assert staging.running.view.mirror
    assert staging.camera == window.space.camera
    assert staging.mesh == window.session.mesh()
    press(window, Qt.Key.Key_V)
    assert window.session.film is None
    assert window.controls.record.film.text() == "Film"
    window.events.arrived.emit("filmed", "/somewhere/a.mp4")
    assert window.controls.record.film_note.text() == "Saved /somewhere/a.mp4"


def test_a_film_or_recording_that_fails_is_shown_as_ended(window):
    for toggle, button in (
        (window.toggle_recording, window.controls.record.button),
        (window.toggle_film, window.controls.record.film),
    ):
        toggle()
        assert button.started_s is not None
        window.session.recording = window.session.film = None
        window.controller.status_changed.emit(window.session.status())
        assert button.started_s is None


def test_recording_that_cannot_start_says_why(window, monkeypatch):
    def refuse(path):
        raise OSError("disk full")

    monkeypatch.setattr(window.session, "start_recording", refuse)
    window.toggle_recording()
    assert "Recording did not start: disk full" in window.banner.texts
    assert window.controls.record.started_s is None


def test_the_question_mark_lists_every_shortcut_and_stops_nothing(window, qtbot):
    window.show_shortcuts()
    texts = [label.text() for label in window.findChild(ShortcutList).findChildren(QLabel)]
    for entry in SHORTCUTS:
        assert entry.text.rstrip("…") in texts
    seen = window.controller.result
    qtbot.waitUntil(lambda: window.controller.result is not seen, timeout=60_000)


def test_no_two_shortcuts_share_a_key():
    keys = [key for entry in SHORTCUTS for key in entry.keys]
    assert len(keys) == len(set(keys))
    promised = {"R", "1", "2", "3", "4", "5", "B", "M", "F", "S", "T", "Space", "F5", "F11", "Ctrl+O", "?"}
    assert promised <= set(keys)


def test_open_dialogues_do_not_stop_the_program(window, qtbot):
    press(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    dialogue = window.findChild(QFileDialog)
    assert dialogue is not None
    dialogue.fileSelected.emit("/films/walk.mp4")
    assert window.state.settings.source.spec == "/films/walk.mp4"
    dialogue.close()


def test_f5_reports_what_the_compiler_says(window):
    press(window, Qt.Key.Key_F5)
    assert "Shaders compiled." in window.banner.texts
    window.overlay.message = "mesh: line 3: syntax error"
    press(window, Qt.Key.Key_F5)
    assert any("line 3: syntax error" in text for text in window.banner.texts)


def test_a_new_network_leaves_a_mark_in_the_plots(window):
    press(window, Qt.Key.Key_1)
    assert [text for _, text in window.controller.history.visible_marks()] == ["A  STR without TTR"]
    press(window, Qt.Key.Key_M)
    assert len(window.controller.history.visible_marks()) == 1, "the view is no network"


def label(window, name: str) -> str:
    """A row of the table of errors in plain words."""
    text = window.controls.network.table.cells[name, "label"].text()
    return text.split("</span> ")[1].replace("&nbsp;", " ")


def names(window) -> list[str]:
    """What each part of the window says that A runs."""
    legend = window.views.legend.text().split("</span> ")[1].replace("&nbsp;", " ").strip()
    plot = window.plots.error.labels["A"].replace("&nbsp;", " ")
    return [legend, plot, label(window, "A")]


def test_everything_names_the_networks_that_run(window, qtbot):
    assert names(window) == ["A  STR"] * 3
    window.state.change_network("A", temporal="vibe")
    assert names(window) == ["A  VIBE"] * 3
    window.state.change(compare=True)
    window.state.change_network("B", temporal="tcmr")
    assert label(window, "B") == "B  TCMR"
    assert "B&nbsp;&nbsp;TCMR" in window.views.legend.text()
    marks = [text for _, text in window.controller.history.visible_marks()]
    assert marks == ["A  VIBE", "B  TCMR"]
    qtbot.waitUntil(lambda: "A VIBE, B TCMR" in window.status.labels["device"].text(), timeout=60_000)


def test_without_weights_for_str_everything_says_per_frame(window, qtbot):
    missing = {name: f"{name} has no weights: give --weights" for name in ("str", "tcmr", "vibe")}
    window.session.change_status(missing_networks=missing)
    qtbot.waitUntil(lambda: names(window) == ["A  per-frame"] * 3, timeout=60_000)
    qtbot.waitUntil(lambda: "A per-frame" in window.status.labels["device"].text(), timeout=60_000)
    assert window.state.settings.variant_a.network.temporal == "str", "the wish stays"
    assert not window.actions_by_name["ttr"].isEnabled()
    assert not window.actions_by_name["per_frame"].isEnabled()
    assert window.actions_by_name["per_frame"].isChecked()
    press(window, Qt.Key.Key_1)
    assert window.state.settings.variant_a.network.ttr
    window.session.change_status(missing_networks={})
    qtbot.waitUntil(lambda: names(window) == ["A  STR"] * 3, timeout=60_000)


def test_a_replayed_recording_is_nobody_s_network(make_window, qtbot):
    def make(index, settings):
        result = make_result(index, settings)
        return replace(result, frame=replace(result.frame, replay=Replay(())))

    window = make_window(make=make)
    window.start()
    qtbot.waitUntil(lambda: names(window) == ["A  recorded"] * 3, timeout=60_000)


def test_zero_goes_per_frame_and_back_to_what_ran_before(window):
    window.state.change_network("A", temporal="tcmr")
    press(window, Qt.Key.Key_0)
    assert window.state.settings.variant_a.network.temporal == "frame"
    press(window, Qt.Key.Key_0)
    assert window.state.settings.variant_a.network.temporal == "tcmr"
    window.state.change_network("A", temporal="frame")
    window.state.set_missing({"tcmr": "gone"})
    press(window, Qt.Key.Key_0)
    assert window.state.settings.variant_a.network.temporal == "str", "the first there is"


def test_n_goes_through_the_networks_that_have_weights(window):
    window.state.set_missing({"vibe": "none"})
    seen = []
    for _ in range(4):
        press(window, Qt.Key.Key_N)
        seen.append(window.state.settings.variant_a.network.temporal)
    assert seen == ["tcmr", "frame", "str", "tcmr"]


def test_a_dropped_file_is_played(window):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/films/walk.mp4")])
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(5, 5), actions, data, button, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(event)
    assert window.state.settings.source.spec == "/films/walk.mp4"


def test_f11_fills_the_screen_and_gives_it_back(window):
    press(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    press(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_comparing_hands_two_bodies_to_the_views(window, qtbot):
    window.state.change(compare=True)
    qtbot.waitUntil(lambda: len(window.overlay.scene.figures) == 2, timeout=60_000)
    assert window.overlay.scene.side_by_side
    assert window.space.presets == ["room for two"]
    window.state.change(compare=False)
    qtbot.waitUntil(lambda: len(window.overlay.scene.figures) == 1, timeout=60_000)


def test_a_person_who_left_is_mentioned_until_they_are_back(make_window, qtbot):
    gone = threading.Event()
    gone.set()

    def make(index, settings):
        return make_result(index, settings, person=not gone.is_set(), held_s=1.2 if gone.is_set() else 0.0)

    window = make_window(make=make)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: "No person: body held for 1.2 s" in window.banner.texts, timeout=60_000)
    gone.clear()
    qtbot.waitUntil(lambda: not window.banner.texts, timeout=60_000)


def test_before_the_first_person_the_window_says_what_it_waits_for(make_window, qtbot):
    def make(index, settings):
        return replace(make_result(index, settings, person=False), bodies=(), box=None)

    window = make_window(make=make)
    window.start()
    qtbot.waitUntil(
        lambda: any("No person found yet" in text for text in window.banner.texts), timeout=60_000
    )


def test_events_of_other_threads_reach_the_banner(qtbot, make_window, store, tmp_path):
    window = make_window()
    thread = threading.Thread(target=lambda: window.events.arrived.emit("error", "The camera stalled."))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "The camera stalled." in window.banner.texts, timeout=60_000)


def test_a_new_source_ends_the_notices_about_the_old_one(window):
    window.events.arrived.emit("notice", "No camera was found: the built-in clip is playing.")
    window.events.arrived.emit("stalled", "The camera has stopped giving pictures.")
    assert len(window.banner.texts) == 2
    window.events.arrived.emit("source", "Logi C270: 1280 × 720, 30 fps")
    assert window.banner.texts == ["Logi C270: 1280 × 720, 30 fps"]


def test_loading_is_shown_until_it_is_over(make_window, qtbot):
    window = make_window()
    window.session.change_status(loading=True)
    window.start()
    qtbot.wait(400)
    assert any("being loaded" in text for text in window.banner.texts)
    window.session.change_status(loading=False)
    qtbot.waitUntil(lambda: not window.banner.texts, timeout=60_000)


def test_notices_replace_their_own_kind_expire_and_can_be_dismissed(window, qtbot):
    banner = window.banner
    banner.show_notice("a", "first")
    banner.show_notice("a", "second")
    assert banner.texts == ["second"]
    banner.show_notice("b", "short", seconds=0.1)
    qtbot.waitUntil(lambda: banner.texts == ["second"], timeout=60_000)
    banner.findChild(QToolButton).click()
    assert banner.texts == []
    assert banner.isHidden()


def test_an_exception_in_a_slot_is_shown_and_the_window_lives(window, qtbot):
    undo = show_unexpected(window.events)
    try:
        report(ValueError("seven"), "a slot")
        qtbot.waitUntil(lambda: "Unexpected: ValueError: seven" in window.banner.texts, timeout=60_000)
    finally:
        undo()


def test_status_names_rates_stages_age_and_source_with_units(window, qtbot):
    window.overlay.frameSwapped.emit()
    qtbot.waitUntil(lambda: "ms" in window.status.labels["age"].text(), timeout=60_000)
    labels = {name: label.text() for name, label in window.status.labels.items()}
    assert [part.split("<")[0] for part in labels["rates"].split("</span> ")[1:3]] == ["30 ", "29 "]
    assert "34 ms: person 20, temporal 9, body 5" in labels["tick"]
    assert "(67 ms look-ahead)" in labels["age"]
    assert "got 640 × 480" in labels["source"]


def test_closing_stops_the_session_and_all_threads(make_window, qtbot):
    before = threading.active_count()
    window = make_window()
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.controller.result is not None, timeout=60_000)
    window.close()
    assert window.session.stopped_with is not None
    assert threading.active_count() == before


def test_closing_does_not_wait_for_a_session_that_hangs_longer_than_its_time_out(make_window, monkeypatch):
    window = make_window()
    asked = []
    monkeypatch.setattr(window.session, "stop", lambda timeout: asked.append(timeout))
    window.close()
    assert asked
    assert 0 < asked[0] <= 5


def test_the_gui_thread_never_works_for_long_without_a_break(window, qtbot):
    ticks = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.thread_time()))
    timer.start(10)
    qtbot.wait(500)
    timer.stop()
    longest = max(later - earlier for earlier, later in pairwise(ticks))
    assert longest < 1.0


def test_a_low_window_scrolls_its_controls_and_cuts_nothing_off_sideways(make_window):
    window = make_window(replace(Settings(), compare=True))
    window.resize(1280, 800)
    window.show()
    column = window.controls.scroll_area.widget()
    assert window.width() == 1280
    assert column.minimumSizeHint().width() <= window.controls.scroll_area.viewport().width()
