"""Files are written whole or not at all, and the program finds what came with it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from str_live.files import ASSETS, FREE_BODY, SHADERS, cache_folder, written_whole


def test_what_came_with_the_program_is_found():
    assert FREE_BODY.is_file()
    assert (ASSETS / "icon.png").is_file()
    assert (SHADERS / "mesh.vert").is_file()


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "scores.json"
    with written_whole(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "scores.json"
    path.write_text("old")
    with pytest.raises(IsADirectoryError):
        _write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def _write_half(path):
    with written_whole(path) as partial:
        partial.write_text("hal")
        path.parent.write_text("fails: a folder")


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_a_file_gets_the_rights_of_any_new_one(tmp_path):
    (tmp_path / "usual").touch()
    with written_whole(tmp_path / "own") as partial:
        partial.touch(mode=0o600)
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "usual").stat().st_mode
    )


def test_the_users_cache_folder_is_respected(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/str-live")
