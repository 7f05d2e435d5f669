"""What people look like: skin, hair, clothes, drawn at random, as columns for the shader.

Lengths are metres on the mean body in its T-pose (pelvis at the origin, shoulders at y = 0.39, hips at -0.09,
knees at -0.48, ankles at -0.90; the wrist at |x| = 0.66). Colours are linear.
"""

from __future__ import annotations

import torch
from torch import Tensor

from str_live.datasets.rendered.dice import Dice

SKIN_TONES = torch.tensor(
    [
        (0.96, 0.82, 0.75),
        (0.89, 0.70, 0.59),
        (0.80, 0.58, 0.45),
        (0.66, 0.45, 0.33),
        (0.47, 0.30, 0.21),
        (0.29, 0.18, 0.13),
    ],
    device="cpu",
)
"""Display values from light to dark."""
HAIR_COLOURS = torch.tensor(
    [(0.07, 0.06, 0.06), (0.17, 0.11, 0.08), (0.36, 0.23, 0.14), (0.70, 0.54, 0.34), (0.75, 0.73, 0.70)],
    device="cpu",
)
PATTERNS = (0.66, 0.10, 0.04, 0.08, 0.02, 0.03, 0.04, 0.03)
"""Plain, stripes across, stripes along, checks, dots, blotches, print, two halves (pattern.glsl)."""


def linear(colour: Tensor) -> Tensor:
    """(...) display values in 0 to 1 -> light, of the same shape."""
    return colour.clamp_min(0) ** 2.2


def colour_from_hue(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """(N,) each, 0 to 1 -> (N, 3) display values (HSV)."""
    sextant = (torch.tensor([5.0, 3.0, 1.0]) + 6 * hue[:, None]) % 6
    return value[:, None] * (1 - saturation[:, None] * torch.minimum(sextant, 4 - sextant).clamp(0, 1))


def cloth_colour(dice: Dice) -> Tensor:
    """(N, 3): mostly greys, black, white and navy, then muted, sometimes loud."""
    hue = dice.uniform(0, 1)
    grey = colour_from_hue(hue, dice.uniform(0, 0.12), dice.uniform(0.03, 1.0))
    navy = colour_from_hue(dice.normal(0.61, 0.03) % 1, dice.uniform(0.3, 0.7), dice.uniform(0.12, 0.55))
    muted = colour_from_hue(hue, dice.uniform(0.15, 0.55), dice.uniform(0.2, 0.9))
    loud = colour_from_hue(hue, dice.uniform(0.6, 1.0), dice.uniform(0.4, 1.0))
    kind = dice.choose(torch.arange(4), (0.44, 0.16, 0.30, 0.10))
    return linear(torch.stack([grey, navy, muted, loud], 1)[torch.arange(dice.count), kind])


def cloth(dice: Dice) -> tuple[Tensor, Tensor]:
    """(N, 4) twice: colour and pattern, second colour and the pattern's size in metres."""
    pattern = dice.choose(torch.arange(len(PATTERNS)), PATTERNS).float()
    size = torch.exp(dice.uniform(-3.6, -1.9))  # 27 to 150 mm
    return (
        torch.cat([cloth_colour(dice), pattern[:, None]], 1),
        torch.cat([cloth_colour(dice), size[:, None]], 1),
    )


def furniture_colour(dice: Dice) -> tuple[Tensor, Tensor]:
    """(N, 4) twice, as `cloth`: wood, white, grey and black, seldom a colour or a pattern."""
    first, second = cloth(dice)
    wood = colour_from_hue(dice.uniform(0.04, 0.11), dice.uniform(0.2, 0.65), dice.uniform(0.2, 0.85))
    grey = colour_from_hue(dice.uniform(0, 1), dice.uniform(0, 0.08), dice.uniform(0.03, 1.0))
    sober = linear(torch.where(dice.chance(0.5)[:, None], wood, grey))
    first[:, :3] = torch.where(dice.chance(0.8)[:, None], sober, first[:, :3])
    first[:, 3] *= dice.chance(0.3)
    return first, second


def draw_looks(dice: Dice) -> dict[str, Tensor]:
    """Name of the columns -> (N, ...) for people from head to foot."""
    seed = dice.uniform(0, 10)
    looks = {**_head(dice, seed), **_upper(dice, seed), **_lower(dice, seed), **_feet(dice)}
    dress = looks["SKIRT"][:, 2] * dice.chance(0.35) > 0
    for lower, upper in (("LOWER_A", "UPPER_A"), ("LOWER_B", "UPPER_B")):
        looks[lower] = torch.where(dress[:, None], looks[upper], looks[lower])
    return looks


def _head(dice: Dice, seed: Tensor) -> dict[str, Tensor]:
    tone = linear(dice.along(SKIN_TONES) * dice.uniform(0.92, 1.06, 1) + dice.normal(0, 0.012, 3))
    natural = dice.along(HAIR_COLOURS) + dice.normal(0, 0.015, 3)
    dyed = colour_from_hue(dice.uniform(0, 1), dice.uniform(0.4, 0.9), dice.uniform(0.3, 0.9))
    hair = linear(torch.where(dice.chance(0.05)[:, None], dyed, natural))
    style = dice.choose(torch.arange(4), (0.10, 0.36, 0.24, 0.30))  # none, short, thick, long
    low, high = torch.tensor([0.0, 0.006, 0.02, 0.012]), torch.tensor([0.002, 0.022, 0.05, 0.03])
    thickness = torch.lerp(low[style], high[style], dice.uniform(0, 1))
    shift = dice.normal(0.0, 0.010) + 0.035 * dice.chance(0.12)
    shift = torch.where((style == 0) & dice.chance(0.6), torch.tensor(0.3), shift)
    cap = dice.uniform(0.045, 0.10) * dice.chance(0.07)
    length = dice.uniform(0.20, 0.58) * (style == 3)
    beard = dice.uniform(0.4, 1.0) * dice.chance(0.2) * (style != 3)
    glasses = dice.chance(0.2)
    return {
        "SKIN": torch.cat([tone, seed[:, None]], 1),
        "HAIR": torch.cat([hair, dice.uniform(0.02, 0.2, 1)], 1),
        "HEAD": torch.stack([shift, thickness, 0 * cap, cap], 1),
        "FACE": torch.stack([beard, glasses.float(), dice.uniform(0.5, 2.0), dice.uniform(0, 1) ** 3], 1),
        "LONG_HAIR": torch.stack([length, dice.uniform(0.0, 0.025), seed], 1),
        "CAP": cloth_colour(dice),
    }


def _upper(dice: Dice, seed: Tensor) -> dict[str, Tensor]:
    first, second = cloth(dice)
    inner_first, inner_second = cloth(dice)
    sleeve = dice.choose(torch.arange(4), (0.08, 0.42, 0.08, 0.42))  # none, short, half, long
    low, high = torch.tensor([0.145, 0.25, 0.38, 0.60]), torch.tensor([0.19, 0.38, 0.55, 0.69])
    end = torch.lerp(low[sleeve], high[sleeve], dice.uniform(0, 1))
    hem = torch.where(dice.chance(0.07), dice.uniform(0.02, 0.14), dice.uniform(-0.20, -0.03))
    hem = torch.where(dice.chance(0.07), dice.uniform(-0.42, -0.2), hem)
    deep = dice.uniform(0.02, 0.09) * dice.chance(0.25)
    collar = torch.where(dice.chance(0.12), dice.uniform(0.03, 0.06), dice.uniform(0.072, 0.105))
    bare = dice.chance(0.03)
    hem = torch.where(bare, torch.tensor(9.0), hem)
    loose = dice.uniform(0, 1) ** 1.7
    thickness = dice.uniform(0.003, 0.016)
    jacket = dice.uniform(0.02, 0.07) * (dice.chance(0.28) & (sleeve == 3))
    logo = dice.uniform(0.03, 0.12) * dice.chance(0.25)
    beside = torch.where(dice.chance(0.4), dice.uniform(-0.1, 0.1), torch.tensor(0.0))
    return {
        "UPPER_A": first,
        "UPPER_B": second,
        "INNER_A": inner_first,
        "INNER_B": inner_second,
        "UPPER_CUT": torch.stack([hem, end, collar, deep], 1),
        "UPPER_FIT": torch.stack([thickness, 0.055 * loose, thickness + 0.022 * loose, seed], 1),
        "LOGO": torch.stack([beside, 0 * logo, logo], 1),
        "JACKET": torch.stack([0 * jacket, 0 * jacket, 0 * jacket, jacket], 1),
    }


def _lower(dice: Dice, seed: Tensor) -> dict[str, Tensor]:
    first, second = cloth(dice)
    first[:, 3] *= dice.chance(0.35)
    jeans = dice.chance(0.4)
    denim = linear(colour_from_hue(dice.normal(0.60, 0.02), dice.uniform(0.2, 0.6), dice.uniform(0.15, 0.7)))
    first = torch.where(jeans[:, None], torch.cat([denim, torch.zeros(dice.count, 1)], 1), first)
    kind = dice.choose(torch.arange(3), (0.66, 0.20, 0.14))  # trousers, shorts, skirt
    low, high = torch.tensor([-0.94, -0.58, -0.25]), torch.tensor([-0.80, -0.22, -0.15])
    end = torch.lerp(low[kind], high[kind], dice.uniform(0, 1))
    waist = dice.uniform(0.02, 0.14)
    hem = dice.uniform(-0.85, -0.25)
    flare = dice.uniform(0.03, 0.28) * (kind == 2)
    return {
        "LOWER_A": first,
        "LOWER_B": second,
        "LOWER_CUT": torch.stack([waist, end], 1),
        "LOWER_FIT": torch.stack(
            [dice.uniform(0.002, 0.014), 0.045 * dice.uniform(0, 1) ** 2, 0 * waist, seed + 3.3], 1
        ),
        "SKIRT": torch.stack([waist, hem, flare], 1),
    }


def _feet(dice: Dice) -> dict[str, Tensor]:
    nothing = torch.tensor(-9.0)
    kind = dice.choose(torch.arange(3), (0.66, 0.18, 0.16))  # shoes, socks alone, bare
    shoe = torch.where(dice.chance(0.15), dice.uniform(-0.85, -0.6), dice.uniform(-0.93, -0.87))
    sock = dice.uniform(-0.90, -0.62)
    tucked = dice.chance(0.25)
    return {
        "FEET": torch.stack(
            [torch.where(kind == 0, shoe, nothing), torch.where(kind == 2, nothing, sock), tucked], 1
        ),
        "SHOE": torch.cat([cloth_colour(dice), dice.uniform(0.0, 0.9, 1)], 1),
        "SOCK": cloth_colour(dice),
    }
