"""The plot of a film shows the curves that there are, in the window's colours, at their places."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from str_live.film.lettering import bgr, write
from str_live.film.plot import AnglePlot, CurvePlot
from str_live.messages import AccelerationSample
from str_live.view.angle_history import AngleHistory
from str_live.view.history import AccelerationHistory
from str_live.view.palette import CURVES, GROUND, REFERENCE, SIDES, TEXT, VARIANT_A, VARIANT_B
from tests.film.filmed_results import filmed
from tests.test_joint_angles import turned

HEIGHT, WIDTH = 232, 800


def history(count: int = 100) -> AccelerationHistory:
    filled = AccelerationHistory()
    for index in range(count):
        filled.add(filmed(index))
    return filled


def drawn(kind: str, filled: AccelerationHistory, **options: bool) -> np.ndarray:
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    plot = CurvePlot(kind, "Title", ("A", "B", "frame", "reference"), **options)
    plot.draw(canvas, filled, "a note", {"frame": "per-frame"})
    return canvas


def like(canvas: np.ndarray, colour: str, tolerance: int = 12) -> np.ndarray:
    """(H, W) bool: pixels of this colour."""
    return np.abs(canvas.astype(int) - bgr(colour)).max(axis=2) <= tolerance


def test_curves_lie_at_their_values_and_times():
    canvas = drawn("error", history())[70:200, 70:]  # between the legend and the axis
    blue, grey = like(canvas, VARIANT_A), like(canvas, CURVES["frame"], 60)
    rows_a, rows_frame = np.flatnonzero(blue.any(axis=1)), np.flatnonzero(grey.any(axis=1))
    assert rows_frame.max() < rows_a.min(), "30 is above 10"
    columns = np.flatnonzero(blue.any(axis=0))
    # Ten seconds are 722 pixels, and 100 samples 3.96 seconds.
    assert np.ptp(columns) == pytest.approx(3.96 * 72.2, abs=3)
    assert not like(canvas, VARIANT_B).any()


def test_the_reference_is_dashed():
    canvas = drawn("magnitude", history())[70:200, 70:]
    columns = like(canvas, REFERENCE, tolerance=90).any(axis=0)
    first, last = np.flatnonzero(columns)[[0, -1]]
    assert 0.3 < columns[first : last + 1].mean() < 0.9


def test_a_gap_in_the_samples_is_a_gap_in_the_curve():
    filled = history(50)
    for index in range(50, 70):
        nothing = AccelerationSample(3.0 + index / 25, {}, {}, "ground truth")
        filled.add(replace(filmed(index), acceleration=nothing))
    for index in range(70, 120):
        filled.add(filmed(index))
    blue = like(drawn("error", filled)[70:200, 70:], VARIANT_A).any(axis=0)
    first, last = np.flatnonzero(blue)[[0, -1]]
    assert not blue[first : last + 1].all()


def test_nothing_to_show_is_an_empty_plot_with_its_note():
    canvas = drawn("error", AccelerationHistory())
    assert not like(canvas, VARIANT_A).any()
    assert like(canvas[:70], TEXT).any()
    assert like(canvas, GROUND).mean() > 0.8


def test_a_narrow_plot_has_its_note_below_the_title():
    beside, below = (drawn("error", history(), narrow=narrow)[28:46] for narrow in (False, True))
    legend = like(beside, VARIANT_A).any()
    assert legend
    assert not like(below, VARIANT_A).any()


def test_a_change_of_the_network_is_marked():
    plain, marked = history(150), history(50)
    marked.mark("A  STR without TTR")
    for index in range(50, 150):
        marked.add(filmed(index))
    changed = (np.abs(drawn("error", marked).astype(int) - drawn("error", plain)).max(axis=2) > 20).any(
        axis=0
    )
    line, *_, end = np.flatnonzero(changed)
    assert line == pytest.approx(62 + 722 * (1 - 4.0 / 10), abs=3), "100 frames of 25 a second ago"
    assert end - line > 100, "what it became is written beside it"


def test_letters_that_plots_need_are_there_and_look_different():
    seen = set()
    for text in "A²·−…Wi9":
        canvas = np.zeros((40, 40, 3), np.uint8)
        assert 5 < write(canvas, text, 5, 20, "#ffffff", 20) <= 35
        assert canvas.any()
        seen.add(cv2.resize(canvas, (20, 20), interpolation=cv2.INTER_AREA).tobytes())
    assert len(seen) == len("A²·−…Wi9")


def test_letters_outside_the_picture_are_cut():
    canvas = np.zeros((10, 10, 3), np.uint8)
    for x, y in ((-50, 5), (8, 5), (5, -30), (5, 9)):
        write(canvas, "long text", x, y, "#ffffff", 20)
    assert canvas.any()


def test_both_sides_of_a_joint_are_drawn_in_their_colours_at_their_degrees():
    angles = AngleHistory()
    for index in range(100):
        left, right = turned(left_knee=(30, 0, 0)), turned(right_knee=(50, 0, 0))
        rotations = np.concatenate([left[:, :5], right[:, 5:]], axis=1)[0]  # the left knee is joint 4
        result = filmed(index)
        angles.add(replace(result, bodies=(replace(result.bodies[0], rotmat=rotations),)))
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    AnglePlot("knee").draw(canvas, angles)
    rows = {
        side: np.flatnonzero(like(canvas[70:200, 70:], SIDES[side]).any(axis=1)).mean()
        for side in ("left", "right")
    }
    # Between legend and axis lie 40 degrees, 20 to 60.
    assert rows["left"] - rows["right"] == pytest.approx((HEIGHT - 26 - 59) * 20 / 40, abs=3)


def test_a_larger_film_has_larger_letters():
    small, large = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((2 * HEIGHT, 2 * WIDTH, 3), np.uint8)
    for canvas, scale in ((small, 1.0), (large, 2.0)):
        plot = CurvePlot("error", "Title", ("A",), scale=scale)
        plot.draw(canvas, history(), "a note", {})
    halved = cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    assert like(halved[:30], TEXT, 120).sum() == pytest.approx(like(small[:30], TEXT, 120).sum(), rel=0.35)
