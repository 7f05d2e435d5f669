"""Runs the detector half of the next frame while the caller runs the network half of this one.

One call at a time: between `begin` and the `result` that it gives, what the call works on belongs to the
thread, else to the caller.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class DetectorThread(Generic[T]):
    """A thread that makes calls, the one begun before each `result`. A context manager."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], T] | None] = SimpleQueue()
        self._answers: SimpleQueue[Callable[[], T]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="detector", daemon=True)
        self._thread.start()

    def begin(self, call: Callable[[], T]) -> None:
        """Have it called on the thread; returns at once."""
        self._calls.put(call)

    def result(self) -> T:
        """What the call begun last gave, once it is there; raises what it raised."""
        return self._answers.get()()

    def close(self) -> None:
        """Wait for a call that runs, whose result is lost, and end the thread."""
        self._calls.put(None)
        self._thread.join()

    def __enter__(self) -> DetectorThread[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            self._answers.put(_answer(call))


def _answer(call: Callable[[], T]) -> Callable[[], T]:
    """Make the call; what gives its value or raises its error to the caller."""
    try:
        value = call()
    except Exception as error:
        raised = error

        def fail() -> T:
            raise raised

        return fail
    return lambda: value
