"""The last ten seconds of acceleration samples, on one clock that runs on when a clip starts again.

Also the texts that all plots of them share: units, axes, references.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from str_live.messages import AccelerationSample, BodyResult

HISTORY_SECONDS = 10.0
MARKS = 6
"""Changes remembered: more lines cannot be read."""
UNIT_NOTE = "mm/frame² (30 fps)"
_AXIS_STEPS = (5, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 1000, 2000, 5000)
_CAPACITY = 900
"""Samples in a ring: ten seconds at 90 a second."""


class AccelerationHistory:
    """Rings of errors and magnitudes per curve. GUI thread."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._times = np.full(_CAPACITY, -np.inf)
        self._values: dict[tuple[str, str], np.ndarray] = {}
        self._offset = 0.0
        self._epoch: int | None = None
        self.now_s = 0.0
        """Time of the newest frame on the history's own clock."""
        self.reference = ""
        """What the newest errors were measured against, '' before the first and where there is nothing."""
        self.no_reference = ""
        """Why the newest sample has no reference; '' where it has one."""
        self.marks: deque[tuple[float, str]] = deque(maxlen=MARKS)
        """Times at which the network was changed, on the history's own clock, and what it became."""
        self.delay_s = 0.0
        """How far the newest sample lies behind the newest frame."""

    def add(self, result: BodyResult) -> None:
        """Take the clock, and the sample where there is one, of a result."""
        frame = result.frame
        if frame.epoch != self._epoch:
            # A clip that starts again rewinds its clock: ours runs on, with a gap of one frame.
            self._offset = self.now_s + 1 / 30 - frame.time_s if self._epoch is not None else -frame.time_s
            self._epoch = frame.epoch
            self._push(self.now_s, {})
        self.now_s = frame.time_s + self._offset
        if result.acceleration is not None:
            self._add_sample(result.acceleration)

    def mark(self, text: str) -> None:
        """Remember that something was changed now."""
        self.marks.append((self.now_s, text))

    def visible_marks(self) -> list[tuple[float, str]]:
        """Seconds before now (negative) and text of the changes of the last ten seconds."""
        return [(t - self.now_s, text) for t, text in self.marks if self.now_s - t < HISTORY_SECONDS]

    def _add_sample(self, sample: AccelerationSample) -> None:
        time_s = sample.time_s + self._offset
        self.delay_s = max(self.now_s - time_s, 0.0)
        self.reference = sample.reference if sample.error else ""
        self.no_reference = sample.no_reference
        values = {("error", name): value for name, value in sample.error.items()}
        values |= {("magnitude", name): value for name, value in sample.magnitude.items()}
        self._push(time_s, values)

    def _push(self, time_s: float, values: dict[tuple[str, str], float]) -> None:
        """Append one row; curves without a value get a gap."""
        self._times[:-1] = self._times[1:]
        self._times[-1] = time_s
        for key in values:
            if key not in self._values:
                self._values[key] = np.full(_CAPACITY, np.nan)
        for key, ring in self._values.items():
            ring[:-1] = ring[1:]
            ring[-1] = values.get(key, np.nan)

    def curve(self, kind: str, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(N,) seconds before now (negative) and (N,) mm/frame^2; `kind` is 'error' or 'magnitude'."""
        ring = self._values.get((kind, name))
        if ring is None:
            return np.empty(0), np.empty(0)
        start = int(np.searchsorted(self._times, self.now_s - HISTORY_SECONDS))
        return self._times[start:] - self.now_s, ring[start:].copy()

    def means(self, kind: str) -> dict[str, float]:
        """Mean over the last ten seconds of each curve of a kind that has samples in them."""
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


def reference_text(reference: str, delay_s: float, reason: str = "") -> str:
    """What the errors are measured against, in words.

    `reason`: why there is nothing to show.
    """
    if reason or not reference:
        return reason or "waiting for the first figures"
    if reference != "mediapipe 6 Hz":
        return f"against {reference}"
    return f"against mediapipe landmarks, 6 Hz low-pass, delayed {delay_s:.1f} s"


def magnitude_text(history: AccelerationHistory) -> str:
    """What the magnitudes are of, and that few pictures make them coarse."""
    coarse = history.no_reference or "coarse" in history.reference
    return "of the joints, coarse" if coarse else "of the joints"


def axis_top(value: float) -> float:
    """The first round number above a value."""
    return next((float(step) for step in _AXIS_STEPS if step >= value * 1.1), value * 1.1)


def seconds_text(value: float) -> str:
    """Tick label of the time axis."""
    return "now" if abs(value) < 1e-6 else f"{value:.0f} s".replace("-", "−")
