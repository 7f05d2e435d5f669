"""Without a screen the program does its main job all the same; with one that it cannot open, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from str_live.files import CLIP_FOLDER
from str_live.ui.screen import no_screen
from str_live.view.headless import create_context, release_context

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def asked_anew():
    no_screen.cache_clear()
    yield
    no_screen.cache_clear()


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a folder of its own, on a machine without a screen."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, ROOT / "main.py", *arguments],
        cwd=folder,
        env={**clean, "XDG_CONFIG_HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def sentences(ended: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in ended.stderr.splitlines() if line.startswith("main.py: ")]


def test_the_built_in_clip_is_recorded_and_filmed(tmp_path):
    if not (CLIP_FOLDER / "clip.mp4").is_file():
        pytest.skip("the built-in clip is not there")
    try:
        release_context(create_context())
    except RuntimeError as error:
        pytest.skip(str(error))
    ended = start(tmp_path, "--frames", "6")
    assert ended.returncode == 0, ended.stderr
    why, record, film = sentences(ended)
    assert why.startswith(
        "main.py: There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set): the built-in"
    )
    told = json.loads(ended.stdout)
    assert record == f"main.py: The recording is {told['recording']}."
    assert film == f"main.py: The film is {told['film']}."
    assert "6/6" in ended.stderr, "the bar"
    with np.load(tmp_path / told["recording"]) as recorded, av.open(str(tmp_path / told["film"])) as opened:
        assert len(recorded["poses"]) == len(list(opened.decode(video=0))) == 6
    assert [path.parent.name for path in tmp_path.glob("*/*.mp4")] == ["recordings"]


def test_a_display_that_cannot_be_opened_is_no_screen(monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    if sys.platform.startswith("linux"):
        assert no_screen() == "could not connect to display :4711"


@pytest.mark.parametrize("platform", ["offscreen", "minimal"])
def test_a_platform_that_needs_no_screen_is_taken_at_its_word(monkeypatch, platform):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert no_screen() == ""


def test_the_display_that_tests_run_on_is_a_screen():
    if not os.environ.get("DISPLAY") or os.environ.get("QT_QPA_PLATFORM"):
        pytest.skip("no display: run under xvfb-run")
    assert no_screen() == ""


def test_a_picture_of_the_window_needs_a_screen(tmp_path):
    ended = start(tmp_path, "--screenshot", "window.png")
    assert ended.returncode == 2
    assert "xvfb-run" in sentences(ended)[0]
    assert len(ended.stderr.splitlines()) == 1
