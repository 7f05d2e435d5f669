"""A one-slot mailbox between two threads: the newest value wins, and what was overwritten is counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One-slot mailbox: `put` never blocks, `get` returns the newest value once per reader.

    Each reader keeps the number it has `seen`, so several may read the same slot.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._value: T | None = None
        self._number = 0
        self._taken = 0
        self._closed = False
        self.dropped = 0
        """Values that were overwritten before anybody took them."""

    def put(self, value: T) -> None:
        """Hand over a value; any thread."""
        with self._condition:
            if self._number > self._taken:
                self.dropped += 1
            self._number += 1
            self._value = value
            self._condition.notify_all()

    def get(self, seen: int, timeout: float | None = None) -> tuple[int, T | None]:
        """The newest value and its number, or (seen, None) if nothing newer came in `timeout` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._number > seen or self._closed, timeout)
            if self._number <= seen:
                return seen, None
            self._taken = self._number
            self._condition.notify_all()
            return self._number, self._value

    def wait_taken(self, timeout: float | None = None) -> bool:
        """Whether a reader has taken the newest value within `timeout` seconds, or the box is closed."""
        with self._condition:
            return self._condition.wait_for(lambda: self._taken >= self._number or self._closed, timeout)

    def close(self) -> None:
        """Wake every waiter for good."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed
