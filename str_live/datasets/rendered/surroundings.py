"""Light, rooms, photographs, furniture, things before the lens, drawn at random as columns for the shaders.

World frame: y up, the floor at y = 0, the person near the origin. Colours are linear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from str_live.datasets.rendered.dice import Dice
from str_live.datasets.rendered.wardrobe import cloth, cloth_colour, colour_from_hue, furniture_colour, linear


@dataclass(frozen=True, slots=True)
class SurroundingsConfig:
    """How often there is what."""

    photographs: float = 0.45
    """Share of backgrounds from photographs, where there are any."""
    washes: float = 0.12
    """Share of plain or mottled ones; the rest are rooms."""
    furniture: int = 2
    """Boxes at most, each there in half of the pictures."""
    flats: int = 2
    """Rectangles and ellipses before the lens at most."""
    flat: float = 0.16
    """Chance of each of them."""
    exposure: float = 0.35
    """Sigma of the logarithm of the exposure about the right one."""


def draw_light(dice: Dice, camera: Tensor, config: SurroundingsConfig) -> dict[str, Tensor]:
    """Columns of the light for cameras (N, 3, 3) that turn the world into the camera frame."""
    up = camera[:, :, 1]
    warm = dice.normal(0, 0.10)
    tint = torch.stack([1 + warm, 1 + 0 * warm, 1 - 1.2 * warm], 1).clamp(0.5, 1.5)
    directed = dice.uniform(0, 1, 1)  # from an overcast sky to a lamp in the dark
    sky = (0.55 - 0.45 * directed) * tint.flip(1) * dice.uniform(0.9, 1.1, 3)
    ground = sky * dice.uniform(0.25, 0.9, 1) * torch.tensor([1.05, 1.0, 0.92])
    key = 1.9 * directed * tint * dice.uniform(0.92, 1.08, 3)
    screen = dice.chance(0.12)  # a monitor lights the face
    coloured = linear(colour_from_hue(dice.uniform(0, 1), dice.uniform(0, 0.6), dice.uniform(0.3, 0.8)))
    fill = torch.where(screen[:, None], coloured, sky * dice.uniform(0.0, 1.0, 1))
    before = torch.nn.functional.normalize(dice.normal(0, 0.35, 3) + torch.tensor([0.0, 0.1, -1.0]), dim=1)
    aside = torch.einsum("nij,nj->ni", camera, _direction(dice, -0.2, 0.9))
    bright = (0.6 * sky + 0.4 * ground + 0.45 * key + 0.3 * fill).mean(1)
    exposure = 1.6 / bright.clamp_min(0.05) * torch.exp(dice.normal(0, config.exposure))
    return {
        "UP": torch.cat([up, exposure[:, None]], 1),
        "SKY_LIGHT": sky,
        "GROUND_LIGHT": ground,
        "KEY_DIRECTION": torch.cat(
            [torch.einsum("nij,nj->ni", camera, _direction(dice, 0.05, 1.35)), dice.uniform(0.6, 5.0, 1)], 1
        ),
        "KEY_COLOUR": key,
        "FILL_DIRECTION": torch.where(screen[:, None], before, aside),
        "FILL_COLOUR": fill,
        # Photographs come exposed already: light brings them to the brightness of the scene.
        "PHOTO_LIGHT": (1 / exposure)[:, None] * dice.uniform(0.6, 1.6, 1) * tint,
    }


def _direction(dice: Dice, low: float, high: float) -> Tensor:
    """(N, 3) unit, towards a light between two elevations in radians, world frame."""
    elevation, around = dice.uniform(low, high), dice.uniform(0, 2 * math.pi)
    flat = torch.cos(elevation)
    return torch.stack([flat * torch.sin(around), torch.sin(elevation), flat * torch.cos(around)], 1)


def draw_background(
    dice: Dice, eye: Tensor, photographs: int, config: SurroundingsConfig
) -> dict[str, Tensor]:
    """Columns of what is behind the people; eye (N, 3) in the world, all of a sequence's the same."""
    share = config.photographs if photographs else 0.0
    kind = dice.choose(torch.arange(3), (1 - share - config.washes, share, config.washes))
    cut = dice.uniform(0.25, 0.95, 1) * torch.ones(1, 2)
    mirrored = torch.where(dice.chance(0.5), -1.0, 1.0)
    corner = dice.uniform(0, 1, 2) * (1 - cut)
    cut = cut * torch.stack([mirrored, torch.ones_like(mirrored)], 1)
    corner[:, 0] = torch.where(mirrored < 0, corner[:, 0] - cut[:, 0], corner[:, 0])
    photograph = dice.uniform(0, max(photographs, 1)).floor()
    blur = dice.uniform(0, 1) ** 3 * 4
    walls = dice.uniform(0.9, 4.0, 4)
    low = torch.stack([-walls[:, 0], torch.minimum(0 * blur, eye[:, 1] - 0.15), -walls[:, 1]], 1)
    high = torch.stack([walls[:, 2], dice.uniform(2.3, 3.2), walls[:, 3]], 1)
    low[:, [0, 2]] = torch.minimum(low[:, [0, 2]], eye[:, [0, 2]] - 0.2)
    high = torch.maximum(high, eye + 0.2)
    wall, second = cloth(dice)
    pale = linear(colour_from_hue(dice.uniform(0, 1), dice.uniform(0, 0.3), dice.uniform(0.35, 1.0)))
    wall[:, :3] = torch.where(dice.chance(0.75)[:, None], pale, wall[:, :3])
    wall[:, 3] = wall[:, 3] * dice.chance(0.4) % 4  # no blotches, no prints
    near = dice.uniform(0.6, 1.4, 1) * wall[:, :3]
    second = torch.cat([torch.where(dice.chance(0.7)[:, None], near, second[:, :3]), second[:, 3:] * 3], 1)
    brown = linear(colour_from_hue(dice.uniform(0.03, 0.12), dice.uniform(0.1, 0.6), dice.uniform(0.25, 0.9)))
    ground = torch.where(dice.chance(0.7)[:, None], brown, cloth_colour(dice))
    return {
        "BACKGROUND": torch.stack([kind, photograph, blur, dice.uniform(0, 1)], 1),
        "PHOTO_CUT": torch.cat([corner, cut], 1),
        "ROOM_LOW": low,
        "ROOM_HIGH": high,
        "ROOM_STYLE": torch.stack([dice.uniform(0.05, 1.5), 0 * blur, 0 * blur, dice.uniform(0, 0.9)], 1),
        "WALL_A": wall,
        "WALL_B": second,
        "FLOOR": torch.cat([ground, dice.uniform(0, 1, 1)], 1),
    }


def draw_boxes(dice: Dice, eye: Tensor, config: SurroundingsConfig) -> Tensor:
    """(N, K, 4, 4) furniture of N pictures; the picture's number is left to the caller. Absent: size 0."""
    away = eye * torch.tensor([1.0, 0.0, 1.0])
    distance = away.norm(dim=1, keepdim=True).clamp_min(0.1)
    towards = away / distance  # from the person to the camera, on the floor
    aside = torch.stack([towards[:, 2], torch.zeros(dice.count), -towards[:, 0]], 1)
    boxes = []
    for _ in range(config.furniture):
        present = dice.chance(0.5)[:, None]
        half = torch.stack([dice.uniform(0.12, 0.8), dice.uniform(0.15, 0.55), dice.uniform(0.12, 0.5)], 1)
        # Tables before people stay low and near them: else they would hide everything.
        behind = dice.chance(0.65)[:, None] | (distance < 1.6)
        half[:, 1] = torch.where(behind[:, 0], half[:, 1], dice.uniform(0.12, 0.4))
        reach = torch.where(behind, -dice.uniform(0.5, 2.0, 1), dice.uniform(0.4, 0.7, 1))
        place = towards * reach + aside * dice.normal(0, 0.8, 1)
        place[:, 1] = half[:, 1]
        first, second = furniture_colour(dice)
        turn = torch.atan2(towards[:, 0], towards[:, 2]) + dice.normal(0, 0.4)
        size = torch.cat([half * present, turn[:, None]], 1)
        boxes.append(torch.stack([torch.cat([place, torch.zeros(dice.count, 1)], 1), size, first, second], 1))
    return torch.stack(boxes, 1)


def draw_flats(dice: Dice, config: SurroundingsConfig) -> Tensor:
    """(N, K, 4, 4) things before the lens; the picture's number is left to the caller. Absent: size 0."""
    flats = []
    for _ in range(config.flats):
        half = torch.exp(dice.uniform(-3.0, -0.9, 2)) * dice.chance(config.flat)[:, None]
        place = torch.cat(
            [dice.normal(0, 0.45, 2), dice.uniform(0, math.pi, 1), torch.zeros(dice.count, 1)], 1
        )
        shape = torch.stack([dice.chance(0.5).float(), dice.uniform(0, 1)], 1)
        first, second = furniture_colour(dice)
        second[:, 3] *= 4
        flats.append(torch.stack([place, torch.cat([half, shape], 1), first, second], 1))
    return torch.stack(flats, 1)
