"""What the simulation is asked for: normal errors and, on top of them, the damages'."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from str_live.evaluate.damage.errors import Errors, Run
from str_live.evaluate.damage.fit import expected_errors

NEVER = Run(0.0, math.nan)
NORMAL = Errors(100, 0.05, 0.1, 0.03, 0.03, 0.87, 0.01, 0.1, NEVER, math.nan, NEVER, NEVER, NEVER)


def test_without_damage_the_normal_errors_are_expected():
    harmless = replace(NORMAL, bias=0.0, slow=0.0, white=0.0)
    expected = expected_errors(NORMAL, [harmless, harmless])
    assert (expected.bias, expected.slow, expected.white) == pytest.approx(
        (NORMAL.bias, NORMAL.slow, NORMAL.white)
    )
    assert expected.lost.share == expected.outlier.share == 0


def test_variances_of_one_damage_add_to_the_normal_ones():
    expected = expected_errors(NORMAL, [replace(NORMAL, bias=0.04, slow=0.04, white=0.0)])
    assert (expected.bias, expected.slow, expected.white) == pytest.approx((0.05, 0.05, 0.01))


def test_a_damage_among_several_harmless_ones_counts_for_its_share():
    lost = replace(NORMAL, lost=Run(0.4, 8.0), outlier=Run(0.1, 3.0), outlier_size=0.3)
    expected = expected_errors(NORMAL, [lost, NORMAL, NORMAL, NORMAL])
    assert expected.lost.share == pytest.approx(0.1)
    assert expected.lost.frames == 8.0
    assert expected.outlier_size == pytest.approx(0.3)


def test_lengths_of_runs_are_weighted_by_how_often_they_are():
    expected = expected_errors(
        NORMAL, [replace(NORMAL, limb=Run(0.3, 2.0)), replace(NORMAL, limb=Run(0.1, 6.0))]
    )
    assert expected.limb.share == pytest.approx(0.2)
    assert expected.limb.frames == pytest.approx(3.0)
