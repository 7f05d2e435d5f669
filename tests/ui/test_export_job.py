"""The export's thread: every file is announced, every trouble is one sentence, nothing half written stays."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from str_live.export import EXPORTERS, Exporter, ExportError, FormatOptions, TakeOptions
from str_live.ui.export_job import ExportJob, Extent, Order
from tests.ui.recorded import FPS, FRAMES, record

TIMEOUT_MS = 60_000


class Heard:
    """A job, and what it announced, in order."""

    def __init__(self) -> None:
        self.job = ExportJob()
        self.news: list[tuple[object, ...]] = []
        for name in ("measured", "begun", "written", "refused", "failed", "ended"):
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
