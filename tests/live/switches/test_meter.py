"""Joint shifts, accelerations and errors of networks side by side, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.live.switches.meter import SwitchMeter, shifts_mm
from str_live.metrics import pa_mpjpe_mm
from tests.live.switches.made_up import JOINTS, NETWORKS, moved, result


def metered(*results) -> SwitchMeter:
    meter = SwitchMeter()
    for each in results:
        meter.add(each)
    return meter


def test_joints_are_compared_pelvis_upon_pelvis():
    elsewhere = moved(0.002) + np.array([1.0, 2.0, 3.0])
    figures = metered(result(0, [JOINTS, elsewhere, JOINTS])).figures()
    without = figures.cases[NETWORKS[1]]
    assert without.shift_mm == pytest.approx(2, abs=1e-3)
    assert without.by_joint_mm[0] == 0
    np.testing.assert_allclose(without.by_joint_mm[1:], 2, atol=1e-3)
    assert figures.cases[NETWORKS[0]].shift_mm == figures.cases[NETWORKS[2]].shift_mm == 0


def test_the_shift_is_the_mean_over_the_frames():
    figures = metered(*(result(i, [JOINTS, moved(0.001 * i), JOINTS]) for i in range(5))).figures()
    assert figures.frames == 5
    assert figures.cases[NETWORKS[1]].shift_mm == pytest.approx(2, abs=1e-3)


def test_accelerations_are_in_millimetres_a_frame_squared():
    # x = 0.5 a t^2 with a = 4 mm/frame^2, in all 23 joints beside the pelvis.
    figures = metered(*(result(i, [JOINTS, moved(0.002 * i**2), JOINTS]) for i in range(6))).figures()
    expected = 4 * 23 / 24
    assert figures.reference == "ground truth"
    assert figures.reference_accel_mm == pytest.approx(0, abs=1e-3)
    assert figures.cases[NETWORKS[1]].accel_mm == pytest.approx(expected, rel=1e-3)
    assert figures.cases[NETWORKS[1]].accel_error_mm == pytest.approx(expected, rel=1e-3)
    assert figures.cases[NETWORKS[0]].accel_mm == pytest.approx(0, abs=1e-3)


def test_pa_mpjpe_is_that_of_the_metrics():
    rng = np.random.default_rng(1)
    bodies = [[JOINTS + rng.normal(0, 0.05, (24, 3)) for _ in NETWORKS] for _ in range(3)]
    figures = metered(*(result(i, own) for i, own in enumerate(bodies))).figures()
    for place, network in enumerate(NETWORKS):
        points = np.stack([own[place] for own in bodies])
        expected = pa_mpjpe_mm(points, np.broadcast_to(JOINTS, points.shape))
        assert figures.cases[network].pa_mpjpe_mm == pytest.approx(expected, rel=1e-6)


def test_without_truth_there_is_no_pa_mpjpe():
    figures = metered(*(result(i, [JOINTS] * 3, truth=None) for i in range(5))).figures()
    assert all(case.pa_mpjpe_mm is None for case in figures.cases.values())
    assert figures.reference == ""


@pytest.mark.parametrize("gap", ["nobody", "somebody else"])
def test_a_jump_over_a_gap_is_no_acceleration(gap: str):
    still, far = [JOINTS] * 3, [moved(1.0)] * 3
    between = result(5, None) if gap == "nobody" else result(5, far, number=1)
    after = [result(6 + i, far, number=int(gap != "nobody")) for i in range(5)]
    figures = metered(*(result(i, still) for i in range(5)), between, *after).figures()
    assert figures.cases[NETWORKS[0]].accel_mm == pytest.approx(0, abs=1e-3)


def test_before_the_first_frame_nothing_is_known():
    figures = SwitchMeter().figures()
    assert figures.frames == 0
    assert figures.cases == {}


def test_shifts_are_of_each_joint_from_the_first_body():
    shifts = shifts_mm(np.stack([JOINTS, moved(-0.003)]).astype(np.float64))
    assert shifts.shape == (2, 24)
    np.testing.assert_allclose(shifts[1], [0, *[3] * 23], atol=1e-3)
