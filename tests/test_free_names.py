"""Names that two windows choose in the same second are two."""

from __future__ import annotations

from pathlib import Path

import pytest

from str_live.record import names as free_names
from str_live.record.names import free_path


@pytest.fixture(autouse=True)
def same_second(monkeypatch):
    monkeypatch.setattr(free_names.time, "strftime", lambda _: "2026-01-31_12-00-00")


def test_names_of_the_same_second_are_taken_once(tmp_path: Path):
    folder = tmp_path / "recordings"
    names = [free_path(folder, ".npz").name for _ in range(3)]
    assert names == ["2026-01-31_12-00-00.npz", "2026-01-31_12-00-00_2.npz", "2026-01-31_12-00-00_3.npz"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.part" for name in names)


def test_a_name_is_free_for_all_suffixes_or_not_taken(tmp_path: Path):
    (tmp_path / "2026-01-31_12-00-00.mp4").write_bytes(b"a film")
    (tmp_path / "2026-01-31_12-00-00_2.mp4.part").write_bytes(b"one that is being made")
    assert free_path(tmp_path, ".npz", ".mp4").name == "2026-01-31_12-00-00_3.npz"
    assert not list(tmp_path.glob("*_2.npz*"))


def test_a_recorder_takes_a_reserved_name_over(tmp_path: Path):
    from str_live.messages import RecordingInfo
    from str_live.record import NpzRecorder
    from str_live.settings import Settings
    from tests.record.synthetic_results import result

    path, recorder = free_path(tmp_path, ".npz"), NpzRecorder()
    recorder.start(path, RecordingInfo(Settings(), "", "", ""))
    recorder.write(result(0))
    assert recorder.stop() == path
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
