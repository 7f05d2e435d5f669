"""How long commands end when told to: a training finishes its step, all say how to go on. Main thread.

Ctrl-C, SIGTERM (kill, a cluster) and SIGHUP (a closed terminal) are one and the same to them.
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
from str_live.stopping import heard_signals

_came: list[int] = []
"""Signals of this process, the first of which the exit status tells."""


class Interrupted(Exception):
    """The run was told to end and has kept its state; the message says how to go on."""


class Interruption:
    """Between `with` and its end the first signal is only noted; a second one acts as it always did.

    For the main thread, where signals arrive.
    """

    def __init__(self) -> None:
        self.wanted = False
        """Whether the run was told to end."""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        for number in heard_signals():
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True
        _came.append(number)
        self._give_back()

    def _give_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


@contextmanager
def interruptible(how_to_go_on: str) -> Iterator[None]:
    """A command between `with` and its end: signals are KeyboardInterrupt, which ends it with one sentence.

    What has a state to keep does so with Interruption. The exit status is 128 and the signal's number.
    """
    process = os.getpid()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if os.getpid() != process:  # a forked worker ends as it would without us
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        _came.append(number)
        raise KeyboardInterrupt

    _came.clear()
    before = {number: signal.signal(number, interrupt) for number in heard_signals()}
    try:
        yield
    except (KeyboardInterrupt, Interrupted) as end:
        complain(str(end) or f"stopped: {how_to_go_on}")
        raise SystemExit(128 + (_came or [signal.SIGINT])[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def workers_end_too(pool: ProcessPoolExecutor) -> Iterator[None]:
    """While a pool's results are waited for: who stops waiting ends the workers too, and begins nothing new.

    A training in one of them keeps its state, as SIGTERM is noted there.
    """
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()
        raise
