"""The streaming view of a sequence: timestamped features in, the samples of a (16, C) window per frame out.

The network was trained on frames 1/30 s apart, so a window holds samples exactly that far apart around its
frame, whatever the camera's rate: a 60 fps source gets a body for every frame and is not taken for slow
motion, a 5 fps source not for fast motion. Between two frames the feature is interpolated linearly. What a
feature is only the runner knows that gave it (network/runner.py): an array, or its place on a device. Pure
numpy; the offline twin at the end serves evaluation and tests.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median  # numpy's takes ten times as long for two dozen numbers
from typing import Generic, TypeVar

import numpy as np

Feature = TypeVar("Feature")
"""What stands for the feature of one frame: (C,) float32, or whatever a runner holds in its place."""

WINDOW = 16
MIDDLE = WINDOW // 2
"""The sample that a window describes; 8 lie before it, 7 after."""
SAMPLE_S = 1 / 30
"""Seconds between two samples of a window."""
CAPACITY = 1024
"""Features in the ring at most: enough for a window of a source with 2000 frames a second."""
MAX_BRIDGE_S = 0.5
"""Longer gaps are not interpolated across: each sample holds the nearer side."""
SNAP_S = 0.001
"""A frame this near to a sample is the sample: time stamps of files are rounded to milliseconds."""


@dataclass(frozen=True, slots=True)
class Samples(Generic[Feature]):
    """The 16 samples of a window, each between the features of two frames."""

    left: Sequence[Feature]
    """(16,) of the frames before."""
    right: Sequence[Feature]
    """(16,) of the frames after."""
    weight: np.ndarray
    """(16,) float32, of the frames after."""


def mixed(samples: Samples[np.ndarray]) -> np.ndarray:
    """Samples between (C,) features -> the (16, C) float32 window."""
    weight = samples.weight[:, None]
    return ((1 - weight) * np.stack(samples.left) + weight * np.stack(samples.right)).astype(np.float32)


class FeatureWindow(Generic[Feature]):
    """Ring of the newest features, and the frames that still wait for their look-ahead. One thread.

    `push` or `skip` every frame in order, then take what has become `ready`.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, waiting frames included (another source, a lost person)."""
        self._times: deque[float] = deque(maxlen=CAPACITY)
        self._features: deque[Feature] = deque(maxlen=CAPACITY)
        self._waiting: deque[float] = deque()
        self._now_s = -np.inf

    def __len__(self) -> int:
        """Features in the ring: those that a window may still use."""
        return len(self._times)

    @property
    def waiting(self) -> int:
        """Frames pushed but not yet given back by `ready`."""
        return len(self._waiting)

    def push(self, time_s: float, feature: Feature) -> None:
        """The feature of the frame at `time_s` seconds. Time running backwards resets."""
        if time_s < self._now_s:
            self.reset()
        if self._times and time_s == self._times[-1]:
            self._features[-1] = feature
        else:
            self._times.append(time_s)
            self._features.append(feature)
        self._waiting.append(time_s)
        self._now_s = time_s

    def skip(self, time_s: float) -> None:
        """A frame at `time_s` seconds without a feature: frames that wait do not wait for one from it."""
        if time_s < self._now_s:
            self.reset()
        self._now_s = time_s

    def ready(self, lookahead: int, *, flush: bool = False) -> list[tuple[float, Samples[Feature]]]:
        """Frames whose look-ahead has come, in the order pushed: their time in seconds and their window.

        `lookahead` 0 to 7 samples of true future; samples beyond repeat the last of these, samples before the
        start repeat the first feature. `flush`: the source has ended, give all.
        """
        if not 0 <= lookahead < MIDDLE:
            raise ValueError(f"lookahead must lie between 0 and {MIDDLE - 1}, not {lookahead}")
        windows = []
        latest_s = np.inf if flush else self._now_s + self._tolerance_s() - lookahead * SAMPLE_S
        while self._waiting and self._waiting[0] <= latest_s:
            time_s = self._waiting.popleft()
            windows.append((time_s, self._samples(time_s, lookahead)))
        self._prune()
        return windows

    def _tolerance_s(self) -> float:
        """How early a look-ahead counts as reached: half a frame, so that jitter does not cost a frame."""
        if len(self._times) < 2:
            return SNAP_S
        interval = median(after - before for before, after in pairwise(self._times))
        return max(min(SAMPLE_S, interval) / 2, SNAP_S)

    def _samples(self, time_s: float, lookahead: int) -> Samples[Feature]:
        """The samples around `time_s`."""
        offsets = np.minimum(np.arange(WINDOW) - MIDDLE, lookahead) * SAMPLE_S  # (16,)
        left, right, weight = places(np.array(self._times), time_s + offsets)
        features = list(self._features)
        return Samples([features[place] for place in left], [features[place] for place in right], weight)

    def _prune(self) -> None:
        """Drop features that no window will reach any more."""
        oldest = (self._waiting[0] if self._waiting else self._now_s) - MIDDLE * SAMPLE_S - SNAP_S
        while len(self._times) > 1 and self._times[1] <= oldest:
            self._times.popleft()
            self._features.popleft()


def places(times: np.ndarray, sampled: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) rising, (M,) sampled times in seconds -> (M,) index before, (M,) after, (M,) float32 weight of it.

    Linear interpolation, held at both ends.
    """
    right = np.clip(np.searchsorted(times, sampled), 1, max(len(times) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(times) - 1)
    gap = times[right] - times[left]
    weight = np.clip((sampled - times[left]) / np.where(gap > 0, gap, np.inf), 0.0, 1.0)
    weight = np.where(gap > MAX_BRIDGE_S, np.round(weight), weight)
    weight[np.abs(sampled - times[left]) <= SNAP_S] = 0.0
    weight[(np.abs(sampled - times[right]) <= SNAP_S) & (right > left)] = 1.0
    return left, right, weight.astype(np.float32)


def windows_offline(features: np.ndarray, lookahead: int = MIDDLE - 1) -> np.ndarray:
    """(N, C) features of a whole sequence at 30 fps -> (N, 16, C): what streaming gives, in one go."""
    count = len(features)
    frames = np.arange(count)[:, None]  # (N, 1)
    offsets = np.minimum(np.arange(WINDOW) - MIDDLE, lookahead)  # (16,)
    return features[np.clip(frames + offsets, 0, count - 1)]
