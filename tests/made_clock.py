"""A clock of a test's own: time passes only while somebody sleeps, however busy the machine is."""

from __future__ import annotations


class MadeClock:
    """Stands in for the module `time` where sources wait for their pictures."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def perf_counter(self) -> float:
        return self.now_s

    def perf_counter_ns(self) -> int:
        return round(self.now_s * 1e9)

    def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)
