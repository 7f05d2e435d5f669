"""A one-slot mailbox between two threads: the newest value wins, and what was overwritten is counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One-slot mailbox: `put` never blocks, `get` returns the newest value once per reader.

    Values are numbered from 1. Each reader remembers the last number it got, so several may read one slot.
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

    def get(self, after: int, timeout: float | None = None) -> tuple[int, T | None]:
        """The newest number and value; (`after`, None) if none above `after` comes in `timeout` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._number > after or self._closed, timeout)
            if self._number <= after:
                return after, None
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
