"""Zero-phase smoothing of a motion of constant rate: Butterworth or One-Euro, forwards and backwards.

Each run of frames with the person is filtered by itself: nothing leaks over a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import butter, detrend, sosfiltfilt

from str_live.export.contract import ExportError, Smoothing
from str_live.export.kinematics import continuous, slerp, unit
from str_live.export.resample import Motion
from str_live.one_euro import OneEuro

_TWICE = (2**0.5 - 1) ** 0.25
"""A second-order filter run forwards and backwards cuts at this part of its cut-off (Winter, 2009)."""
_OPENING = 1.5
"""Hertz that One-Euro's cut-off rises by per unit of speed: as on the displayed body."""


def smooth(motion: Motion, fps: float, smoothing: Smoothing) -> Motion:
    """The filtered motion; ExportError if the cut-off does not fit its rate."""
    if smoothing.kind == "none" or smoothing.strength == 0:
        return motion
    if smoothing.kind == "butterworth" and not 0 < smoothing.cutoff_hz * 2 < fps:
        raise ExportError(
            f"A cut-off of {smoothing.cutoff_hz:g} Hz does not fit {fps:g} frames a second: it has to be "
            f"above 0 and below {fps / 2:g} Hz."
        )
    rotations, pelvis = motion.rotations.copy(), motion.pelvis.copy()
    for run in person_runs(motion.person):
        filtered = unit(_filter(continuous(motion.rotations[run]), fps, smoothing))
        part = np.array([smoothing.strength])
        rotations[run] = slerp(motion.rotations[run], filtered, part)
        path = _filter(motion.pelvis[run], fps, smoothing)
        pelvis[run] += smoothing.strength * (path - motion.pelvis[run])
    return Motion(motion.times, continuous(rotations), pelvis, motion.person)


def low_pass(values: np.ndarray, fps: float, cutoff_hz: float) -> np.ndarray:
    """(N, ...) -> (N, ...) low-passed at `cutoff_hz` without delay; fewer than four values stay as they are.

    Both ends are mirrored, after a straight line was taken out: the usual turn about the last value would
    pin the ends to that one value's own error.
    """
    if len(values) < 4:
        return values
    # The filter's own cut-off lies above what both passes together cut at, and below half the rate.
    nyquist_part = min(cutoff_hz / _TWICE / (fps / 2), 0.99)
    sections = butter(2, nyquist_part, output="sos")
    padding = min(int(3 * fps / cutoff_hz), len(values) - 1)
    waves = detrend(values, axis=0)
    return values - waves + sosfiltfilt(sections, waves, axis=0, padtype="even", padlen=padding)


def person_runs(person: np.ndarray) -> Iterator[slice]:
    """The runs of frames in (N,) bool in which the person was found."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], person, [False]]).astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(start), int(end))


def _filter(values: np.ndarray, fps: float, smoothing: Smoothing) -> np.ndarray:
    """(N, ...) -> (N, ...)."""
    if smoothing.kind == "butterworth":
        return low_pass(values, fps, smoothing.cutoff_hz)
    return _one_euro(_one_euro(values, fps, smoothing)[::-1], fps, smoothing)[::-1]


def _one_euro(values: np.ndarray, fps: float, smoothing: Smoothing) -> np.ndarray:
    """One pass, in the order of the rows."""
    one_euro = OneEuro(smoothing.cutoff_hz, _OPENING)
    return np.stack([one_euro(value, frame / fps) for frame, value in enumerate(values)])
