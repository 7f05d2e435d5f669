"""What the encoders are given."""

from __future__ import annotations

import numpy as np
import torch

from str_live.features.landmarks import (
    IMAGE_DEVIATION,
    IMAGE_MEAN,
    LANDMARK_INPUTS,
    LANDMARK_POINTS,
    LandmarkEncoder,
    image_input,
    landmark_input,
    points_from_landmarks,
)


def landmarks(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, 33, 2, generator=torch.Generator().manual_seed(0))


def test_a_point_is_the_mean_of_its_landmarks():
    marks = landmarks(4, 3)
    points = points_from_landmarks(marks)
    for index, ids in enumerate(LANDMARK_POINTS.values()):
        torch.testing.assert_close(points[..., index, :], sum(marks[..., i, :] for i in ids) / len(ids))
    assert points_from_landmarks(marks.double()).dtype == torch.float64


def test_the_pose_s_inputs_do_not_depend_on_the_crop_and_the_place_s_do():
    points = points_from_landmarks(landmarks(5))
    inside = torch.ones(5, 21, dtype=torch.bool)
    first, other = landmark_input(points, inside), landmark_input(0.7 * points - 0.2, inside)
    assert first.shape == (5, LANDMARK_INPUTS)
    torch.testing.assert_close(first[:, :63], other[:, :63])
    assert (first[:, 63:] - other[:, 63:]).abs().min() > 0.05


def test_points_outside_the_picture_are_marked():
    points = points_from_landmarks(landmarks(1))
    inside = torch.ones(1, 21, dtype=torch.bool)
    inside[0, 5] = False
    marks = landmark_input(points, inside)[0, 42:63]
    assert (marks < 0).nonzero().flatten().tolist() == [5]


def test_one_point_in_one_place_is_no_division_by_zero():
    assert torch.isfinite(landmark_input(torch.zeros(1, 21, 2), torch.ones(1, 21, dtype=torch.bool))).all()


def test_features_lie_in_the_range_of_a_gru_s_state():
    features = LandmarkEncoder(16, 32, 1)(10 * torch.randn(50, LANDMARK_INPUTS))
    assert features.shape == (50, 16)
    assert features.abs().max() <= 1


def test_a_crop_becomes_normalised_rgb():
    crop = np.zeros((224, 224, 3), np.uint8)
    crop[..., 2] = 255  # red, in BGR
    pixels = image_input(crop)
    assert pixels.shape == (1, 3, 224, 224)
    expected = (torch.tensor([1.0, 0.0, 0.0]) - torch.tensor(IMAGE_MEAN)) / torch.tensor(IMAGE_DEVIATION)
    torch.testing.assert_close(pixels[0, :, 100, 50], expected)
