"""Makes true masks look like those of a segmentation: soft edges, lost limbs, holes, patches of background.

Mediapipe's masks come from a small network on 256 pixels: their edges are soft and wander, thin limbs get
lost, what touches the body is taken along, and in a film they trail behind. Batched, on any device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from str_live.datasets.rendered.blur import blurred
from str_live.datasets.rendered.dice import Dice
from str_live.features.landmarks import LANDMARK_POINTS

_POINT = {name: index for index, name in enumerate(LANDMARK_POINTS)}
LIMBS = tuple(
    (_POINT[f"{side}_{start}"], _POINT[f"{side}_{end}"], radius)
    for side in ("left", "right")
    for start, end, radius in (
        ("elbow", "hand", 0.055),
        ("wrist", "hand", 0.06),
        ("knee", "ankle", 0.07),
        ("ankle", "toe", 0.06),
    )
)
"""What gets lost: from a point to a point, and its radius as a share of the crop's side."""


@dataclass(frozen=True, slots=True)
class MaskErrorConfig:
    """How often and how much. Lengths are shares of the crop's side."""

    softness: tuple[float, float] = (0.004, 0.02)
    """Sigma of the edge's blur."""
    wandering: tuple[float, float] = (0.0, 0.25)
    """How far the edge wanders, relative to its blur."""
    limb: float = 0.12
    """Chance that a sequence loses a limb."""
    hole: float = 0.15
    """Chance of holes."""
    patch: float = 0.2
    """Chance that background next to the person is taken along."""
    missing: float = 0.02
    """Chance of an empty mask: the segmentation saw nobody."""
    lag: tuple[float, float] = (0.0, 0.5)
    """Share of the last frame's mask that is left in this one."""
    shift: float = 0.006
    """Sigma of a displacement of the whole mask."""


def corrupt_masks(
    masks: Tensor,
    image: Tensor,
    generator: torch.Generator,
    config: MaskErrorConfig | None = None,
    *,
    frames: int = 1,
) -> Tensor:
    """(N, S, S) uint8 true masks -> (N, S, S) float32, 0 to 1. `generator` on the masks' device.

    `image` (N, 21, 2): the landmark points in [-1, 1] of the crop (Target.image), which tell where limbs are.
    N = B * frames, sequence by sequence; errors stay with a sequence and change slowly.
    """
    config = config or MaskErrorConfig()
    dice = Dice(generator, len(masks) // frames, frames)
    soft = masks.float() / 255
    soft = _lose_limb(soft, image.to(soft), config, dice)
    soft = _patches(soft, config, dice)
    soft = _edges(soft, config, dice)
    soft = _displaced(soft, config, dice)
    soft = _trailing(soft, config, dice)
    return soft * ~dice.chance(config.missing)[:, None, None]


def noise_field(dice: Dice, cells: int, size: int) -> Tensor:
    """(N, S, S) smooth noise of about unit variance; two thirds of it stay through a sequence."""
    steady = dice.normal(0, 0.82, 1, cells, cells)
    lively = torch.randn(steady.shape, generator=dice.generator, device=steady.device)
    both = steady + 0.57 * lively
    return interpolate(both, size=(size, size), mode="bicubic", align_corners=False)[:, 0]


def _lose_limb(soft: Tensor, image: Tensor, config: MaskErrorConfig, dice: Dice) -> Tensor:
    """Erase one limb here and there."""
    limbs = torch.tensor([(start, end) for start, end, _ in LIMBS], device=soft.device)
    radii = torch.tensor([radius for *_, radius in LIMBS], device=soft.device)
    chosen = (dice.uniform(0, len(LIMBS)).long()).clamp(max=len(LIMBS) - 1)
    rows = torch.arange(len(soft), device=soft.device)
    start, end = image[rows, limbs[chosen, 0]], image[rows, limbs[chosen, 1]]  # (N, 2)
    size = soft.shape[-1]
    place = (torch.arange(size, device=soft.device) + 0.5) / size * 2 - 1
    x, y = place[None, None, :] - start[:, 0, None, None], place[None, :, None] - start[:, 1, None, None]
    along = end - start
    length = along.square().sum(1).clamp_min(1e-6)
    share = ((x * along[:, 0, None, None] + y * along[:, 1, None, None]) / length[:, None, None]).clamp(
        0.15, 1.2
    )
    away = torch.hypot(x - share * along[:, 0, None, None], y - share * along[:, 1, None, None])
    radius = 2 * radii[chosen] * dice.uniform(0.7, 1.3)
    erased = (away < radius[:, None, None]) & dice.chance(config.limb)[:, None, None]
    return soft * ~erased


def _patches(soft: Tensor, config: MaskErrorConfig, dice: Dice) -> Tensor:
    """Holes within, and background near the person taken along."""
    size = soft.shape[-1]
    hole = noise_field(dice, 9, size) > dice.uniform(1.2, 2.2)[:, None, None]
    soft = soft * ~(hole & dice.chance(config.hole)[:, None, None])
    near = blurred(soft[:, None], torch.full_like(soft[:, 0, 0], 0.05 * size))[:, 0] > 0.06
    patch = noise_field(dice, 7, size) > dice.uniform(0.8, 1.8)[:, None, None]
    return torch.where(patch & near & dice.chance(config.patch)[:, None, None], torch.ones_like(soft), soft)


def _edges(soft: Tensor, config: MaskErrorConfig, dice: Dice) -> Tensor:
    """Blur, let the edge wander, and make it as steep again as a segmentation's."""
    size = soft.shape[-1]
    smooth = blurred(soft[:, None], dice.uniform(*config.softness) * size)[:, 0]
    wandering = dice.uniform(*config.wandering)[:, None, None] * noise_field(dice, 14, size)
    steepness = dice.uniform(4.0, 14.0)[:, None, None]
    threshold = dice.uniform(0.35, 0.6)[:, None, None]
    floor = torch.sigmoid(-steepness * threshold)
    edge = torch.sigmoid(steepness * (smooth + wandering * 4 * smooth * (1 - smooth) - threshold))
    return ((edge - floor) / (1 - floor)).clamp(0, 1)


def _displaced(soft: Tensor, config: MaskErrorConfig, dice: Dice) -> Tensor:
    """The whole mask a little beside the person."""
    shift = torch.randn(len(soft), 2, generator=dice.generator, device=soft.device) * 2 * config.shift
    turn = torch.eye(2, device=soft.device).expand(len(soft), 2, 2)
    grid = torch.nn.functional.affine_grid(
        torch.cat([turn, shift[..., None]], 2), [len(soft), 1, *soft.shape[1:]], align_corners=False
    )
    return torch.nn.functional.grid_sample(soft[:, None], grid, align_corners=False)[:, 0]


def _trailing(soft: Tensor, config: MaskErrorConfig, dice: Dice) -> Tensor:
    """Each frame keeps a share of the frame before."""
    if dice.repeats == 1:
        return soft
    kept = dice.uniform(*config.lag).unflatten(0, (-1, dice.repeats))[:, 0, None, None]
    frames = soft.unflatten(0, (-1, dice.repeats)).unbind(1)
    seen = [frames[0]]
    for frame in frames[1:]:
        seen.append(torch.lerp(frame, seen[-1], kept))
    return torch.stack(seen, 1).flatten(0, 1)
