"""The window of the switches: opened and closed by key and button, fed while it is open, free else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from str_live.live.switches.cases import CASES, WATCHED, WHOLE
from str_live.settings import Settings, SourceSettings
from str_live.ui.switches.film_run import Order
from tests.ui.fake_session import STATUS
from tests.ui.switches.watched import figures, watched_result


def show_status(window, identity: str = "clip", **inference: object) -> None:
    """The session's four times a second."""
    window.session.change_status(**inference)
    status = window.session.fake_status
    source = replace(status.source, identity=identity)
    window.controller.status_changed.emit(replace(status, source=source))


@pytest.fixture
def opened(make_window):
    window = make_window()
    window.actions_by_name["switches"].trigger()
    return window


def test_nothing_is_watched_before_it_is_opened(make_window):
    window = make_window()
    show_status(window)
    window.controller.result_changed.emit(watched_result(0))
    assert window.switches.window is None
    assert window.session.wishes == []


def test_opened_it_watches_all_cases_and_closed_nothing(opened):
    (wish,) = opened.session.wishes
    assert wish.networks == WATCHED
    assert wish.posed == (WHOLE, CASES[0].network)
    opened.actions_by_name["switches"].trigger()
    assert opened.session.wishes[-1] is None
    assert not opened.switches.is_open


def test_the_button_opens_it_and_its_own_cross_ends_it(make_window):
    window = make_window()
    window.controls.network.effects.click()
    assert window.switches.is_open
    window.switches.window.close()
    assert window.session.wishes[-1] is None


def test_closing_the_program_closes_it(opened):
    opened.close()
    assert not opened.switches.is_open
    assert opened.session.wishes[-1] is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_another_row_poses_that_body(opened, case):
    opened.switches.window.table.buttons[case.name].click()
    assert opened.session.wishes[-1].posed == (WHOLE, case.network)
    assert opened.session.wishes[-1].networks == WATCHED


def test_results_fill_curves_and_view_and_say_what_is_seen(opened):
    window = opened.switches.window
    for index in range(3):
        opened.controller.result_changed.emit(watched_result(index))
    opened.controller.history_changed.emit(opened.controller.history)
    assert len(window.heat.space.scene.figures) == 2
    assert len(window.shift.curves[CASES[0].name].getData()[0]) > 1
    assert len(window.share.curves["ttr"].getData()[0]) > 1
    assert window.heat.bar.texts()[-1] == "5 mm"


def test_figures_fill_the_table(opened):
    opened.session.switch_figures = figures(4.0, accel=5.5, pa=63.0)
    show_status(opened)
    table = opened.switches.window.table
    assert table.cells["", 0].text() == "–", "the whole network does not move from itself"
    assert table.cells["TTR", 0].text() == "4.0"
    assert table.cells["TTR", 1].text() == "5.5"
    assert table.changes["TTR", 1].text() == "+10 %"
    assert table.cells["TTR", 3].text() == "63.0"
    assert table.cells["reference", 1].text() == "8.0"
    assert "4.0 mm" in opened.switches.window.effect.text()


def test_a_ghost_that_would_not_be_seen_is_drawn_farther_away_and_says_so(opened):
    show_status(opened)
    heat = opened.switches.window.heat
    opened.session.switch_figures = figures(0.5)
    opened.controller.result_changed.emit(watched_result(0, shift_m=0.0005))
    show_status(opened)
    assert heat.factor == 20
    assert "20 times" in heat.caption.text()
    body, ghost = heat.space.scene.figures
    assert ghost.body.vertices[0, 0] - body.body.vertices[0, 0] == pytest.approx(20 * 0.0005, rel=1e-3)
    heat.factors[1].click()
    show_status(opened)
    assert heat.factor == 1, "what was chosen by hand stays"
    assert "20 times" not in heat.caption.text()


def test_where_str_does_not_run_the_reason_is_said(opened):
    show_status(opened, missing_networks={"str": "STR has no weights"})
    note = opened.switches.window.note
    assert not note.isHidden()
    assert "STR has no weights" in note.text()
    show_status(opened, missing_networks={})
    assert note.isHidden()


def test_a_recording_has_no_switches(opened):
    show_status(opened, identity="walk.npz")
    assert "recording" in opened.switches.window.note.text()
    assert not opened.switches.window.run_row.button.isEnabled()


def test_another_source_begins_anew(opened):
    opened.controller.result_changed.emit(watched_result(0))
    show_status(opened, identity="other.mp4")
    times, _ = opened.switches.window.history.curve("shift", CASES[0].name)
    assert len(times) == 0


def test_the_film_that_plays_is_run_with_the_present_settings(make_window, tmp_path):
    window = make_window(Settings(source=SourceSettings(spec=""), lookahead=5))
    show_status(window, identity="clip")
    order = window.switches.make_order()
    assert isinstance(order, Order)
    assert order.settings.source.spec == "clip"
    assert order.settings.lookahead == 5
    assert order.folder.parent == tmp_path / "recordings"
    order.folder.mkdir(parents=True)
    assert window.switches.make_order().folder != order.folder


def test_a_camera_cannot_be_run(make_window):
    window = make_window()
    show_status(window, identity="usb:camera")
    assert "camera" in window.switches.make_order()


def test_before_anything_plays_there_is_nothing_to_run(make_window):
    window = make_window()
    window.controller.status_changed.emit(replace(STATUS, source=replace(STATUS.source, identity="")))
    assert isinstance(window.switches.make_order(), str)
