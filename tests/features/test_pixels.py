"""What the image front end is given: pixels, mask and drawn limbs, the same in training and in the app."""

from __future__ import annotations

import pytest
import torch

from str_live.features.landmarks import IMAGE_DEVIATION, IMAGE_MEAN, LANDMARK_POINTS
from str_live.features.pixels import (
    LIMB_MAPS,
    LIMB_WIDTH,
    SEGMENTS,
    InputConfig,
    draw_joints,
    draw_limbs,
    image_inputs,
)

NAMES = list(LANDMARK_POINTS)


def points(count: int = 2) -> torch.Tensor:
    return torch.rand(count, 21, 2, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8


def everywhere(count: int = 2) -> torch.Tensor:
    return torch.ones(count, 21, dtype=torch.bool)


def pictures(count: int = 2, side: int = 64) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


def test_limbs_are_drawn_as_a_loop_over_segments_would():
    drawn = draw_limbs(points(), everywhere(), 24)
    assert drawn.shape == (2, LIMB_MAPS, 24, 24)
    centres = (torch.arange(24) + 0.5) / 24 * 2 - 1
    for limb, segments in enumerate(SEGMENTS):
        for row, column in ((3, 20), (12, 12), (17, 5)):
            pixel = torch.stack([centres[column], centres[row]])
            distances = []
            for start, end in segments:
                a, b = points()[1, start], points()[1, end]
                share = ((pixel - a) @ (b - a) / (b - a).square().sum()).clamp(0, 1)
                distances.append((pixel - a - share * (b - a)).norm())
            expected = torch.exp(-(min(distances) ** 2) / (2 * LIMB_WIDTH**2))
            torch.testing.assert_close(drawn[1, limb, row, column], expected, atol=1e-4, rtol=1e-3)


def test_left_and_right_are_drawn_into_different_maps():
    moved = points(1)
    moved[:, NAMES.index("left_wrist")] += 0.3
    change = (draw_limbs(moved, everywhere(1), 32) - draw_limbs(points(1), everywhere(1), 32)).abs()
    assert change[0, 0].max() > 0.1
    assert change[0, 1:].max() == 0


def test_a_segment_to_a_point_outside_the_picture_is_not_drawn():
    inside = everywhere(1)
    inside[0, [i for i, name in enumerate(NAMES) if name.endswith(("knee", "ankle", "heel", "toe"))]] = False
    drawn = draw_limbs(points(1), inside, 32)
    assert drawn[0, [2, 3]].max() < 1e-6
    assert drawn[0, [0, 1, 4]].amax((1, 2)).min() > 0.5


def test_a_drawn_limb_lies_on_the_pixel_that_the_point_falls_on():
    where = torch.zeros(1, 21, 2)
    where[0, :, 0] = 0.5
    where[0, :, 1] = -0.25
    drawn = draw_limbs(where, everywhere(1), 56)[0, 0]
    row, column = divmod(int(drawn.argmax()), 56)
    assert (column, row) == (42 - 1, 21 - 1) or (abs(column + 0.5 - 42) <= 0.5 and abs(row + 0.5 - 21) <= 0.5)


def test_a_joint_s_spot_lies_where_the_point_is():
    drawn = draw_joints(points(), everywhere(), 56)
    centres = (torch.arange(56) + 0.5) / 56 * 2 - 1
    mass = drawn.sum((2, 3))
    across, down = (drawn * centres).sum((2, 3)) / mass, (drawn * centres[:, None]).sum((2, 3)) / mass
    torch.testing.assert_close(torch.stack([across, down], -1), points(), atol=2e-3, rtol=0)
    assert drawn.max() <= 1


def test_a_point_outside_the_picture_has_no_spot():
    inside = everywhere(1)
    inside[0, 3] = False
    drawn = draw_joints(points(1), inside, 28)
    assert (drawn.amax((2, 3)) > 0.5).tolist() == inside.tolist()


def test_pixels_are_normalised_rgb():
    config = InputConfig(64)
    found = image_inputs(config, pictures(), None, points(), everywhere())
    expected = (pictures()[1, :, 7, 9] - torch.tensor(IMAGE_MEAN)) / torch.tensor(IMAGE_DEVIATION)
    torch.testing.assert_close(found.pixels[1, :, 7, 9], expected)
    assert found.maps.shape == (2, 0, 16, 16)


def test_a_smaller_size_is_the_mean_of_areas():
    found = image_inputs(InputConfig(32), pictures(), None, points(), everywhere()).pixels
    whole = image_inputs(InputConfig(64), pictures(), None, points(), everywhere()).pixels
    torch.testing.assert_close(found[0, 0, 3, 5], whole[0, 0, 6:8, 10:12].mean())


def test_a_removed_background_is_the_mean_colour_and_tells_nothing():
    mask = torch.zeros(2, 64, 64)
    mask[:, 20:40, 20:40] = 1.0
    config = InputConfig(64, background="removed", mask=True)
    found = image_inputs(config, pictures(), mask, points(), everywhere())
    kept = image_inputs(InputConfig(64), pictures(), None, points(), everywhere()).pixels
    assert (found.pixels[:, :, :20] == 0).all()
    torch.testing.assert_close(found.pixels[:, :, 25:35, 25:35], kept[:, :, 25:35, 25:35])
    assert found.maps.shape == (2, 1, 16, 16)
    assert found.maps[0, 0, 7, 7] == 1
    assert found.maps[0, 0, 0, 0] == 0


def test_maps_come_in_the_promised_number():
    config = InputConfig(64, mask=True, limbs=True, joints=True)
    found = image_inputs(config, pictures(), torch.rand(2, 64, 64), points(), everywhere())
    assert found.maps.shape == (2, config.maps, 16, 16)
    assert config.maps == 1 + LIMB_MAPS + 21


def test_a_missing_mask_is_an_error_only_where_it_is_needed():
    for config in (InputConfig(64, mask=True), InputConfig(64, background="removed")):
        with pytest.raises(ValueError, match="mask"):
            image_inputs(config, pictures(), None, points(), everywhere())
    image_inputs(InputConfig(64, limbs=True), pictures(), None, points(), everywhere())


def test_an_unknown_background_is_refused():
    with pytest.raises(ValueError, match="removed"):
        InputConfig(background="blurred")
