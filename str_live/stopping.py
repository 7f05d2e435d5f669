"""Ends the program on Ctrl-C, kill and a closed terminal. In: signals. Out: a request that loops look at.

No handler raises: an exception inside native code or while a lock is held could destroy what is being
written. A separate thread receives the signals even while the main thread is inside native code (a source
that hangs, a file that loads), and ends the process where nobody acknowledges the request in time.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
PATIENCE_S = 4.0
"""From the request to the forced end: less than Docker (10 s) and Windows (5 s) wait before they kill."""


def handled_signals() -> list[signal.Signals]:
    """Those of SIGNALS that this process was not started to ignore, as `nohup` does with SIGHUP."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


class Stopping:
    """Whether the program was asked to end, and by which signal; only the first counts. Any thread."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._requested, self._acknowledged = threading.Event(), threading.Event()
        self._signal = 0
        self.on_request: Callable[[], None] = _nothing
        """Called once, on the thread that receives the request: to wake an event loop."""
        self.on_overdue: Callable[[], None] = _nothing
        """Called on a separate thread if the request is not acknowledged in time; then the process ends."""

    @property
    def requested(self) -> bool:
        """Whether to end."""
        return self._requested.is_set()

    @property
    def name(self) -> str:
        """'SIGTERM' ...; '' while nothing was requested."""
        return signal.Signals(self._signal).name if self._signal else ""

    @property
    def status(self) -> int:
        """The exit status by shells' convention, 128 + the signal's number; 0 while nothing was requested."""
        return 128 + self._signal if self._signal else 0

    def request(self, number: int) -> None:
        """Ask for the end, as the signal `number` does; the first request counts."""
        if not self.requested:
            self._signal = number
            self._requested.set()
            self.on_request()

    def acknowledge(self) -> None:
        """The program is ending in order, however long that takes: the process is not to be cut off."""
        self._acknowledged.set()

    def wait_acknowledged(self) -> bool:
        """Whether `acknowledge` was called in time."""
        return self._acknowledged.wait(self._patience_s)


def _nothing() -> None:
    pass


@contextmanager
def watched_signals(stopping: Stopping) -> Iterator[Stopping]:
    """Between `with` and its end signals are requests. Main thread, once in a process."""
    receiving, sending = socket.socketpair()
    sending.setblocking(False)
    before = {number: signal.signal(number, _note) for number in handled_signals()}
    wake_before = signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=_listen, args=(receiving, stopping), name="signals", daemon=True)
    listener.start()
    unwatch_console = _watch_console(stopping)
    try:
        yield stopping
    finally:
        stopping.acknowledge()
        unwatch_console()
        signal.set_wakeup_fd(wake_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        sending.close()
        listener.join()
        receiving.close()


def _note(number: int, frame: FrameType | None) -> None:
    """Only keeps the system from ending the process: the number reaches `_listen` by the socket."""


def _listen(receiving: socket.socket, stopping: Stopping) -> None:
    """The thread that receives signals; ends when the other end of the socket is closed."""
    while numbers := receiving.recv(16):
        if stopping.requested:
            continue
        stopping.request(numbers[0])
        threading.Thread(target=_end_if_overdue, args=(stopping,), name="forced end", daemon=True).start()


def _end_if_overdue(stopping: Stopping) -> None:
    """End the process where the request is not acknowledged in time."""
    if stopping.wait_acknowledged():
        return
    try:
        stopping.on_overdue()
    finally:
        os._exit(stopping.status)


def _watch_console(stopping: Stopping) -> Callable[[], None]:
    """Windows: notice a closed console, a logoff and a shutdown. Returns what undoes it."""
    if sys.platform != "win32":
        return _nothing
    import ctypes

    kernel = ctypes.WinDLL("kernel32")

    @ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)
    def handler(event: int) -> int:
        if event not in (2, 5, 6):  # CTRL_CLOSE, CTRL_LOGOFF, CTRL_SHUTDOWN; others come as signals
            return 0
        stopping.request(signal.SIGBREAK)
        _end_if_overdue(stopping)
        threading.Event().wait()  # the system ends the process as soon as this returns, or after 5 s
        return 1

    kernel.SetConsoleCtrlHandler(handler, 1)
    return lambda: kernel.SetConsoleCtrlHandler(handler, 0)
