"""The crop's square, its smoothing, and the cut."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.geometry import crop_affine
from str_live.messages import Box
from str_live.person.crop import BoxSmoother, box_from_landmarks, cut_crop


def test_box_is_the_keypoint_square_times_margin_and_scale() -> None:
    box = box_from_landmarks(np.array([[100.0, 50.0], [200.0, 350.0]]), 640, 480)
    assert (box.cx, box.cy) == (150.0, 200.0)
    assert box.side == pytest.approx(300 * 1.1 * 1.2)


def test_guessed_points_far_below_the_picture_do_not_blow_up_the_box() -> None:
    visible = np.array([[300.0, 100.0], [340.0, 470.0]])
    far = np.array([[300.0, 100.0], [340.0, 1500.0]])
    assert box_from_landmarks(far, 640, 480).side <= box_from_landmarks(visible, 640, 480).side * 1.2


def test_crop_shows_the_box_and_black_outside_the_picture() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)
    image[40:60, 40:60] = 50
    crop = cut_crop(image, Box(0.0, 50.0, 100.0))
    assert crop.image.shape == (224, 224, 3)
    assert crop.image.dtype == np.uint8
    assert (crop.image[:, :108] == 0).all()
    assert (crop.image[20:60, 120:180] == 200).all()


def test_a_marked_pixel_lands_where_the_affine_says() -> None:
    image = np.zeros((300, 400, 3), np.uint8)
    image[119:122, 229:232] = 255
    box = Box(200.0, 150.0, 180.0)
    crop = cut_crop(image, box)
    y, x = np.argwhere(crop.image[..., 0] > 200).mean(axis=0)
    expected = crop_affine(box) @ [230, 120, 1]
    np.testing.assert_allclose([x, y], expected, atol=0.6)


def test_smoothing_steadies_a_trembling_box_and_follows_a_moving_one() -> None:
    rng = np.random.default_rng(1)
    smoother = BoxSmoother()
    centres = []
    for frame in range(120):
        noise = rng.normal(0, 4, 3)
        box = smoother(Box(500 + noise[0], 300 + noise[1], 400 + noise[2]), frame / 30)
        centres.append(box.cx)
    assert np.std(centres[30:]) < 3
    for frame in range(120, 180):
        moving = Box(500 + 200 * (frame - 119) / 30, 300, 400)  # half a box a second
        box = smoother(moving, frame / 30)
    assert abs(box.cx - moving.cx) < 0.08 * 400


def test_the_first_box_after_a_reset_is_taken_as_it_is() -> None:
    smoother = BoxSmoother()
    smoother(Box(10, 10, 50), 0.0)
    smoother.reset()
    box = smoother(Box(400, 300, 200), 0.03)
    assert (box.cx, box.cy) == (400, 300)
    assert box.side == pytest.approx(200)
