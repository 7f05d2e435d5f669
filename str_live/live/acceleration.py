"""The live acceleration figures. In: each frame's joints by curve, and a reference. Out: AccelerationSample.

As in the field's tables: second differences of root-centred joints at 30 frames a second, in mm/frame^2. The
reference is the source's ground truth, or mediapipe's world landmarks after a zero-lag low-pass at 6 Hz. The
latter needs some future, so these samples describe a moment 0.4 s ago. Where a slow camera or machine gives
fewer than 18 pictures a second, their spacing is taken as it is, and the samples are called coarse.

There is no reference then but the truth. Landmarks as they are jitter with the detector, and so does the
per-frame body: of smooth motion below 4 Hz, simulated at 9 to 15 pictures a second, they put it before bodies
with half its error (at 9: 1.1 against 1.7, by the truth 2.0 against 0.9). 6 Hz lie beyond what 9 pictures can
show; a lower cut-off takes away accelerations that are true, and prefers whatever smooths too much.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from statistics import median  # numpy's takes twenty times as long for a dozen numbers

import numpy as np
from scipy.signal import butter, sosfiltfilt

from str_live.messages import AccelerationMeans, AccelerationSample
from str_live.skeleton import LIMB_HIPS, LIMB_JOINTS, LIMB_LANDMARKS

GRID_S = 1 / 30
CUTOFF_HZ = 6.0
"""Voluntary movement of limbs lies below; mediapipe's jitter above."""
LOW_PASS = np.asarray(butter(2, CUTOFF_HZ * 2 * GRID_S, output="sos"))
"""Its second-order sections."""
DELAY = 12
"""Samples of 1/30 s that the low-pass sees beyond the moment it is read at, and before it, at least."""
BUFFER = 45
SNAP_S = 0.25 * GRID_S
"""At rates that fit, a frame this near to a point of the grid is taken as it is: a cubic removes jitter."""
FITTING = 0.08
"""A rate fits when every n-th frame comes at 30 a second, up to this share."""
EXACT_S = 1e-3
MAX_GAP_S = 0.1
"""A longer pause, or a frame without a person, ends the series."""
COARSE_S = 0.055
"""Median time between frames (18 fps) beyond which positions at 30 fps are unknown."""
SLOWEST_S = 0.17
"""Median time between frames (6 fps) beyond which accelerations mean nothing."""
TRUTH = "ground truth"
LANDMARKS = "mediapipe 6 Hz"
COARSE_TRUTH = "ground truth (coarse: under 18 pictures/s)"
NO_REFERENCE = "no reference: too few pictures, under 18 a second"

Record = dict[str, np.ndarray]
"""Curve or 'reference' -> (J, 3) root-centred joints, metres."""


class AccelerationMeter:
    """Accelerations of one person's joints by curve, against a reference. One thread."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything (another source)."""
        self.reason = ""
        """Why there are no figures, for people; '' where there are or soon will be."""
        self._recent: deque[AccelerationSample] = deque(maxlen=600)
        self._intervals: deque[float] = deque(maxlen=12)
        self._last_s: float | None = None
        self._kind = TRUTH
        self._coarse = False
        self._grid = Grid()
        self._series: deque[tuple[float, Record]] = deque(maxlen=BUFFER)

    def _break(self) -> None:
        """End the series; means and the measured rate stay."""
        self._grid = Grid()
        self._series.clear()

    def skip(self, time_s: float) -> None:
        """A frame without a person."""
        self._note_time(time_s)
        self._break()

    def push(
        self,
        time_s: float,
        curves: Mapping[str, np.ndarray],
        *,
        truth: np.ndarray | None = None,
        world_landmarks: np.ndarray | None = None,
    ) -> AccelerationSample | None:
        """One frame: (24, 3) joints in the camera frame, metres, by curve -> the newest new sample, if any.

        Reference: `truth` (24, 3) in the camera frame, else `world_landmarks` (33, 3), metres, camera axes.
        """
        self._note_time(time_s)
        kind = LANDMARKS if truth is None else TRUTH
        if kind != self._kind:
            self._kind = kind
            self._break()
        if self.reason or (truth is None and world_landmarks is None):
            self._break()
            return None
        record = centred(curves, truth, world_landmarks)
        if self._coarse:
            self._series.append((time_s, record))
            return self._measure_coarse()
        newest = None
        for point in self._grid.push(time_s, record, snap_distance(self._intervals)):
            self._series.append(point)
            newest = self._measure() or newest
        return newest

    def means(self, seconds: float = 10.0) -> AccelerationMeans:
        """Means over the samples of the last `seconds`."""
        if not self._recent:
            return AccelerationMeans({}, {}, 0)
        newest = self._recent[-1].time_s
        samples = [sample for sample in self._recent if 0 <= newest - sample.time_s < seconds]
        return AccelerationMeans(
            _means([sample.error for sample in samples]),
            _means([sample.magnitude for sample in samples]),
            len(samples),
        )

    def _note_time(self, time_s: float) -> None:
        """Break the series at gaps and where the rate becomes coarse; note whether the source is too slow."""
        if self._last_s is not None:
            step = time_s - self._last_s
            if step > 0:
                self._intervals.append(step)
            longest = 2.5 * median(self._intervals) if self._coarse else MAX_GAP_S
            if not 0 < step <= longest:
                self._break()
        self._last_s = time_s
        interval = median(self._intervals) if len(self._intervals) >= 4 else 0.0
        if self._coarse != (interval > COARSE_S):
            self._coarse = not self._coarse
            self._break()
        slow = interval > SLOWEST_S
        self.reason = f"{1 / interval:.0f} pictures a second are too few for accelerations" if slow else ""

    def _measure(self) -> AccelerationSample | None:
        """The sample that the newest point of the series makes possible."""
        middle = len(self._series) - (2 if self._kind == TRUTH else 1 + DELAY)
        if middle < (1 if self._kind == TRUTH else DELAY):
            return None
        three = [self._series[middle + step] for step in (-1, 0, 1)]
        accelerations = {
            name: acceleration([(time_s, record[name]) for time_s, record in three])
            for name in three[1][1]
            if all(name in record for _, record in three)
        }
        if self._kind == LANDMARKS:
            smooth = low_pass(np.stack([record["reference"] for _, record in self._series]))
            accelerations["reference"] = acceleration(
                [(three[step + 1][0], smooth[middle + step]) for step in (-1, 0, 1)]
            )
        return self._keep(_sample(three[1][0], accelerations, self._kind))

    def _measure_coarse(self) -> AccelerationSample | None:
        """The sample of the last three frames as they are; there is no reference but the truth."""
        if len(self._series) < 3:
            return None
        three = list(self._series)[-3:]
        accelerations = {
            name: acceleration([(time_s, record[name]) for time_s, record in three])
            for name in three[1][1]
            if all(name in record for _, record in three)
        }
        if self._kind == TRUTH:
            return self._keep(_sample(three[1][0], accelerations, COARSE_TRUTH))
        del accelerations["reference"]
        magnitude = _magnitudes(accelerations)
        return self._keep(AccelerationSample(three[1][0], {}, magnitude, "", NO_REFERENCE))

    def _keep(self, sample: AccelerationSample) -> AccelerationSample:
        self._recent.append(sample)
        return sample


def snap_distance(intervals: Sequence[float]) -> float:
    """Seconds by which a frame may miss a point of the grid and still be taken for it, at this rate."""
    if not intervals:
        return EXACT_S
    interval = median(intervals)
    multiple = max(round(GRID_S / interval), 1) * interval / GRID_S
    return min(SNAP_S, 0.4 * interval) if abs(multiple - 1) <= FITTING else EXACT_S


class Grid:
    """Brings frames of any rate to points 1/30 s apart.

    Frames that are taken as they are carry the grid on, so that 30 fps with jitter stays what it is and
    60 fps becomes every second frame; between frames a cubic is laid.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[float, Record]] = deque(maxlen=32)
        self._next_s: float | None = None

    def push(self, time_s: float, record: Record, snap_s: float) -> list[tuple[float, Record]]:
        """One frame, later than the last -> the points that it completes."""
        self._frames.append((time_s, record))
        if self._next_s is None:
            self._next_s = time_s
        points = []
        while (point := self._point(self._next_s, snap_s)) is not None:
            points.append(point)
            self._next_s = point[0] + GRID_S
        return points

    def _point(self, time_s: float, snap_s: float) -> tuple[float, Record] | None:
        """The record at `time_s` seconds; None while too few frames are there."""
        times = np.array([frame_s for frame_s, _ in self._frames])
        nearest = int(np.abs(times - time_s).argmin())
        if abs(times[nearest] - time_s) <= snap_s:
            return self._frames[nearest]
        after = int(np.searchsorted(times, time_s))
        if after == 0 or after + 2 > len(times):  # the cubic needs two frames on this side
            return None
        chosen = range(max(after - 2, 0), after + 2)
        weights = lagrange_weights(times[list(chosen)], time_s)
        records = [self._frames[index][1] for index in chosen]
        names = set(records[0]).intersection(*records[1:])
        return time_s, {
            name: np.tensordot(weights, np.stack([record[name] for record in records]), axes=1)
            for name in names
        }


def lagrange_weights(times: np.ndarray, time: float) -> np.ndarray:
    """(N,) times -> (N,) weights that give the polynomial through N points at `time`."""
    weights = np.ones(len(times))
    for i in range(len(times)):
        others = np.delete(times, i)
        weights[i] = np.prod((time - others) / (times[i] - others))
    return weights


def centred(
    curves: Mapping[str, np.ndarray], truth: np.ndarray | None, world_landmarks: np.ndarray | None
) -> Record:
    """(24, 3) joints and (24, 3) truth or (33, 3) landmarks, metres, the camera's axes -> what is compared.

    All 24 joints about the root where there is a truth, else 12 limb joints about the middle of the hips.
    """
    if truth is not None:
        joints = {**curves, "reference": truth}
        return {name: np.asarray(points, np.float64) - points[0] for name, points in joints.items()}
    assert world_landmarks is not None
    limbs = {name: points[LIMB_JOINTS] for name, points in curves.items()}
    limbs["reference"] = world_landmarks[LIMB_LANDMARKS]
    return {
        name: np.asarray(points, np.float64) - points[LIMB_HIPS].mean(axis=0)
        for name, points in limbs.items()
    }


def acceleration(points: list[tuple[float, np.ndarray]]) -> np.ndarray:
    """Three (time, (J, 3) metres), evenly spaced or not -> (J, 3) mm/frame^2 at 30 frames a second."""
    (first_s, first), (middle_s, middle), (last_s, last) = points
    change = (last - middle) / (last_s - middle_s) - (middle - first) / (middle_s - first_s)
    return change * (2e3 * GRID_S**2 / (last_s - first_s))


def low_pass(joints: np.ndarray) -> np.ndarray:
    """(N, J, 3) metres at 30 Hz -> the same after a zero-lag Butterworth at 6 Hz (order 2 forth and back)."""
    return sosfiltfilt(LOW_PASS, joints, axis=0)


def _sample(time_s: float, accelerations: Record, kind: str) -> AccelerationSample:
    """Means over joints of the accelerations and of their distance to the reference's."""
    reference = accelerations["reference"]
    return AccelerationSample(
        time_s=time_s,
        error={
            name: float(np.linalg.norm(value - reference, axis=-1).mean())
            for name, value in accelerations.items()
            if name != "reference"
        },
        magnitude=_magnitudes(accelerations),
        reference=kind,
    )


def _magnitudes(accelerations: Record) -> dict[str, float]:
    """Mean over joints of |a| by curve."""
    return {name: float(np.linalg.norm(value, axis=-1).mean()) for name, value in accelerations.items()}


def _means(figures: list[dict[str, float]]) -> dict[str, float]:
    """Mean by name, over those that have it."""
    names = {name for entry in figures for name in entry}
    return {name: float(np.mean([entry[name] for entry in figures if name in entry])) for name in names}
