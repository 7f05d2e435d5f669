"""What a run without a window adds up to. In: BodyResults, out: figures ready for JSON."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

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
        self._start = time.perf_counter()

    def add(self, results: list[BodyResult]) -> None:
        """Count the results of one tick."""
        for result in results:
            self.frames_with_person += result.person_seen
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
            "acceleration": self._acceleration(reason),
        }

    def _acceleration(self, reason: str) -> dict[str, Any]:
        """Means over the whole run, mm/frame^2 at 30 frames a second."""
        times = [sample.time_s for sample in self._samples]
        references = [sample.reference for sample in self._samples if sample.error]
        reasons = [sample.no_reference for sample in self._samples]
        return {
            "error": _means([sample.error for sample in self._samples]),
            "magnitude": _means([sample.magnitude for sample in self._samples]),
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
