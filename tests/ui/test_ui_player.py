"""The player bar: what its buttons and its time line do to a film, and what they show of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from str_live.camera.transport import Position, Transport
from str_live.ui.widgets.player_bar import SPEEDS, PlayerBar, time_text
from str_live.ui.widgets.time_line import GAP, SEEN, UNKNOWN, Passage
from tests.ui.fake_session import make_result


@pytest.fixture
def transport() -> Transport:
    transport = Transport()
    transport.duration_s = 10.0
    return transport


@pytest.fixture
def bar(qapp, transport) -> PlayerBar:
    bar = PlayerBar(lambda: transport)
    bar.resize(900, 40)
    bar.show_source("film.mp4", 30.0, transport.position)
    bar.show_result(make_result(60))
    return bar


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_camera_has_no_player_and_a_film_has_one(bar, transport):
    assert bar.plays_a_file
    assert not bar.isHidden()
    bar.show_source("usb:cam", 30.0, None)
    assert bar.isHidden()
    assert not bar.plays_a_file


def test_a_single_picture_has_no_player(bar):
    bar.show_source("one.png", 30.0, Position(0.0, 1 / 30, False, 1.0, None))
    assert bar.isHidden()


def test_play_pauses_and_plays_on_and_shows_which(bar, transport):
    playing = bar.play.grab().toImage()
    click(bar.play)
    assert transport.position.paused
    assert bar.play.grab().toImage() != playing
    click(bar.play)
    assert not transport.position.paused
    assert bar.play.grab().toImage() == playing


def test_steps_pause_a_film_and_go_one_picture_on_or_back(bar, transport):
    bar.step(1)
    assert transport.position.paused
    assert transport.take_step()
    assert not transport.take_step()
    transport.set_context(0.0, 0.0)
    click(bar.back)
    assert transport.take_seek() == pytest.approx((59 / 30, 59 / 30))


def test_a_click_on_the_time_line_goes_there(bar, transport):
    transport.set_context(0.0, 0.0)
    bar.layout().activate()
    line = bar.line
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() // 2, 10))
    begin, _ = transport.take_seek()
    assert begin == pytest.approx(5.0, abs=10.0 / line.width())


def test_speed_is_that_of_the_list(bar, transport):
    bar.speed.setCurrentIndex(SPEEDS.index(0.25))
    bar.speed.activated.emit(SPEEDS.index(0.25))
    assert transport.position.speed == 0.25
    bar.show_source("film.mp4", 30.0, transport.position)
    assert bar.speed.currentIndex() == SPEEDS.index(0.25)


def test_the_range_is_cut_out_by_seconds_after_the_first_picture(bar):
    assert bar.trim_s is None
    bar.show_source("walk.npz", 30.0, Position(5.0, 10.0, False, 1.0, (6.0, 8.5)))
    assert bar.trim_s == (1.0, 3.5)


def test_a_range_begins_and_ends_at_the_picture_on_screen(bar, transport):
    click(bar.begin)
    assert transport.position.range_s == (2.0, 10.0)
    bar.show_result(make_result(120))
    click(bar.end)
    assert transport.position.range_s == bar.range_s == (2.0, 4.0)
    click(bar.clear)
    assert transport.position.range_s is None


def test_an_end_before_the_beginning_begins_anew(bar, transport):
    click(bar.begin)
    bar.show_result(make_result(30))
    click(bar.end)
    assert transport.position.range_s == (0.0, 1.0)


def test_the_time_counts_from_the_file_s_beginning(bar, transport):
    transport.start_s = 1.0
    bar.show_source("film.mp4", 30.0, transport.position)
    assert bar.time.text() == "0:01.0 / 0:10.0"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (59.96, "1:00.0"), (3723.42, "1:02:03.4"), (-1, "0:00.0")]
)
def test_times_in_words(seconds, text):
    assert time_text(seconds) == text


def test_the_passage_remembers_gaps_and_accelerations():
    passage = Passage(0.0, 10.0)
    for index in range(0, 90, 3):  # as a slow machine leaves pictures out
        passage.add(make_result(index, person=index < 30))
    assert passage.person[passage.cell(0.5)] == SEEN
    assert set(passage.person[passage.cell(1.1) : passage.cell(2.9)]) == {GAP}
    assert set(passage.person[passage.cell(3.1) :]) == {UNKNOWN}
    assert np.nanmax(passage.acceleration) == 12.0
    assert np.isnan(passage.acceleration[passage.cell(9.0)])


def test_a_jump_does_not_fill_what_was_not_seen():
    passage = Passage(0.0, 10.0)
    passage.add(make_result(0))
    passage.add(make_result(270, epoch=1))
    assert passage.person[passage.cell(5.0)] == UNKNOWN


def test_another_file_forgets_what_was_known(bar, transport):
    assert (bar.line.passage.person == SEEN).any()
    bar.show_source("other.mp4", 30.0, transport.position)
    assert not (bar.line.passage.person == SEEN).any()


def test_the_line_is_drawn_with_all_that_is_known(bar, transport):
    empty = bar.line.grab().toImage()
    transport.set_range((2.0, 4.0))
    bar.show_source("film.mp4", 30.0, transport.position)
    for index in range(60, 200):
        bar.show_result(make_result(index, person=index % 50 > 20))
    assert bar.line.grab().toImage() != empty


def test_the_space_bar_pauses_a_film_and_holds_a_camera(make_window):
    window = make_window()
    window.player.show_source("cam", 30.0, None)
    window.set_paused(True)
    assert window.controller.paused
    window.set_paused(False)
    transport = window.session.play_a_file()
    status = window.session.status()
    window.player.show_source(status.source.identity, status.source.fps, status.source.position)
    window.set_paused(True)
    assert transport.position.paused
    assert not window.controller.paused
    assert replace(status.source.position, paused=True) == transport.position
