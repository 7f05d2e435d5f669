"""Brings a motion to a constant rate: rotations by slerp, the way by straight lines, gaps stay gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from str_live.export.contract import ExportError
from str_live.export.kinematics import continuous, slerp

MAX_FRAMES = 500_000
"""Of a take: more than four hours at 30 frames a second, which take gigabytes."""
_EVEN = 1e-3
"""Of a step: times that differ by less are of a constant rate."""


@dataclass(frozen=True, slots=True)
class Motion:
    """What changes from frame to frame, N frames at `times`."""

    times: np.ndarray
    """(N,) seconds, rising."""
    rotations: np.ndarray
    """(N, 24, 4) quaternions x, y, z, w."""
    pelvis: np.ndarray
    """(N, 3) metres."""
    person: np.ndarray
    """(N,) bool."""


def trim(motion: Motion, start_s: float, end_s: float) -> Motion:
    """The frames from `start_s` to `end_s` after the first; ExportError where there are none."""
    times = motion.times - motion.times[0]
    inside = (times >= start_s - 1e-9) & (times <= end_s + 1e-9)
    if not inside.any():
        raise ExportError(
            f"The recording has no frame between {start_s:g} and {end_s:g} seconds: it is {times[-1]:.2f} "
            "seconds long."
        )
    return Motion(
        motion.times[inside], motion.rotations[inside], motion.pelvis[inside], motion.person[inside]
    )


def natural_rate(times: np.ndarray) -> float:
    """Frames a second of (N,) seconds: exact where they are even, else (a camera's) the median's, rounded."""
    if len(times) < 2:
        return 30.0
    steps = np.diff(times)
    if np.abs(steps - steps.mean()).max() < _EVEN * steps.mean():
        rate = 1 / float(steps.mean())
        return float(round(rate)) if abs(rate - round(rate)) < _EVEN else rate
    return float(max(round(1 / float(np.median(steps))), 1))


def resample(motion: Motion, fps: float) -> Motion:
    """The motion every 1/fps seconds, from its first time to its last. Frames at those times stay exact."""
    times = motion.times - motion.times[0]
    frames = int(np.floor(times[-1] * fps + 10 * _EVEN)) + 1
    if frames > MAX_FRAMES:
        raise ExportError(f"{frames} frames are too many for one take: choose a lower rate or trim it.")
    even = np.arange(frames) / fps
    before = np.clip(np.searchsorted(times, even, side="right") - 1, 0, max(len(times) - 2, 0))
    after = np.minimum(before + 1, len(times) - 1)
    step = np.where(after > before, times[after] - times[before], 1.0)
    part = np.clip((even - times[before]) / step, 0.0, 1.0)
    part = np.where(np.abs(part - np.round(part)) < 10 * _EVEN, np.round(part), part)
    rotations = slerp(motion.rotations[before], motion.rotations[after], part[:, None, None])
    pelvis = (1 - part[:, None]) * motion.pelvis[before] + part[:, None] * motion.pelvis[after]
    person = np.where(part < 1, motion.person[before], True) & np.where(part > 0, motion.person[after], True)
    return Motion(even, continuous(rotations), pelvis, person)
