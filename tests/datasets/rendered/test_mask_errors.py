"""Faulty masks: near the true ones, wrong in the ways asked for."""

from __future__ import annotations

from dataclasses import replace

import torch

from str_live.datasets.rendered.mask_errors import MaskErrorConfig, corrupt_masks
from str_live.features.landmarks import LANDMARK_POINTS
from tests.datasets.rendered.scene_material import seeded

GENTLE = MaskErrorConfig(
    softness=(0.004, 0.005), wandering=(0.0, 0.0), limb=0.0, hole=0.0, patch=0.0, missing=0.0,
    lag=(0.0, 0.0), shift=0.0,
)  # fmt: skip
SIZE = 64


def people(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Discs for masks, and landmark points on them."""
    place = (torch.arange(SIZE) + 0.5) / SIZE * 2 - 1
    disc = (place[None] ** 2 + place[:, None] ** 2 < 0.36).byte() * 255
    points = 0.5 * (torch.rand(count, len(LANDMARK_POINTS), 2, generator=seeded(0)) * 2 - 1)
    return disc.expand(count, -1, -1).contiguous(), points


def overlap(masks: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """(N,) intersection over union."""
    said, there = masks > 0.5, true > 127
    return (said & there).sum((1, 2)) / (said | there).sum((1, 2))


def test_faulty_masks_are_masks_and_repeatable():
    true, points = people(64)
    masks = corrupt_masks(true, points, seeded(1))
    assert masks.shape == true.shape
    assert masks.min() >= 0
    assert masks.max() <= 1
    assert torch.equal(masks, corrupt_masks(true, points, seeded(1)))
    quality = overlap(masks, true)
    assert quality.median() > 0.9
    assert quality.min() < 0.85


def test_gentle_errors_leave_the_mask():
    true, points = people(16)
    assert overlap(corrupt_masks(true, points, seeded(1), GENTLE), true).min() > 0.93


def test_a_lost_limb_is_lost_where_it_is():
    true, points = people(32)
    masks = corrupt_masks(true, points, seeded(2), replace(GENTLE, limb=1.0))
    assert (overlap(masks, true) < 0.97).all()
    assert overlap(masks, true).mean() > 0.6


def test_holes_take_and_patches_give():
    true, points = people(64)
    there = (true > 127).float()
    hole = corrupt_masks(true, points, seeded(3), replace(GENTLE, hole=1.0))
    patch = corrupt_masks(true, points, seeded(3), replace(GENTLE, patch=1.0))
    assert ((1 - hole) * there).sum() > 5 * (hole * (1 - there)).sum()
    gentle = corrupt_masks(true, points, seeded(3), GENTLE)
    assert (patch * (1 - there)).sum() > 3 * (gentle * (1 - there)).sum()


def test_sometimes_nobody_is_seen():
    true, points = people(400)
    masks = corrupt_masks(true, points, seeded(4), replace(GENTLE, missing=0.25))
    assert 0.15 < (masks.amax((1, 2)) == 0).float().mean() < 0.35


def test_masks_trail_behind_in_a_film():
    true, points = people(8)
    film = true.unflatten(0, (2, 4)).clone()
    film[:, 2:] = film[:, 2:].roll(12, -1)
    masks = corrupt_masks(film.flatten(0, 1), points, seeded(5), replace(GENTLE, lag=(0.5, 0.5)), frames=4)
    left = masks.unflatten(0, (2, 4))[:, 2, :, : SIZE // 4]
    sharp = corrupt_masks(film.flatten(0, 1), points, seeded(5), GENTLE, frames=4)
    assert left.sum() > sharp.unflatten(0, (2, 4))[:, 2, :, : SIZE // 4].sum() + 10
