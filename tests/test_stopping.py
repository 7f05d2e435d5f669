"""Signals ask the program to end: in order where it looks at the request, by force where it hangs."""

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
PROGRAM = """
import os, signal, sys, time
from str_live.stopping import Stopping, watched_signals
stopping = Stopping(patience_s=0.3)
stopping.on_overdue = lambda: print("overdue", flush=True)
{prepare}
with watched_signals(stopping):
    print("ready", flush=True)
    {body}
print("ended in order", flush=True)
sys.exit(stopping.status)
"""
ACKNOWLEDGES = "stopping.on_request = stopping.acknowledge"
"""On the thread of the signals, before the patience begins to run out: no busy machine comes in between."""
TAKES_ITS_TIME = "while not stopping.requested: time.sleep(0.01)\n    time.sleep(2 * 0.3)"
READS_THEN = """while not stopping.requested: time.sleep(0.01)
    print("requested", flush=True); sys.stdin.readline()"""
HANGS = "os.read(os.pipe()[0], 1)"


def hear_interrupts() -> None:
    """Shells start what runs in the background with SIGINT ignored, these tests perhaps among it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def start(body: str, prepare: str = ACKNOWLEDGES, **options) -> subprocess.Popen:
    """A process that runs `body` while signals are watched, once it does so."""
    if os.name == "posix":
        options.setdefault("preexec_fn", hear_interrupts)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body, prepare=prepare)],
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
def test_a_request_that_is_acknowledged_ends_the_program_in_order(name):
    process = start(TAKES_ITS_TIME)
    process.send_signal(getattr(signal, name))
    assert process.communicate(timeout=20)[0] == "ended in order\n"
    assert process.returncode == 128 + getattr(signal, name)


@POSIX
def test_further_signals_change_nothing():
    process = start(READS_THEN, stdin=subprocess.PIPE)
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.readline() == "requested\n"
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        process.send_signal(number)
    assert process.communicate("go on\n", timeout=20)[0] == "ended in order\n"
    assert process.returncode == 128 + signal.SIGTERM


@POSIX
def test_a_program_that_hangs_is_ended_after_its_last_chance_to_save():
    process = start(HANGS, prepare="")
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=20)[0] == "overdue\n"
    assert process.returncode == 128 + signal.SIGTERM


@POSIX
def test_a_program_that_was_started_to_outlive_its_terminal_does():
    def ignore_hangup() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does

    process = start(TAKES_ITS_TIME, preexec_fn=ignore_hangup)
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


def test_the_first_request_counts_and_is_reported_once():
    reported, stopping = [], Stopping()
    stopping.on_request = lambda: reported.append(stopping.name)
    assert (stopping.requested, stopping.name, stopping.status) == (False, "", 0)
    stopping.request(signal.SIGTERM)
    stopping.request(signal.SIGINT)
    assert reported == ["SIGTERM"]
    assert (stopping.requested, stopping.status) == (True, 143)


def test_a_signal_reaches_the_loop_that_looks_at_the_request():
    with watched_signals(Stopping()) as stopping:
        signal.raise_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while not stopping.requested and time.monotonic() < deadline:
            time.sleep(0.01)
    assert stopping.status == 128 + signal.SIGTERM
