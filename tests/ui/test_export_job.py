"""The export's thread: every file is announced, every trouble is one sentence, nothing half written stays."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from str_live.export import EXPORTERS, Exporter, ExportError, FormatOptions, TakeOptions
from str_live.film.choice import FilmChoice
from str_live.ui.export_job import ExportJob, Order
from str_live.ui.export_run import Extent, FilmOrder
from str_live.view.headless import create_context, release_context
from tests.camera.made_films import write_film
from tests.ui.recorded import FPS, FRAMES, record

TIMEOUT_MS = 60_000


class Heard:
    """A job, and what it announced, in order."""

    def __init__(self) -> None:
        self.job = ExportJob()
        self.news: list[tuple[object, ...]] = []
        for name in ("measured", "begun", "progressed", "written", "refused", "failed", "ended"):
            signal = getattr(self.job, name)
            signal.connect(lambda *values, name=name: self.news.append((name, *values)))

    def kinds(self) -> list[object]:
        return [news[0] for news in self.news]


@pytest.fixture
def heard(qapp):
    heard = Heard()
    yield heard
    heard.job.stop(60)


def order(recording: Path, *names: str, **options: object) -> Order:
    outputs = tuple(recording.parent / "out" / name for name in names)
    return Order(recording, None, "take", outputs, TakeOptions(**options), FormatOptions())


def test_a_recording_is_measured(heard, tmp_path, qtbot):
    heard.job.look_at(record(tmp_path / "walk.npz"))
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    ((_, extent), end) = heard.news
    assert end == ("ended",)
    assert extent == Extent(FRAMES, pytest.approx((FRAMES - 1) / FPS), FPS)


def test_every_file_is_announced_and_written(heard, tmp_path, qtbot):
    wanted = order(record(tmp_path / "walk.npz"), "walk.trc", "walk.csv")
    heard.job.export(wanted)
    assert heard.job.busy
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    first, second = wanted.outputs
    expected = [("begun", first), ("written", first), ("begun", second), ("written", second), ("ended",)]
    assert heard.news == expected
    assert sorted((tmp_path / "out").iterdir()) == sorted(wanted.outputs)


def test_a_file_that_cannot_be_written_does_not_keep_the_next_one_from_it(heard, tmp_path, qtbot):
    wanted = order(record(tmp_path / "walk.npz"), "walk.trc", "walk.csv")
    (wanted.outputs[0] / "something").mkdir(parents=True)
    heard.job.export(wanted)
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    assert heard.kinds() == ["begun", "refused", "begun", "written", "ended"]
    assert "folder" in str(heard.news[1][2])
    assert sorted((tmp_path / "out").iterdir()) == sorted(wanted.outputs)


@pytest.mark.parametrize(
    ("name", "options", "word"),
    [
        ("walk.trc", {"trim_s": (50.0, 60.0)}, "seconds"),
        ("../walk.npz", {}, "recording itself"),
        ("walk.odt", {}, "format"),
    ],
)
def test_what_is_impossible_is_one_sentence_and_leaves_nothing(heard, tmp_path, qtbot, name, options, word):
    recording = record(tmp_path / "walk.npz")
    before = recording.read_bytes()
    heard.job.export(order(recording, name, **options))
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    assert heard.kinds() == ["failed", "ended"]
    assert word in str(heard.news[0][1])
    assert not (tmp_path / "out").exists()
    assert recording.read_bytes() == before


def test_no_recording_is_a_sentence(heard, tmp_path, qtbot):
    heard.job.look_at(tmp_path / "none.npz")
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    assert heard.kinds() == ["failed", "ended"]
    assert "none.npz" in str(heard.news[0][1])


def test_an_unexpected_error_is_reported_and_ends_the_job(heard, tmp_path, qtbot, monkeypatch):
    def break_down(*arguments: object) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setitem(EXPORTERS, ".trc", Exporter(break_down, "markers", "measure"))
    heard.job.export(order(record(tmp_path / "walk.npz"), "walk.trc"))
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    assert heard.kinds() == ["begun", "failed", "ended"]
    assert "by chance" in str(heard.news[1][1])
    assert list((tmp_path / "out").iterdir()) == []


def test_a_cancelled_export_ends_after_the_file_that_is_being_written(heard, tmp_path, qtbot, monkeypatch):
    go_on = threading.Event()

    def write(take: object, path: Path, options: FormatOptions) -> None:
        path.write_text("half", encoding="utf-8")
        if not go_on.wait(60):
            raise ExportError("nobody let it go on")
        path.write_text("whole", encoding="utf-8")

    monkeypatch.setitem(EXPORTERS, ".trc", Exporter(write, "markers", "measure"))
    wanted = order(record(tmp_path / "walk.npz"), "walk.trc", "walk.csv")
    heard.job.export(wanted)
    qtbot.waitUntil(lambda: "begun" in heard.kinds(), timeout=TIMEOUT_MS)
    heard.job.cancel()
    go_on.set()
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    assert heard.kinds() == ["begun", "written", "ended"]
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["whole"]


@pytest.mark.gl
def test_a_film_of_a_recording_is_made_beside_its_exports(heard, tmp_path, qtbot):
    try:
        release_context(create_context())
    except RuntimeError as error:
        pytest.skip(str(error))
    wanted = order(record(tmp_path / "walk.npz"), "walk.trc")
    film = FilmOrder(tmp_path / "out" / "walk.mp4", FilmChoice(("3d",), height=240))
    heard.job.export(replace(wanted, film=film))
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=4 * TIMEOUT_MS)
    assert [news for news in heard.news if news[0] in ("refused", "failed")] == []
    assert ("written", film.path) in heard.news
    assert ("written", wanted.outputs[0]) in heard.news
    assert heard.news.count(("progressed", FRAMES, FRAMES)) == 1
    with av.open(str(film.path)) as opened:
        assert len(list(opened.decode(video=0))) == FRAMES


def test_a_film_to_a_place_that_cannot_be_is_one_sentence(heard, tmp_path, qtbot):
    (tmp_path / "file").write_text("no folder")
    wanted = replace(
        order(record(tmp_path / "walk.npz")),
        film=FilmOrder(tmp_path / "file" / "walk.mp4", FilmChoice(("3d",), height=240)),
    )
    heard.job.export(wanted)
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=4 * TIMEOUT_MS)
    (sentence,) = (news[2] for news in heard.news if news[0] == "refused")
    assert "\n" not in str(sentence)


def test_a_film_is_measured_and_without_a_person_in_it_nothing_is_exported(heard, tmp_path, qtbot):
    film = write_film(tmp_path / "empty.mp4", [np.full((48, 64, 3), 90, np.uint8)] * 10)
    heard.job.look_at(film)
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=TIMEOUT_MS)
    assert heard.news[0][1] == Extent(10, pytest.approx(0.4, abs=0.05), 25.0)
    heard.job.export(replace(order(film, "empty.trc"), name="empty"))
    qtbot.waitUntil(lambda: not heard.job.busy, timeout=4 * TIMEOUT_MS)
    (sentence,) = (news[1] for news in heard.news if news[0] == "failed")
    assert "\n" not in str(sentence)
    assert not (tmp_path / "out" / "empty.trc").exists()
