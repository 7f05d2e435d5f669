"""What the image front end is given: pixels without background, spots of points."""

from __future__ import annotations

import pytest
import torch

from str_live.features.landmarks import IMAGE_DEVIATION, IMAGE_MEAN
from str_live.features.pixels import (
    InputConfig,
    draw_joints,
    image_inputs,
)


def points(count: int = 2) -> torch.Tensor:
    return torch.rand(count, 21, 2, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8


def everywhere(count: int = 2) -> torch.Tensor:
    return torch.ones(count, 21, dtype=torch.bool)


def pictures(count: int = 2, side: int = 64) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


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
    config = InputConfig(64, background="removed")
    found = image_inputs(config, pictures(), mask, points(), everywhere())
    kept = image_inputs(InputConfig(64), pictures(), None, points(), everywhere()).pixels
    assert (found.pixels[:, :, :20] == 0).all()
    torch.testing.assert_close(found.pixels[:, :, 25:35, 25:35], kept[:, :, 25:35, 25:35])


def test_maps_come_in_the_promised_number():
    for joints in (False, True):
        config = InputConfig(64, joints=joints)
        assert config.maps == 21 * joints
        found = image_inputs(config, pictures(), None, points(), everywhere())
        assert found.maps.shape == (2, config.maps, 16, 16)


def test_a_missing_mask_is_an_error_only_where_it_is_needed():
    with pytest.raises(ValueError, match="mask"):
        image_inputs(InputConfig(64, background="removed"), pictures(), None, points(), everywhere())
    image_inputs(InputConfig(64, joints=True), pictures(), None, points(), everywhere())


def test_an_unknown_background_is_refused():
    with pytest.raises(ValueError, match="removed"):
        InputConfig(background="blurred")
