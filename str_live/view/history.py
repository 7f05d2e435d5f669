"""The last ten seconds of acceleration samples.

Also the texts that all plots of them share: units, axes, references.
"""

from __future__ import annotations

from collections import deque

from str_live.messages import AccelerationSample, BodyResult
from str_live.view.rings import HISTORY_SECONDS, TimeRings

MARKS = 6
"""Changes remembered: more lines cannot be read."""
UNIT_NOTE = "mm/frame² (30 fps)"
_AXIS_STEPS = (5, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 1000, 2000, 5000)


class AccelerationHistory(TimeRings):
    """Rings of errors and magnitudes per curve. GUI thread."""

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
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
        self.follow(result.frame)
        if result.acceleration is not None:
            self._add_sample(result.acceleration)

    def mark(self, text: str) -> None:
        """Remember that something was changed now."""
        self.marks.append((self.now_s, text))

    def visible_marks(self) -> list[tuple[float, str]]:
        """Seconds before now (negative) and text of the changes of the last ten seconds."""
        return [(t - self.now_s, text) for t, text in self.marks if self.now_s - t < HISTORY_SECONDS]

    def _add_sample(self, sample: AccelerationSample) -> None:
        self.delay_s = max(self.now_s - self._offset - sample.time_s, 0.0)
        self.reference = sample.reference if sample.error else ""
        self.no_reference = sample.no_reference
        values = {("error", name): value for name, value in sample.error.items()}
        values |= {("magnitude", name): value for name, value in sample.magnitude.items()}
        self.push(sample.time_s, values)


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
