"""Scores against naive twins: joints in 3D, points and silhouettes in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.evaluate.clips.scores import motion_figures, overlap, picture_figures
from str_live.evaluate.clips.tracks import (
    Sight,
)
from str_live.metrics import accel_error_mm, accel_mm, best_rotation, pa_mpjpe_mm
from tests.evaluate.clips.made_up import EVERY, sights, walk


def test_at_60_frames_a_second_accelerations_are_those_of_every_second_frame():
    predicted, truth = walk(0), walk(1)
    figures = motion_figures(sights(predicted), EVERY, joints=truth, rate=60.0)
    predicted, truth = (joints - joints.mean(1, keepdims=True) for joints in (predicted, truth))
    turned = predicted @ best_rotation(predicted.reshape(-1, 3), truth.reshape(-1, 3)).T
    halves = [(turned[start::2], truth[start::2]) for start in (0, 1)]  # as many triples in each
    assert figures == pytest.approx(
        {
            "pa_mpjpe_mm": pa_mpjpe_mm(predicted, truth),
            "accel_error_mm": np.mean([accel_error_mm(*half) for half in halves]),
            "accel_mm": np.mean([accel_mm(own) for own, _ in halves]),
        }
    )


def test_frames_that_do_not_count_change_no_figure():
    said, truth, counted = walk(0), walk(1), EVERY.copy()
    counted[17:20] = False
    shown = sights(said)
    figures = motion_figures(shown, counted, joints=truth, rate=30.0)
    shown[17], shown[18], shown[19] = None, sights(said + 5.0)[18], sights(-said)[19]
    assert motion_figures(shown, counted, joints=truth, rate=30.0) == figures
    assert figures != motion_figures(sights(said), EVERY, joints=truth, rate=30.0)


def test_where_nothing_counts_there_are_no_figures():
    assert motion_figures(sights(walk(0)), ~EVERY, joints=walk(1), rate=60.0) == {}
    no_mask = np.zeros((40, 8, 8), bool)
    assert picture_figures(sights(walk(0)), ~EVERY, points_px=np.zeros((40, 12, 2)), masks=no_mask) == {}


def upright(offset: np.ndarray) -> np.ndarray:
    """(12, 2) pixels: a torso of 100 pixels, in the middle of a picture of 300, moved by (12, 2)."""
    points = np.full((12, 2), 150.0)
    points[6:, 1] += 100
    return points + offset


def test_pck_is_the_share_of_points_within_a_part_of_the_torso():
    offset = np.zeros((12, 2))
    offset[3:6, 0], offset[8:10, 1] = 15, 25
    mask = np.zeros((300, 300), bool)
    shown = [Sight(np.zeros((12, 3)), upright(offset), mask)]
    figures = picture_figures(
        shown, np.ones(1, bool), points_px=upright(np.zeros((12, 2)))[None], masks=[mask]
    )
    assert figures == pytest.approx({"pck_01": 7 / 12, "pck_02": 10 / 12, "overlap": 0.0})


def test_reference_points_outside_the_picture_do_not_count_and_nobody_misses_all():
    reference = upright(np.zeros((12, 2)))
    reference[10:] = [-5, 310]
    masks = [np.ones((300, 300), bool)] * 2
    shown = [Sight(np.zeros((12, 3)), upright(np.zeros((12, 2))), masks[0]), None]
    both = np.stack([reference, reference])
    found = picture_figures(shown, np.array([True, False]), points_px=both, masks=masks)
    assert found == {"pck_01": 1.0, "pck_02": 1.0, "overlap": 1.0}
    figures = picture_figures(shown, np.ones(2, bool), points_px=both, masks=masks)
    assert figures == {"pck_01": 0.5, "pck_02": 0.5, "overlap": 0.5}


def test_overlap_is_intersection_over_union():
    first, second = np.zeros((2, 10, 10), bool)
    first[:6], second[4:] = True, True
    assert overlap(first, second) == pytest.approx(0.2)
    assert overlap(~first & first, ~first & first) == 0.0
