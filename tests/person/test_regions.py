"""Regions: a square around the circle of a body, upright with it, and steadied."""

from __future__ import annotations

import math

import numpy as np
import pytest

from str_live.person.regions import SCALE, RegionSmoother, region_around


@pytest.mark.parametrize("angle", [0.0, 0.5, -2.0, 3.0])
def test_a_region_turns_with_the_body(angle: float) -> None:
    head = np.array([300 + 100 * math.sin(angle), 200 - 100 * math.cos(angle)])
    region = region_around(np.array([[300.0, 200.0], head]))
    assert (region.cx, region.cy) == (300, 200)
    assert region.side == pytest.approx(SCALE * 200)
    assert math.cos(region.angle - angle) == pytest.approx(1)


def test_points_that_tremble_give_a_steadier_region() -> None:
    rng = np.random.default_rng(1)
    smoother = RegionSmoother()
    raw = [np.array([[300.0, 200.0], [300.0, 100.0]]) + rng.normal(0, 1, (2, 2)) for _ in range(90)]
    centres = [smoother(points, index / 30).cx for index, points in enumerate(raw)]
    assert np.std(centres[30:]) < 0.5 * np.std([points[0, 0] for points in raw[30:]])


def test_a_region_keeps_up_with_somebody_who_runs() -> None:
    smoother = RegionSmoother()
    for index in range(60):
        x = 300.0 + 10 * index  # one and a half diameters a second
        region = smoother(np.array([[x, 200.0], [x, 100.0]]), index / 30)
    assert region.cx == pytest.approx(x, abs=0.05 * region.side)


def test_after_a_reset_points_are_taken_as_they_are() -> None:
    smoother = RegionSmoother()
    smoother(np.array([[300.0, 200.0], [300.0, 100.0]]), 0.0)
    smoother.reset()
    assert smoother(np.array([[400.0, 200.0], [400.0, 100.0]]), 0.03).cx == 400
