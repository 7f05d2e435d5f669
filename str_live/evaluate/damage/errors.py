"""The errors of a track of landmark points, taken apart as datasets/simulated/views.py puts them together.

In: observed and true points of every frame, out: sigmas, shares and lengths of runs. Lengths in half sides of
the true points' box, so 0.2 are about 17 cm on a standing adult.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from str_live.datasets.simulated.views import ARM_POINTS, LEG_POINTS, LIMBS, NAMES, SWAPPED

EAR_POINTS = [NAMES.index("left_ear"), NAMES.index("right_ear")]
OUTLIER = 0.2
"""Distance from the point's usual error that makes it an outlier."""
WHOLE_LIMB = 0.6
"""Share of a limb's points that are outliers where the limb is wrong as a whole: 2 of 3, 3 of 4."""
SWAP_RATIO = 0.5
"""Sides are swapped where the exchanged points are nearer to the truth by this factor."""
SWAP_DISTANCE = 0.1
"""Points that are nearer than this on average are not called swapped."""
MIN_SEEN = 10
"""Frames below which a track says nothing about bias: all that is wrong in it is an outlier."""


@dataclass(frozen=True, slots=True)
class Track:
    """Points of T frames in a row, (T, 21, 2) each in one unit."""

    observed: np.ndarray
    """NaN where nobody was found."""
    true: np.ndarray
    temporal: bool = True
    """Whether frames lie 1/30 s apart, so that runs and correlations mean something."""


@dataclass(frozen=True, slots=True)
class Run:
    """How often something is the case, and for how long in a row."""

    share: float
    """Of all frames."""
    frames: float
    """Mean length of a run; NaN where there is none, or where frames are not 1/30 s apart."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What was found in some tracks."""

    frames: int
    median: float
    """Of the distances of all points in all frames, as is the next."""
    percentile_90: float
    bias: float
    """Sigma of a point's median error in a track, on one axis."""
    slow: float
    """Sigma of the part with memory, on one axis, outliers left out; as are the next two."""
    memory: float
    """Its correlation from one frame to the next."""
    white: float
    """Sigma of what is new in every frame."""
    unsteady: float
    """Sigma of the logarithm of a frame's root mean square error within its track."""
    outlier: Run
    outlier_size: float
    """Sigma of outliers, on one axis."""
    limb: Run
    """A limb wrong as a whole, of all limbs."""
    swapped: Run
    """Arms, and by themselves legs, with exchanged sides."""
    lost: Run


def track_errors(tracks: Iterable[Track]) -> Errors:
    """All tracks together; the sum over their points, so that long tracks count more.

    A figure for which nothing was measured is NaN: a median where nobody was found, a bias where every track
    is shorter than `MIN_SEEN` frames, a memory where no track has neighbouring frames.
    """
    parts = [_take_apart(track) for track in tracks]
    temporal = [part for part in parts if part.temporal]
    distances = np.concatenate([part.distance[np.isfinite(part.distance)] for part in parts])
    slow, memory, white = _slow_and_white([part.usual for part in temporal])
    return Errors(
        frames=sum(len(part.lost) for part in parts),
        median=float(np.median(distances)) if len(distances) else math.nan,
        percentile_90=float(np.percentile(distances, 90)) if len(distances) else math.nan,
        bias=_rms([part.bias for part in parts]),
        slow=slow,
        memory=memory,
        white=white,
        unsteady=_rms([_log_deviation(part.usual) for part in parts]),
        outlier=_run([part.outlier for part in parts], [part.outlier for part in temporal]),
        outlier_size=_rms([part.residual[part.outlier] for part in parts]),
        limb=_run([part.limb for part in parts], [part.limb for part in temporal]),
        swapped=_run([part.swapped for part in parts], [part.swapped for part in temporal]),
        lost=_run([part.lost for part in parts], [part.lost for part in temporal]),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """One track's errors in half box sides; NaN where nobody was found."""

    temporal: bool
    distance: np.ndarray  # (T, 21)
    bias: np.ndarray  # (21, 2), NaN where there are too few frames to tell
    residual: np.ndarray  # (T, 21, 2) without bias, sides exchanged back
    usual: np.ndarray  # the same, NaN where outliers are
    outlier: np.ndarray  # (T, 21) bool
    limb: np.ndarray  # (T, 4) bool
    swapped: np.ndarray  # (T, 2) bool
    lost: np.ndarray  # (T, 1) bool


def _take_apart(track: Track) -> _Parts:
    low, high = track.true.min(axis=1), track.true.max(axis=1)
    half = (high - low).max(axis=-1)[:, None, None] / 2  # (T, 1, 1)
    distance = np.linalg.norm(track.observed - track.true, axis=-1) / half[..., 0]
    repaired, swapped = exchange_back(track.observed / half, track.true / half)
    error = repaired - track.true / half
    seen = np.isfinite(error[:, 0, 0]).sum()
    bias = np.nanmedian(error, axis=0) if seen >= MIN_SEEN else np.full_like(error[0], np.nan)
    residual = error - np.nan_to_num(bias)
    outlier = np.linalg.norm(residual, axis=-1) > OUTLIER  # False where NaN
    members = LIMBS.numpy()
    return _Parts(
        temporal=track.temporal,
        distance=distance,
        bias=bias,
        residual=residual,
        usual=np.where(outlier[..., None], np.nan, residual),
        outlier=outlier,
        limb=outlier @ members.T >= WHOLE_LIMB * members.sum(axis=1),
        swapped=swapped,
        lost=np.isnan(track.observed[:, :1, 0]),
    )


def exchange_back(observed: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, 21, 2) both in half box sides -> observed with the true sides; (T, 2) were arms, legs swapped?"""
    repaired, exchanged, swapped = observed.copy(), observed[:, SWAPPED], []
    for part in (ARM_POINTS, LEG_POINTS, EAR_POINTS):
        distance = np.linalg.norm(observed - true, axis=-1)[:, part].mean(axis=-1)
        other = np.linalg.norm(exchanged - true, axis=-1)[:, part].mean(axis=-1)
        wrong = (distance > SWAP_DISTANCE) & (other < SWAP_RATIO * distance)
        repaired[np.ix_(wrong, part)] = exchanged[np.ix_(wrong, part)]
        swapped.append(wrong)
    return repaired, np.stack(swapped[:2], axis=1)  # a head by itself looks another way


def _slow_and_white(residuals: list[np.ndarray]) -> tuple[float, float, float]:
    """Sigma and memory of an AR(1) part and sigma of a white one, from covariances of lag 0, 1 and 2.

    White noise enters at lag 0 only; the AR(1) part falls by its coefficient at each lag.
    """
    here, next_, second = (_covariance(residuals, lag) for lag in (0, 1, 2))
    if next_ <= 0 or second <= 0:
        return 0.0, 0.0, float(np.sqrt(here))
    memory = min(second / next_, 1.0)
    slow = min(next_ / memory, here)
    return float(np.sqrt(slow)), memory, float(np.sqrt(here - slow))


def _covariance(residuals: list[np.ndarray], lag: int) -> float:
    products = [(part[lag:] * part[: len(part) - lag]).ravel() for part in residuals]
    return _mean(np.concatenate(products)) if products else math.nan


def _log_deviation(residual: np.ndarray) -> np.ndarray:
    """(T, 21, 2) -> (n,) the logarithm of each frame's root mean square, less its mean; usual frames only."""
    usual = residual[np.isfinite(residual).any(axis=(1, 2))]
    if not len(usual):
        return np.zeros(0)
    logarithms = np.log(np.nanmean(usual**2, axis=(1, 2)).clip(1e-12)) / 2
    return logarithms - logarithms.mean()


def _rms(parts: list[np.ndarray]) -> float:
    return math.sqrt(_mean(np.concatenate([part.ravel() for part in parts]) ** 2)) if parts else math.nan


def _mean(values: np.ndarray) -> float:
    """Of the values that are not NaN; NaN where there is none."""
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan


def _run(parts: list[np.ndarray], temporal: list[np.ndarray]) -> Run:
    """Of (T, n) bool: n things that may be the case in each frame."""
    share = float(np.concatenate([part.ravel() for part in parts]).mean())
    begins = sum(int((part & ~np.roll(part, 1, 0))[1:].sum() + part[0].sum()) for part in temporal)
    true = sum(int(part.sum()) for part in temporal)
    return Run(share, true / begins if begins else math.nan)
