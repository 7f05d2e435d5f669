"""Ends the program when the system says so: Ctrl-C, kill, a closed terminal. In: signals. Out: a wish.

No handler raises: an exception amid native code or while a lock is held could cost what is being written.
Loops look at the wish instead. A thread of its own hears of a signal even while the main thread is inside
native code (a source that hangs, a file that loads), and has the last word where nobody heeds it.
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
"""From the wish to the last word: half of what Docker waits before it kills, less than Windows gives."""


def heard_signals() -> list[signal.Signals]:
    """Those of SIGNALS that this process was not started deaf to: `nohup` means that SIGHUP ends nothing."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


class Stopping:
    """Whether the program was told to end, and by what. Any thread may ask; only the first signal counts."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._wanted, self._heeded = threading.Event(), threading.Event()
        self._signal = 0
        self.on_wish: Callable[[], None] = _nothing
        """Called once when the wish comes, on the thread that hears of it: wakes an event loop."""
        self.last_words: Callable[[], None] = _nothing
        """Called on that thread where the wish was not heeded in time; then the process ends."""

    @property
    def wanted(self) -> bool:
        """Whether to end."""
        return self._wanted.is_set()

    @property
    def name(self) -> str:
        """'SIGTERM' ...; '' where nobody wants the end."""
        return signal.Signals(self._signal).name if self._signal else ""

    @property
    def status(self) -> int:
        """The exit status that shells know for it, 128 + its number; 0 where nobody wants the end."""
        return 128 + self._signal if self._signal else 0

    def tell(self, number: int) -> None:
        """Wish for the end; the first wish counts."""
        if not self.wanted:
            self._signal = number
            self._wanted.set()
            self.on_wish()

    def heed(self) -> None:
        """The program is about to end in order, however long that takes: no last word is needed."""
        self._heeded.set()

    def wait_heeded(self) -> bool:
        """Whether `heed` was called in time."""
        return self._heeded.wait(self._patience_s)


def _nothing() -> None:
    pass


@contextmanager
def watched_signals(stopping: Stopping) -> Iterator[Stopping]:
    """Between `with` and its end signals are wishes. Main thread, once in a process."""
    receiving, sending = socket.socketpair()
    sending.setblocking(False)
    before = {number: signal.signal(number, _note) for number in heard_signals()}
    wake_before = signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=_listen, args=(receiving, stopping), name="signals", daemon=True)
    listener.start()
    forget_console = _watch_console(stopping)
    try:
        yield stopping
    finally:
        stopping.heed()
        forget_console()
        signal.set_wakeup_fd(wake_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        sending.close()
        listener.join()
        receiving.close()


def _note(number: int, frame: FrameType | None) -> None:
    """Only keeps the system from ending the process: the number reaches `_listen` by the socket."""


def _listen(receiving: socket.socket, stopping: Stopping) -> None:
    """The thread that hears of signals; ends when the other end of the socket is closed."""
    while numbers := receiving.recv(16):
        if stopping.wanted:
            continue
        stopping.tell(numbers[0])
        threading.Thread(target=_insist, args=(stopping,), name="last word", daemon=True).start()


def _insist(stopping: Stopping) -> None:
    """End the process where the wish is not heeded."""
    if stopping.wait_heeded():
        return
    try:
        stopping.last_words()
    finally:
        os._exit(stopping.status)


def _watch_console(stopping: Stopping) -> Callable[[], None]:
    """Windows: hear of a closed console, a logoff and a shutdown; gives what undoes it. Nothing elsewhere."""
    if sys.platform != "win32":
        return _nothing
    import ctypes

    kernel = ctypes.WinDLL("kernel32")

    @ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)
    def handler(event: int) -> int:
        if event not in (2, 5, 6):  # CTRL_CLOSE, CTRL_LOGOFF, CTRL_SHUTDOWN; others come as signals
            return 0
        stopping.tell(signal.SIGBREAK)
        _insist(stopping)
        threading.Event().wait()  # the system ends the process as soon as this returns, or after 5 s
        return 1

    kernel.SetConsoleCtrlHandler(handler, 1)
    return lambda: kernel.SetConsoleCtrlHandler(handler, 0)
