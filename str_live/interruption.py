"""How commands that take long end on a signal: a training finishes its step, each says how to go on.

Ctrl-C, SIGTERM (kill, a cluster) and SIGHUP (a closed terminal) are treated alike. For the main thread.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from str_live.console import complain
from str_live.stopping import handled_signals

_received: list[int] = []
"""Signals that this process was sent; the first one gives the exit status."""


class Interrupted(Exception):
    """The run was asked to end and has saved its state; the message says how to go on."""


class Interruption:
    """Between `with` and its end the first signal is only noted; a second one acts as without it.

    For the main thread, where signals arrive.
    """

    def __init__(self) -> None:
        self.requested = False
        """Whether a signal asked the run to end."""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        for number in handled_signals():
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore_handlers()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        _received.append(number)
        self._restore_handlers()

    def _restore_handlers(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


@contextmanager
def interruptible(how_to_go_on: str) -> Iterator[None]:
    """Between `with` and its end signals raise KeyboardInterrupt, which ends the command with one sentence.

    What has a state to save uses Interruption inside. The exit status is 128 plus the signal's number.
    """
    process = os.getpid()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if os.getpid() != process:  # a forked worker ends as it would without us
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        _received.append(number)
        raise KeyboardInterrupt

    _received.clear()
    before = {number: signal.signal(number, interrupt) for number in handled_signals()}
    try:
        yield
    except (KeyboardInterrupt, Interrupted) as end:
        complain(str(end) or f"stopped: {how_to_go_on}")
        raise SystemExit(128 + (_received or [signal.SIGINT])[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def workers_end_too(pool: ProcessPoolExecutor) -> Iterator[None]:
    """While a pool's results are awaited: an exception ends the workers too and starts no further task.

    A training in a worker saves its state, as SIGTERM is noted there.
    """
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()
        raise
