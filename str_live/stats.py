"""Stage times and rates over fixed rings: what the status bar, the headless line and the bench print."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


class StageTimer:
    """Milliseconds per named stage, the last `length` of each."""

    def __init__(self, length: int = 300) -> None:
        self._length = length
        self._rings: dict[str, deque[float]] = {}
        self.current: dict[str, float] = {}
        """Milliseconds per stage since the last `new_tick`."""

    def new_tick(self) -> None:
        """Forget the current tick's figures; the rings stay."""
        self.current = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the enclosed block as stage `name`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, (time.perf_counter() - start) * 1e3)

    def add(self, name: str, milliseconds: float) -> None:
        """Count a duration that was measured elsewhere."""
        self.current[name] = self.current.get(name, 0.0) + milliseconds
        self._rings.setdefault(name, deque(maxlen=self._length)).append(milliseconds)

    def summary(self) -> dict[str, dict[str, float]]:
        """Median and 95th percentile per stage, milliseconds."""
        return {
            name: {"median": float(np.median(ring)), "p95": float(np.percentile(ring, 95))}
            for name, ring in self._rings.items()
        }


class RateMeter:
    """Events per second over the last `seconds`."""

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()

    def tick(self, now: float | None = None) -> None:
        """Count one event."""
        now = time.perf_counter() if now is None else now
        self._times.append(now)
        while self._times and now - self._times[0] > self._seconds:
            self._times.popleft()

    def rate(self, now: float | None = None) -> float:
        """Events per second, 0 when nothing came lately."""
        now = time.perf_counter() if now is None else now
        recent = [t for t in self._times if now - t <= self._seconds]
        return (
            (len(recent) - 1) / (recent[-1] - recent[0])
            if len(recent) > 1 and recent[-1] > recent[0]
            else 0.0
        )
