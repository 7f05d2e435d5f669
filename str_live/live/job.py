"""A headless run in a process of its own, for the window, which goes on meanwhile. No Qt.

In: settings and options of the command line. Out: how far it is, and what a headless run reports.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from str_live.live.command_line import Options
from str_live.settings import Settings

Progress = Callable[[int, int | None], None]
"""Takes how many pictures are done, and of how many; None where that is not known."""
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class JobEnd:
    """What came of a run."""

    line: dict[str, Any] | None
    """As run_headless prints it; None where it could not begin, or where its process broke down."""
    troubles: tuple[str, ...]
    """Sentences of what went wrong."""


def run_job(settings: Settings, options: Options, progress: Progress, cancelled: threading.Event) -> JobEnd:
    """Run to the end, or until `cancelled`: what is written is made whole then. Waits; any thread."""
    context = multiprocessing.get_context("spawn")  # a fork would inherit locks that other threads hold
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, settings, options), name="headless", daemon=True)
    process.start()
    theirs.close()
    try:
        return _follow(ours, progress, cancelled)
    finally:
        ours.close()
        process.join()


def _follow(connection: Connection, progress: Progress, cancelled: threading.Event) -> JobEnd:
    """Hand on what the process says, until its end."""
    end = JobEnd(None, ("The process that ran it broke down: the terminal says why.",))
    told = False
    while True:
        if cancelled.is_set() and not told:
            told = True
            connection.send("stop")
        try:
            if not connection.poll(_POLL_S):
                continue
            message = connection.recv()
        except (EOFError, OSError):
            return end
        if isinstance(message, JobEnd):
            end = message
        else:
            progress(*message)


def _run(connection: Connection, settings: Settings, options: Options) -> None:
    """The process."""
    from str_live.process import prepare_to_run, report_everything

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the window, and that this
    report_everything(logging.WARNING)
    prepare_to_run()
    from str_live.live.headless import Run
    from str_live.stopping import Stopping

    stopping = Stopping()
    waiter = threading.Thread(target=_await_stop, args=(connection, stopping.request), daemon=True)
    waiter.start()
    if connection.poll():  # it was cancelled while this process began
        waiter.join()

    def report(line: dict[str, Any] | None, troubles: list[str]) -> None:
        connection.send(JobEnd(line, tuple(troubles)))

    def progress(done: int, total: int | None) -> None:
        connection.send((done, total))

    Run(settings, options, stopping, bar=False, report=report, progress=progress).run()


def _await_stop(connection: Connection, request: Callable[[int], None]) -> None:
    """Ask for the end when the window does, or when it is gone."""
    with contextlib.suppress(EOFError, OSError):
        connection.recv()
    request(signal.SIGTERM)
