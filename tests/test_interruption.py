"""Long commands end with one sentence and the signal's status; what has a state saves it first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from str_live.interruption import Interrupted, Interruption, interruptible, workers_end_too

SLEEP_S = 300.0
ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals as on POSIX")
COMMAND = """
import time
from str_live.interruption import Interrupted, Interruption, interruptible
with interruptible("the same command goes on"):
    {body}
"""
WAITS = """print("ready", flush=True)
    time.sleep(60)"""
KEEPS = """with Interruption() as interruption:
        print("ready", flush=True)
        while not interruption.requested: time.sleep(0.01)
        raise Interrupted("kept after 3 steps")"""


def touch_and_sleep(path: Path) -> None:
    path.touch()
    time.sleep(SLEEP_S)


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(
    ("body", "sentence"), [(WAITS, "stopped: the same command goes on\n"), (KEEPS, "kept after 3 steps\n")]
)
def test_a_command_ends_with_a_sentence_and_the_signals_status(name, body, sentence):
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND.format(body=body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(getattr(signal, name))
    assert process.communicate(timeout=20)[1] == sentence
    assert process.returncode == 128 + getattr(signal, name)


def test_what_handled_signals_before_does_so_again(capsys):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit), interruptible("start it again"):
        raise Interrupted("kept")
    assert signal.getsignal(signal.SIGTERM) is before
    assert capsys.readouterr().err == "kept\n"


@POSIX
def test_a_forked_worker_that_is_ended_ends_in_silence():
    ready, begun = os.pipe()
    with interruptible("start it again"):
        child = os.fork()
        if child == 0:
            os.write(begun, b"!")
            time.sleep(SLEEP_S)
            os._exit(0)
        os.read(ready, 1)  # Python forgets what came while it forked
        os.kill(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGTERM


def stop_waiting(folder: Path) -> None:
    """Submit five tasks to one worker, and be interrupted during the first."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    with pool, workers_end_too(pool):
        for number in range(5):
            pool.submit(touch_and_sleep, folder / str(number))
        while not list(folder.iterdir()):
            time.sleep(0.05)
        raise KeyboardInterrupt


def test_workers_end_with_the_command_and_begin_nothing_new(tmp_path):
    with pytest.raises(KeyboardInterrupt):  # at once, not after minutes
        stop_waiting(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["0"]


def test_a_second_signal_is_not_held_back():
    with Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
