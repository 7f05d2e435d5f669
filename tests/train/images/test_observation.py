"""From rendered people to what the front ends see: errors of a detector in the coordinates of the crop."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import torch

from str_live.datasets.rendered.renderer import SyntheticBatch
from str_live.datasets.simulated.views import ViewConfig
from str_live.datasets.target import Target
from str_live.train.images.observation import detected_points, observe_rendered
from tests.train.images.image_training_fakes import INPUT, observation

PERFECT = ViewConfig(
    bias=(0, 0), slow=(0, 0), white=(0, 0), quality=0, outlier=0, swap=0, hidden=0, truncated=0
)


def batch(count: int = 64, scale: float = 1.0) -> SyntheticBatch:
    target = observation(count).target
    target = Target(target.rotmat, target.betas, target.points, target.image * scale)
    pixels = torch.randint(0, 256, (count, 32, 32, 4), dtype=torch.uint8)
    return SyntheticBatch(
        pixels, target, torch.ones(count, 21, dtype=torch.bool), torch.eye(3).expand(count, 3, 3)
    )


def test_a_perfect_detector_reports_the_truth():
    rendered = batch()
    points = detected_points(rendered, 1, PERFECT, torch.Generator().manual_seed(0))
    torch.testing.assert_close(points, rendered.target.image, atol=1e-5, rtol=0)


def test_errors_grow_with_the_person_not_with_the_crop():
    generator = torch.Generator().manual_seed(0)
    errors = []
    for scale in (1.0, 0.5):
        rendered = batch(scale=scale)
        points = detected_points(rendered, 1, ViewConfig(swap=0), generator.manual_seed(0))
        errors.append((points - rendered.target.image).abs().mean())
    torch.testing.assert_close(errors[0], 2 * errors[1], rtol=1e-3, atol=0)


def test_points_outside_the_picture_are_guessed_worse():
    rendered = batch(256)
    inside = torch.ones(256, 21, dtype=torch.bool)
    inside[:, 10:] = False
    rendered = dataclasses.replace(rendered, inside=inside)
    generator = torch.Generator().manual_seed(0)
    error = (detected_points(rendered, 1, ViewConfig(swap=0), generator) - rendered.target.image).abs()
    assert error[:, 10:].mean() > 1.5 * error[:, :10].mean()


def test_errors_stay_with_a_person_for_a_while():
    still = batch(2)
    rows = torch.arange(2).repeat_interleave(16)
    filmed = SimpleNamespace(target=still.target.index(rows), inside=still.inside[rows])
    points = detected_points(filmed, 16, ViewConfig(swap=0, outlier=0), torch.Generator().manual_seed(0))
    error = (points - filmed.target.image).unflatten(0, (2, 16))
    assert (error[:, 1:] - error[:, :-1]).abs().mean() < 0.5 * error.abs().mean()


def test_what_is_seen_has_the_shapes_of_the_encoders():
    found = observe_rendered(batch(8), 4, ViewConfig(), INPUT, torch.Generator().manual_seed(0))
    assert found.image.pixels.shape == (8, 3, 32, 32)
    assert found.image.maps.shape == (8, INPUT.maps, 8, 8)
    assert found.landmarks.shape == (8, 66)
    assert found.index(torch.tensor([3, 1])).landmarks.shape == (2, 66)
