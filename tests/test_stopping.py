"""Signals are wishes: heeded where the program looks, and the last word is spoken where it hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from str_live.stopping import SIGNALS, Stopping, watched_signals

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals as on POSIX")
PROGRAMME = """
import os, signal, sys, time
from str_live.stopping import Stopping, watched_signals
stopping = Stopping(patience_s=0.3)
stopping.last_words = lambda: print("last words", flush=True)
with watched_signals(stopping):
    print("ready", flush=True)
    {body}
print("ended in order", flush=True)
sys.exit(stopping.status)
"""
HEEDS = "while not stopping.wanted: time.sleep(0.01)\n    stopping.heed(); time.sleep(0.6)"
HEARS_THEN_READS = """while not stopping.wanted: time.sleep(0.01)
    stopping.heed(); print("heard", flush=True); sys.stdin.readline()"""
HANGS = "os.read(os.pipe()[0], 1)"


def start(body: str, **options) -> subprocess.Popen:
    """A process that runs `body` while signals are watched, once it does so."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAMME.format(body=body)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **options,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_is_heeded_ends_the_program_in_order(name):
    process = start(HEEDS)
    process.send_signal(getattr(signal, name))
    assert process.communicate(timeout=20)[0] == "ended in order\n"
    assert process.returncode == 128 + getattr(signal, name)


@POSIX
def test_further_signals_change_nothing():
    process = start(HEARS_THEN_READS, stdin=subprocess.PIPE)
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.readline() == "heard\n"
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        process.send_signal(number)
    assert process.communicate("go on\n", timeout=20)[0] == "ended in order\n"
    assert process.returncode == 128 + signal.SIGTERM


@POSIX
def test_a_program_that_hangs_has_its_last_words_and_ends():
    process = start(HANGS)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=20)[0] == "last words\n"
    assert process.returncode == 128 + signal.SIGTERM


@POSIX
def test_a_program_that_was_started_to_outlive_its_terminal_does():
    def deaf() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does

    process = start(HEEDS, preexec_fn=deaf)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM


def test_what_handled_signals_before_does_so_again():
    before = [signal.getsignal(number) for number in SIGNALS]
    with watched_signals(Stopping()):
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_the_first_wish_counts_and_is_told_once():
    told, stopping = [], Stopping()
    stopping.on_wish = lambda: told.append(stopping.name)
    assert (stopping.wanted, stopping.name, stopping.status) == (False, "", 0)
    stopping.tell(signal.SIGTERM)
    stopping.tell(signal.SIGINT)
    assert told == ["SIGTERM"]
    assert (stopping.wanted, stopping.status) == (True, 143)


def test_the_wish_wakes_whoever_waits_for_it(tmp_path):
    with watched_signals(Stopping()) as stopping:
        os.kill(os.getpid(), signal.SIGINT) if os.name == "posix" else stopping.tell(signal.SIGINT)
        deadline = time.monotonic() + 10
        while not stopping.wanted and time.monotonic() < deadline:
            time.sleep(0.01)
    assert stopping.status == 130
