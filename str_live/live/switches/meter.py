"""Figures of STR's switches. In: BodyResults with alternatives, in order. Out: SwitchFigures, means so far.

Joint shifts are of bodies brought together at the pelvis: where a body stands before the camera is a guess.
Accelerations and their errors are measured as for the live plots (acceleration.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from str_live.live.acceleration import AccelerationMeter
from str_live.messages import BodyResult
from str_live.metrics import procrustes
from str_live.settings import NetworkSettings


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Means of one network over all frames so far."""

    shift_mm: float
    """How far its joints lie from those of the first network: mean over the 23 joints beside the pelvis."""
    by_joint_mm: np.ndarray
    """(24,) the same by joint; the pelvis has 0."""
    accel_mm: float | None
    """Mean acceleration, mm/frame^2 at 30 frames a second; None before the first."""
    accel_error_mm: float | None
    """Acceleration error against the reference, mm/frame^2; None where there is no reference."""
    pa_mpjpe_mm: float | None
    """Over 24 joints, against the source's own truth; None where it has none."""


@dataclass(frozen=True, slots=True)
class SwitchFigures:
    """Of all networks that are compared."""

    frames: int
    """How many frames the means are of."""
    cases: dict[NetworkSettings, CaseFigures]
    """In the order of the wish; the first is what the others' joints are compared with."""
    reference: str
    """What acceleration errors are measured against, as in AccelerationSample; '' for nothing."""
    reference_accel_mm: float | None
    """Its own mean acceleration."""
    no_reference: str = ""
    """Why there is none, or why there are no accelerations at all; '' where there are or soon will be."""


class SwitchMeter:
    """Adds up what the alternatives of one source are. One thread."""

    def __init__(self) -> None:
        self._networks: tuple[NetworkSettings, ...] = ()
        self._accelerations = AccelerationMeter()
        self._frames, self._reference = 0, ""
        self._no_reference = ""
        self._number: int | None = None
        self._shift = np.zeros((0, 24))
        self._means: dict[tuple[str, str], _Mean] = {}

    def add(self, result: BodyResult) -> None:
        """One result; those without alternatives only interrupt the accelerations."""
        found, time_s = result.alternatives, result.frame.time_s
        if found is None or result.number != self._number:
            self._accelerations.skip(time_s)  # nobody moves from one person's place to another's
            self._number = result.number
        if found is None:
            return
        if not self._networks:
            self._networks, self._shift = found.networks, np.zeros((len(found.networks), 24))
        joints, truth = found.joints_cam.astype(np.float64), result.frame.truth
        self._frames += 1
        self._shift += shifts_mm(joints)
        if truth is not None:
            aligned = procrustes(joints, np.broadcast_to(truth.joints_cam, joints.shape))
            errors = np.linalg.norm(aligned - truth.joints_cam, axis=-1).mean(-1) * 1000  # (K,)
            self._note("pa_mpjpe", dict(zip(map(str, range(len(joints))), errors.tolist(), strict=True)))
        self._add_accelerations(result, joints)

    def _add_accelerations(self, result: BodyResult, joints: np.ndarray) -> None:
        frame, person = result.frame, result.person
        sample = self._accelerations.push(
            frame.time_s,
            {str(place): own for place, own in enumerate(joints)},
            truth=None if frame.truth is None else frame.truth.joints_cam,
            world_landmarks=None if person is None else person.world_landmarks,
        )
        if sample is not None:
            self._reference, self._no_reference = sample.reference, sample.no_reference
            self._note("accel", sample.magnitude)
            self._note("error", sample.error)

    def _note(self, kind: str, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._means.setdefault((kind, name), _Mean()).add(value)

    def _mean(self, kind: str, name: str) -> float | None:
        mean = self._means.get((kind, name))
        return None if mean is None else mean.value

    def figures(self) -> SwitchFigures:
        """The means so far."""
        by_joint = self._shift / max(self._frames, 1)
        cases = {
            network: CaseFigures(
                shift_mm=float(by_joint[place, 1:].mean()),
                by_joint_mm=by_joint[place],
                accel_mm=self._mean("accel", str(place)),
                accel_error_mm=self._mean("error", str(place)),
                pa_mpjpe_mm=self._mean("pa_mpjpe", str(place)),
            )
            for place, network in enumerate(self._networks)
        }
        return SwitchFigures(
            self._frames,
            cases,
            self._reference,
            self._mean("accel", "reference"),
            self._accelerations.reason or self._no_reference,
        )


@dataclass(slots=True)
class _Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    @property
    def value(self) -> float:
        return self.total / self.count


def shifts_mm(joints: np.ndarray) -> np.ndarray:
    """(K, 24, 3) joints, metres -> (K, 24) distance of each from the first body's, pelvis upon pelvis."""
    centred = joints - joints[:, :1]
    return np.linalg.norm(centred - centred[0], axis=-1) * 1000
