"""Ranges counted picture by picture are those of the whole, and whoever prints them names side and unit."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.angle_names import JOINT_ANGLES
from str_live.angle_ranges import RangeCounter, SteadyAngles, as_figures, as_table, ranges_of
from str_live.joint_angles import joint_angles, unwrapped
from tests.test_joint_angles import turned


def bending(degrees: np.ndarray) -> np.ndarray:
    """(N, 24, 3, 3): the left knee bends."""
    return np.concatenate([turned(left_knee=(value, 0, 0)) for value in degrees])


def counted(rotations: np.ndarray) -> RangeCounter:
    """(N, 24, 3, 3), one after the other."""
    steady, counter = SteadyAngles(), RangeCounter()
    for each in rotations:
        counter.add(steady.of(each))
    return counter


def test_a_knee_s_range_is_the_known_one():
    counter = counted(bending(np.array([10.0, 60.0, 20.0])))
    knee = counter.ranges()["knee_angle_l"]
    assert (knee.least, knee.greatest, knee.motion, knee.mean) == pytest.approx((10, 60, 50, 30))
    assert as_figures(counter.ranges())["knee"]["left"] == {
        "min": 10.0,
        "max": 60.0,
        "range": 50.0,
        "mean": 30.0,
    }
    assert counter.ranges()["knee_angle_r"].motion == pytest.approx(0.0)


def test_counted_one_by_one_or_at_once_it_is_the_same():
    rotations = bending(np.linspace(150, 250, 40))  # through the half turn
    counter = counted(rotations)
    whole = ranges_of({name: unwrapped(values) for name, values in joint_angles(rotations).items()})
    for name in JOINT_ANGLES:
        one, other = counter.ranges()[name], whole[name]
        assert (one.least, one.greatest, one.mean) == pytest.approx(
            (other.least, other.greatest, other.mean), abs=1e-9
        )
    assert whole["knee_angle_l"].motion == pytest.approx(100.0)


def test_angles_do_not_jump_by_whole_turns():
    steady = SteadyAngles()
    values = [steady.of(rotations)["knee_angle_l"] for rotations in bending(np.array([170.0, 185.0, 200.0]))]
    assert values == pytest.approx([170.0, 185.0, 200.0])


def test_nothing_seen_is_no_range():
    assert RangeCounter().ranges() == {}
    assert as_figures({}) == {}
    assert ranges_of({"knee_angle_l": np.full(3, np.nan)}) == {}


def test_the_table_has_a_line_for_each_side():
    counter = counted(bending(np.array([40.0])))
    lines = as_table(counter.ranges()).splitlines()
    assert "degrees" in lines[0]
    (left,) = (line for line in lines if line.startswith("Knee") and "left" in line)
    assert left.split()[-4:] == ["40.0", "40.0", "0.0", "40.0"]
    assert sum(line.startswith("Knee") for line in lines) == 2
    assert sum(line.startswith("Trunk bending") for line in lines) == 1
