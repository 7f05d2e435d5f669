"""Figures of the last seconds, on one clock that runs on when a clip starts again: what live plots draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from str_live.messages import Frame

HISTORY_SECONDS = 10.0
CAPACITY = 900
"""Rows in a ring: ten seconds at 90 a second."""
Curve = tuple[str, str]
"""Kind and name: curves of a kind share a plot."""


class TimeRings:
    """One ring of times, and one of figures for each curve. GUI thread."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._times = np.full(CAPACITY, -np.inf)
        self._values: dict[Curve, np.ndarray] = {}
        self._offset = 0.0
        self._epoch: int | None = None
        self.now_s = 0.0
        """Time of the newest frame on the rings' own clock."""

    def follow(self, frame: Frame) -> None:
        """Take the clock of the newest frame."""
        if frame.epoch != self._epoch:
            # A clip that starts again rewinds its clock: ours runs on, with a gap of one frame.
            self._offset = self.now_s + 1 / 30 - frame.time_s if self._epoch is not None else -frame.time_s
            self._epoch = frame.epoch
            self._append(self.now_s, {})
        self.now_s = frame.time_s + self._offset

    def push(self, time_s: float, values: Mapping[Curve, float]) -> None:
        """Append figures by curve, of a moment on the source's clock; curves without one get a gap."""
        self._append(time_s + self._offset, values)

    def _append(self, time_s: float, values: Mapping[Curve, float]) -> None:
        self._times[:-1] = self._times[1:]
        self._times[-1] = time_s
        for key in values:
            if key not in self._values:
                self._values[key] = np.full(CAPACITY, np.nan)
        for key, ring in self._values.items():
            ring[:-1] = ring[1:]
            ring[-1] = values.get(key, np.nan)

    def curve(self, kind: str, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(N,) seconds before now (negative) and (N,) figures; NaN is a gap."""
        ring = self._values.get((kind, name))
        if ring is None:
            return np.empty(0), np.empty(0)
        start = int(np.searchsorted(self._times, self.now_s - HISTORY_SECONDS))
        return self._times[start:] - self.now_s, ring[start:].copy()

    def means(self, kind: str) -> dict[str, float]:
        """Mean over the last ten seconds of each curve of a kind that has figures in them."""
        means = {}
        for name in (name for which, name in self._values if which == kind):
            values = self.curve(kind, name)[1]
            if np.isfinite(values).any():
                means[name] = float(np.nanmean(values))
        return means

    def highest(self, kind: str) -> float:
        """98th percentile over all curves of a kind: what the axis should reach, spikes left out."""
        curves = [self.curve(kind, name)[1] for which, name in self._values if which == kind]
        values = np.concatenate(curves) if curves else np.empty(0)
        values = values[np.isfinite(values)]
        return float(np.percentile(values, 98)) if len(values) else 0.0
