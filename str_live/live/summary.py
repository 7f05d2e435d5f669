"""What a run without a window adds up to. In: BodyResults, out: figures ready for JSON."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from str_live.angle_ranges import RangeCounter, SteadyAngles, as_figures
from str_live.messages import AccelerationSample, BodyResult
from str_live.stats import StageTimer

KEPT = 100_000
"""Frames whose stage times are kept: an hour."""


class Summary:
    """What a run adds up to. One thread."""

    def __init__(self) -> None:
        self.frames = 0
        self.frames_with_person = 0
        self.timer = StageTimer(KEPT)
        self._samples: list[AccelerationSample] = []
        self._angles = _AngleSummary()
        self._start = time.perf_counter()

    def add(self, results: list[BodyResult]) -> None:
        """Count the results of one tick."""
        for result in results:
            self.frames_with_person += result.person_seen
            self._angles.add(result)
            if result.acceleration is not None:
                self._samples.append(result.acceleration)

    def figures(self, reason: str = "") -> dict[str, Any]:
        """What was counted, ready for JSON; `reason` says why there are no accelerations."""
        seconds = max(time.perf_counter() - self._start, 1e-9)
        return {
            "frames": self.frames,
            "frames_with_person": self.frames_with_person,
            "fps": round(self.frames / seconds, 2),
            "stages_ms": {
                name: {key: round(value, 3) for key, value in stage.items()}
                for name, stage in self.timer.summary().items()
            },
            "acceleration": _acceleration(self._samples, reason),
            "angles": self._angles.figures(),
        }


class PeopleSummary:
    """The same for each of several people. One thread."""

    def __init__(self) -> None:
        self._people: dict[int, _OneSummary] = {}

    def add(self, results: list[BodyResult]) -> None:
        """Count the results of one tick."""
        for result in results:
            for number in result.numbers:
                self._people.setdefault(number, _OneSummary()).add(result.of(number))

    def figures(self) -> list[dict[str, Any]]:
        """One for each person, in the order in which they came, ready for JSON."""
        return [{"number": number, **one.figures()} for number, one in sorted(self._people.items())]


class _OneSummary:
    """What one person's run adds up to."""

    def __init__(self) -> None:
        self._frames = 0
        self._in_view = False
        self._visits: list[list[float]] = []
        """Seconds on the source's clock: when he came into view, and when he was last seen."""
        self._samples: list[AccelerationSample] = []
        self._angles = _AngleSummary()

    def add(self, result: BodyResult) -> None:
        """A frame in which he was seen, or held."""
        if result.acceleration is not None:
            self._samples.append(result.acceleration)
        if result.person_seen and not self._in_view:
            self._visits.append([result.frame.time_s, result.frame.time_s])
        self._in_view = result.person_seen
        self._angles.add(result)
        if result.person_seen:
            self._frames += 1
            self._visits[-1][1] = result.frame.time_s

    def figures(self) -> dict[str, Any]:
        """What was counted."""
        return {
            "frames": self._frames,
            "in_view_s": [[round(time_s, 3) for time_s in visit] for visit in self._visits],
            "acceleration": _acceleration(self._samples, ""),
            "angles": self._angles.figures(),
        }


class _AngleSummary:
    """How far the joints of variant A's body go, where the person is seen."""

    def __init__(self) -> None:
        self._steady, self._ranges = SteadyAngles(), RangeCounter()

    def add(self, result: BodyResult) -> None:
        """Count a frame."""
        if result.person_seen and result.measured_bodies:
            self._ranges.add(self._steady.of(result.measured_bodies[0].rotmat))

    def figures(self) -> dict[str, Any]:
        """Degrees by kind and side."""
        return as_figures(self._ranges.ranges())


def _acceleration(samples: list[AccelerationSample], reason: str) -> dict[str, Any]:
    """Means over the whole run, mm/frame^2 at 30 frames a second; `reason`: why there may be none."""
    times = [sample.time_s for sample in samples]
    references = [sample.reference for sample in samples if sample.error]
    reasons = [sample.no_reference for sample in samples]
    return {
        "error": _means([sample.error for sample in samples]),
        "magnitude": _means([sample.magnitude for sample in samples]),
        "reference": references[-1] if references else None,
        "reference_reason": None if references else (reasons[-1] if reasons else reason) or None,
        "seconds": round(max(times) - min(times), 3) if times else 0.0,
    }


def _means(samples: list[dict[str, float]]) -> dict[str, float]:
    """Mean per curve over the samples that have it."""
    curves = dict.fromkeys(name for sample in samples for name in sample)
    return {
        name: round(float(np.mean([sample[name] for sample in samples if name in sample])), 3)
        for name in curves
    }
