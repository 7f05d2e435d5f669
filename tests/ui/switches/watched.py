"""Results and figures of a session whose switches are watched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from str_live.live.switches.cases import CASES, WATCHED, WHOLE, Case
from str_live.live.switches.meter import CaseFigures, SwitchFigures
from str_live.messages import AlternativeBodies, BodyPose, BodyResult
from str_live.settings import NetworkSettings
from tests.ui.fake_session import make_result, octahedron

ATTENTION = {
    "str": np.array([0.5, 0.25, 0.25]),
    "final": np.array([0.25, 0.5, 0.25]),
    "cross_before": np.array([0.5, 0.5]),
    "cross_after": np.array([0.5, 0.5]),
}
"""Shares: TTR 25 %, both of STE 12.5 %, the halves 25 % each."""


def shifted(distance_m: float) -> BodyPose:
    """The whole network's body with everything but the pelvis so far to the right."""
    body = octahedron()
    joints = body.joints.copy()
    joints[1:, 0] += distance_m
    vertices = np.ascontiguousarray(body.vertices + np.array([distance_m, 0, 0], np.float32))
    return replace(body, vertices=vertices, joints=joints, joints_cam=joints)


def watched_result(index: int, case: Case = CASES[0], *, shift_m: float = 0.004) -> BodyResult:
    """Every network but the whole one is off it by `shift_m`; the bodies of the case are there."""
    joints = np.stack([shifted(0.0 if network == WHOLE else shift_m).joints for network in WATCHED])
    bodies: dict[NetworkSettings, BodyPose] = {WHOLE: shifted(0.0), case.network: shifted(shift_m)}
    found = AlternativeBodies(WATCHED, joints, tuple(ATTENTION for _ in WATCHED), bodies)
    return replace(make_result(index), alternatives=found)


def figures(
    shift_mm: float = 4.0, *, accel: float = 5.5, error: float | None = 6.6, pa: float | None = None
) -> SwitchFigures:
    """The whole network has 5.0, 6.0 and 60; all others what is given."""

    def of(network: NetworkSettings) -> CaseFigures:
        if network == WHOLE:
            known = None if error is None else 6.0
            return CaseFigures(0.0, np.zeros(24), 5.0, known, None if pa is None else 60.0)
        by_joint = np.full(24, shift_mm)
        by_joint[20] = 2 * shift_mm
        return CaseFigures(shift_mm, by_joint, accel, error, pa)

    reference = "" if error is None else "ground truth"
    return SwitchFigures(90, {network: of(network) for network in WATCHED}, reference, 8.0)
