"""Errors taken apart: what was put in comes out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from str_live.datasets.simulated.views import LEG_POINTS, NAMES, SWAPPED, autoregressive
from str_live.evaluate.damage.errors import Track, exchange_back, track_errors

FRAMES = 300


def person(frames: int = FRAMES) -> np.ndarray:
    """(T, 21, 2) points whose box has half sides of 50, standing with spread arms and legs."""
    rng = np.random.default_rng(0)
    points = rng.uniform(-50, 50, size=(21, 2))
    points[:, 0] = np.where([name.startswith("left") for name in NAMES], 25, -25) + 0.3 * points[:, 0]
    points[0], points[1], points[2] = (0, -50), (10, -40), (-10, -40)
    points[NAMES.index("left_toe")] = 40, 50
    return np.tile(points, (frames, 1, 1)) + np.arange(frames)[:, None, None]  # walking away changes nothing


def with_noise(count: int = 20, *, slow: float, white: float, bias: float) -> list[Track]:
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    drift = autoregressive(count, FRAMES, (21, 2), 0.8, generator).numpy()
    tracks = []
    for one in drift:
        error = slow * one + white * rng.normal(size=one.shape) + bias * rng.normal(size=(1, 21, 2))
        tracks.append(Track(person() + 50 * error, person()))
    return tracks


def test_bias_slow_and_white_parts_are_told_apart():
    errors = track_errors(with_noise(slow=0.03, white=0.02, bias=0.05))
    assert errors.bias == pytest.approx(0.05, rel=0.1)
    assert errors.slow == pytest.approx(0.03, rel=0.1)
    assert errors.white == pytest.approx(0.02, rel=0.1)
    assert errors.memory == pytest.approx(0.8, abs=0.05)
    assert errors.lost.share == errors.swapped.share == 0
    assert errors.frames == 20 * FRAMES


def test_what_is_new_in_every_frame_has_no_memory():
    errors = track_errors(with_noise(slow=0.0, white=0.03, bias=0.0))
    assert math.hypot(errors.slow, errors.white) == pytest.approx(0.03, rel=0.05)
    assert errors.slow < 0.01


def test_a_limb_in_the_wrong_place_is_an_outlier_and_no_slow_error():
    observed = person()
    arm = [NAMES.index(f"left_{part}") for part in ("elbow", "wrist", "hand")]
    observed[np.ix_(np.arange(100, 110), arm)] += 30
    errors = track_errors([Track(observed, person())])
    assert errors.outlier.share == pytest.approx(10 * 3 / (FRAMES * 21))
    assert errors.outlier.frames == 10
    assert errors.outlier_size == pytest.approx(30 / 50)
    assert errors.limb.share == pytest.approx(10 / (FRAMES * 4))
    assert errors.limb.frames == 10
    assert errors.slow == errors.white == errors.bias == 0


def test_lost_frames_are_counted_and_hurt_no_other_figure():
    observed = person() + 1
    observed[50:60], observed[80:84] = np.nan, np.nan
    errors = track_errors([Track(observed, person())])
    assert errors.lost.share == pytest.approx(14 / FRAMES)
    assert errors.lost.frames == 7
    assert errors.bias == pytest.approx(1 / 50)
    assert errors.outlier.share == 0


def test_a_run_that_lasts_from_the_first_to_the_last_frame_is_one():
    observed = person()
    observed[:5], observed[-5:] = np.nan, np.nan
    assert track_errors([Track(observed, person())]).lost.frames == 5


def test_swapped_sides_are_counted_and_exchanged_back():
    true = person() / 50
    observed = true.copy()
    observed[10:20] = observed[10:20][:, SWAPPED]
    legs = np.ix_(np.arange(40, 45), LEG_POINTS)
    observed[legs] = true[:, SWAPPED][legs]
    repaired, swapped = exchange_back(observed, true)
    np.testing.assert_array_equal(repaired, true)
    np.testing.assert_array_equal(np.flatnonzero(swapped[:, 0]), range(10, 20))
    np.testing.assert_array_equal(np.flatnonzero(swapped[:, 1]), [*range(10, 20), *range(40, 45)])
    errors = track_errors([Track(observed, true)])
    assert errors.swapped.share == pytest.approx(25 / (2 * FRAMES))
    assert errors.swapped.frames == pytest.approx(25 / 3)
    assert errors.outlier.share == 0
    assert errors.percentile_90 == 0


def test_a_slow_film_tells_shares_but_no_runs():
    observed = person()
    observed[5:10] = np.nan
    errors = track_errors([Track(observed, person(), temporal=False)])
    assert errors.lost.share == pytest.approx(5 / FRAMES)
    assert math.isnan(errors.lost.frames)
    assert math.isnan(errors.slow)


def test_a_track_of_a_few_frames_says_nothing_about_bias():
    observed = person()
    observed[3:] = np.nan
    observed[:3] += 40
    errors = track_errors([Track(observed, person()), Track(person() + 1, person())])
    assert errors.bias == pytest.approx(1 / 50)
    assert errors.outlier.share == pytest.approx(3 / (2 * FRAMES))


def test_where_nothing_was_measured_the_figures_are_nan():
    short = track_errors([Track(person(3), person(3))])
    assert math.isnan(short.bias)
    assert short.median == 0
    lost = track_errors([Track(np.full_like(person(), np.nan), person())])
    assert lost.lost.share == 1
    assert all(math.isnan(value) for value in (lost.median, lost.percentile_90, lost.bias, lost.slow))
    assert all(math.isnan(value) for value in (lost.memory, lost.white, lost.unsteady, lost.outlier_size))
