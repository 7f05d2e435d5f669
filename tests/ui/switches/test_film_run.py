"""A run over a film: progress, end, cancelling and trouble, as the row shows them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from str_live.settings import Settings, SourceSettings
from str_live.ui.switches.film_run import (
    CANCEL,
    START,
    CannotRun,
    FilmRun,
    FilmRunRow,
    Order,
    free_folder,
    run_order,
)
from tests.live.switches.made_up import short_film

TIMEOUT_MS = 60_000


@pytest.fixture
def order(tmp_path) -> Order:
    return Order(Settings(), "film.mp4", tmp_path / "switches_film")


def make_row(qtbot, order: Order | str, work) -> tuple[FilmRunRow, FilmRun]:
    run = FilmRun(work)
    row = FilmRunRow(run, lambda: order)
    qtbot.addWidget(row)
    row.offer()
    return row, run


def test_the_folder_is_named_before_and_the_files_afterwards(qtbot, order):
    files = [order.folder / "switches.csv", order.folder / "switches.png"]
    row, run = make_row(qtbot, order, lambda order, progress: files)
    assert str(order.folder) in row.text.text()
    with qtbot.waitSignal(run.ended, timeout=TIMEOUT_MS):
        row.button.click()
    assert not run.busy
    assert row.button.text() == START
    assert all(path.name in row.text.text() for path in files)
    row.offer()
    assert "switches.png" in row.text.text()
    assert "Wrote" in row.text.text(), "the end stays until another film plays"
    run.stop(5.0)


def test_progress_is_shown_and_the_button_cancels(qtbot, order):
    at_work, told = threading.Event(), threading.Event()

    def work(order, progress):
        go_on = progress(3, 10)
        at_work.set()
        while go_on:
            go_on = progress(4, 10)
        told.set()

    row, run = make_row(qtbot, order, work)
    row.button.click()
    assert row.button.text() == CANCEL
    qtbot.waitUntil(lambda: row.bar.maximum() == 10 and row.bar.value() >= 3, timeout=TIMEOUT_MS)
    assert "of 10" in row.text.text()
    assert at_work.is_set()
    with qtbot.waitSignal(run.ended, timeout=TIMEOUT_MS):
        row.button.click()
    assert told.is_set()
    assert "Cancelled" in row.text.text()
    assert row.button.text() == START
    assert row.button.isEnabled()
    run.stop(5.0)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CannotRun("give other weights"), "give other weights"),
        (OSError("disk full"), "disk full"),
        (KeyError("x"), "report"),
    ],
)
def test_trouble_is_said_in_a_sentence(qtbot, order, error, words):
    def work(order, progress):
        raise error

    row, run = make_row(qtbot, order, work)
    with qtbot.waitSignal(run.ended, timeout=TIMEOUT_MS):
        row.button.click()
    assert words in row.text.text()
    run.stop(5.0)


def test_what_cannot_be_run_is_said_and_not_offered(qtbot):
    row, _ = make_row(qtbot, "A camera has no end.", lambda order, progress: None)
    assert not row.button.isEnabled()
    assert row.text.text() == "A camera has no end."


def test_stopping_waits_for_the_thread(qtbot, order):
    def work(order, progress):
        while progress(1, None):
            pass

    row, run = make_row(qtbot, order, work)
    row.button.click()
    run.stop(60.0)
    assert not [thread for thread in threading.enumerate() if thread.name == "switches"]


def test_no_folder_is_taken_twice(tmp_path: Path):
    first = free_folder(tmp_path, "a film: one.mp4")
    assert first.parent == tmp_path
    first.mkdir()
    assert free_folder(tmp_path, "a film: one.mp4") not in (first, tmp_path)


def test_a_real_run_writes_a_row_for_each_of_the_32(tmp_path: Path):
    film = tmp_path / "film"
    film.mkdir()
    order = Order(short_film(film, 4), "film", tmp_path / "out")
    done: list[int] = []
    files = run_order(order, lambda count, frames: not done.append(count))
    assert done == [1, 2, 3, 4]
    assert files is not None
    table, figure = files
    assert len(table.read_text(encoding="utf-8").splitlines()) == 1 + 32
    assert figure.stat().st_size > 10_000


def test_a_film_that_is_gone_is_said_in_a_sentence(tmp_path: Path):
    settings = Settings(source=SourceSettings(spec=str(tmp_path / "gone.mp4")), front_end="landmarks")
    with pytest.raises(CannotRun, match="gone"):
        run_order(Order(settings, "gone.mp4", tmp_path / "out"), lambda count, frames: True)
    assert not (tmp_path / "out").exists()
