"""A headless run that is told to end keeps its recording and says what it did, wherever it was."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from str_live.camera.clip import CLIP_FOLDER

ROOT = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals as on POSIX")


def start(*arguments: object) -> subprocess.Popen:
    """The whole program, in a process of its own."""
    line = [sys.executable, "main.py", "--headless", "--device", "cpu", *map(str, arguments)]
    return subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=hear_interrupts if hasattr(signal, "SIGHUP") else None,
    )


def hear_interrupts() -> None:
    """Shells start what runs in the background with SIGINT ignored, these tests perhaps among it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def wait_for(path: Path, size: int = 1, seconds: float = 60) -> None:
    """Until the file is there and that long."""
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.stat().st_size >= size):
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.05)


@POSIX
@pytest.mark.skipif(not (CLIP_FOLDER / "clip.mp4").is_file(), reason="the built-in clip is not there")
def test_two_signals_at_once_finish_the_recording_and_print_the_line(tmp_path):
    out = tmp_path / "out.npz"
    process = start("--source", "clip", "--realtime", "--record", out)
    wait_for(tmp_path / "out.npz.part", 20_000)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)
    printed, said = process.communicate(timeout=60)
    told = json.loads(printed)
    # The system may deliver two signals that wait in any order: the first that arrives counts.
    assert (process.returncode, told["stopped"]) in {(143, "SIGTERM"), (129, "SIGHUP")}, said
    assert told["recording"] == str(out)
    with np.load(out, allow_pickle=False) as file:
        assert len(file["poses"]) == told["frames"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.npz"]


@POSIX
def test_a_source_that_hangs_when_it_is_opened_ends_with_the_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        out = tmp_path / "out.npz"
        process = start("--source", f"http://127.0.0.1:{server.getsockname()[1]}/video", "--record", out)
        connection, _ = server.accept()  # and never a word
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
        connection.close()
    assert (process.returncode, json.loads(printed)["stopped"]) == (130, "SIGINT"), said
    assert json.loads(printed)["frames"] == 0
    assert not out.exists()
