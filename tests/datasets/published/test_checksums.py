"""MD5 of databases: right, and of large files computed only once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from str_live.datasets.published import checksums
from str_live.datasets.published.checksums import md5_of


@pytest.fixture(autouse=True)
def _large_means_ten_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(checksums, "LARGE_BYTES", 10)
    monkeypatch.setattr(checksums, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def reads(monkeypatch) -> list[Path]:
    """The files that were read for their md5."""
    seen, compute = [], checksums._computed
    monkeypatch.setattr(checksums, "_computed", lambda path, **how: seen.append(path) or compute(path, **how))
    return seen


def test_a_large_file_is_read_once_and_again_when_it_changed(tmp_path, reads):
    path = tmp_path / "a.h5"
    for content in (b"a" * 20, b"b" * 20):
        path.write_bytes(content)
        os.utime(path, ns=(0, content[0]))
        for _ in range(3):
            assert md5_of(path) == hashlib.md5(content).hexdigest()
    assert reads == [path, path]


def test_a_small_file_is_not_remembered(tmp_path, reads):
    path = tmp_path / "a.pt"
    path.write_bytes(b"small")
    assert md5_of(path) == md5_of(path) == hashlib.md5(b"small").hexdigest()
    assert len(reads) == 2
    assert not (tmp_path / "cache").exists()


def test_files_of_one_name_are_told_apart(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.h5").write_bytes(folder.encode() * 5)
        os.utime(tmp_path / folder / "a.h5", ns=(0, 0))
    assert md5_of(tmp_path / "one" / "a.h5") != md5_of(tmp_path / "two" / "a.h5")


def test_without_a_place_to_remember_it_is_still_right(tmp_path, monkeypatch, caplog):
    (tmp_path / "cache").write_text("no folder")
    path = tmp_path / "a.h5"
    path.write_bytes(b"a" * 20)
    assert md5_of(path) == hashlib.md5(b"a" * 20).hexdigest()
    assert "computed again next time" in caplog.text


def test_damaged_notes_are_ignored(tmp_path, reads):
    path = tmp_path / "a.h5"
    path.write_bytes(b"a" * 20)
    md5_of(path)
    (note,) = (tmp_path / "cache" / "md5").iterdir()
    note.write_text("{")
    assert md5_of(path) == hashlib.md5(b"a" * 20).hexdigest()
    assert len(reads) == 2
