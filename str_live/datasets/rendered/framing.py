"""Where the camera stands, what it cuts off, and the square that the app would cut out of its picture.

Camera frame: x right, y down, z away. Pixels of a picture whose principal point is its middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from str_live.datasets.rendered.dice import Dice
from str_live.datasets.simulated.views import autoregressive
from str_live.person.crop import CROP_SCALE, KEYPOINT_MARGIN, OUTSIDE_MARGIN

SIZES = (*3 * ((640.0, 480.0),), *5 * ((1280.0, 720.0),), (720.0, 1280.0))
"""Pictures of webcams and, upright, of telephones. Only their shape matters."""
NEAREST_M = 0.30
"""No point of the body comes closer to the lens."""


@dataclass(frozen=True, slots=True)
class FramingConfig:
    """What part of people cameras see, and how well the app's square fits them."""

    whole: float = 0.60
    """Share of pictures with the whole body."""
    half: float = 0.33
    """Share with a body that the lower edge cuts off; the rest is cut by a side edge too."""
    focal: tuple[float, float] = (0.62, 1.25)
    """Focal length over the picture's diagonal: 78 to 44 degrees across it."""
    shift: float = 0.03
    """Sigma of the square's error in place, over its side."""
    scale: float = 0.07
    """Sigma of the logarithm of its error in size."""
    wander: float = 0.01
    """Sigma of what changes of both from frame to frame."""


class Framing(NamedTuple):
    """Cameras of B sequences of T frames."""

    focal: Tensor
    """(B,) pixels."""
    size: Tensor
    """(B, 2) width and height, pixels."""
    translation: Tensor
    """(B, 3) metres: where the world's origin lies in the camera frame."""
    centre: Tensor
    """(B, T, 2) pixels: the crop's middle."""
    side: Tensor
    """(B, T) pixels."""

    def project(self, points: Tensor) -> Tensor:
        """(B, T, N, 3) camera frame -> (B, T, N, 2) pixels; never from behind the lens."""
        depth = points[..., 2:].clamp_min(0.05)
        return points[..., :2] / depth * self.focal[:, None, None, None] + self.size[:, None, None] / 2

    def to_crop(self, pixels: Tensor) -> Tensor:
        """(B, T, N, 2) pixels -> [-1, 1] of the crop."""
        return (pixels - self.centre[:, :, None]) / (self.side[..., None, None] / 2)


def frame_people(points: Tensor, config: FramingConfig, dice: Dice) -> Framing:
    """Cameras for landmarks (B, T, 33, 3), metres, in the camera's axes but not yet before the camera."""
    batch, frames = points.shape[:2]
    size = dice.choose(torch.tensor(SIZES))
    focal = size.norm(dim=1) * dice.uniform(*config.focal)
    low, high = points.amin((1, 2)), points.amax((1, 2))  # (B, 3)
    scale, place, anchor = _wanted(high - low, size, config, dice)
    depth = focal / scale
    depth = torch.maximum(depth, NEAREST_M - low[:, 2] + (low[:, 2] + high[:, 2]) / 2)
    centre = (low + high) / 2
    translation = torch.stack([-centre[:, 0], -centre[:, 1], depth - centre[:, 2]], 1)
    empty = torch.zeros(batch, frames, 2)
    framing = Framing(focal, size, translation, empty, empty[..., 0])
    for _ in range(2):  # perspective moves the box a little: bring it to its place
        pixels = framing.project(points + framing.translation[:, None, None])
        seen = torch.lerp(pixels.amin((1, 2)), pixels.amax((1, 2)), anchor)
        step = (place - seen) * (framing.translation[:, 2] / focal)[:, None]
        moved = framing.translation + torch.cat([step.clamp(-3, 3), torch.zeros(batch, 1)], 1)
        framing = framing._replace(translation=moved)
    pixels = framing.project(points + framing.translation[:, None, None])
    centre, side = crop_squares(pixels, size[:, None].expand(-1, frames, -1))
    return _misplaced(framing._replace(centre=centre, side=side), config, dice)


def _wanted(extent: Tensor, size: Tensor, config: FramingConfig, dice: Dice) -> tuple[Tensor, Tensor, Tensor]:
    """Pixels per metre (B,), and the pixel (B, 2) where the body's box shall lie: its middle or its top.

    The third is which, as a share of the box from low to high (B, 2).
    """
    width, height = size.unbind(1)
    wide, tall = extent[:, 0], extent[:, 1].clamp_min(0.3)
    whole_scale = torch.minimum(dice.uniform(0.35, 0.95) * height / tall, 0.95 * width / wide)
    seen, above = dice.uniform(0.25, 0.9), dice.uniform(0.02, 0.35)
    half_scale = (1 - above) * height / (seen * tall).clamp_min(0.42)
    kind = dice.choose(
        torch.arange(3), (config.whole, config.half, max(1 - config.whole - config.half, 1e-6))
    )
    scale = torch.where(kind == 0, whole_scale, half_scale)
    free = (1 - scale * extent[:, :2].T / size.T).clamp_min(0.04).T  # (B, 2) share of the picture beside it
    anywhere = size * (0.5 + free * dice.uniform(-0.5, 0.5, 2))
    across = width * (0.5 + dice.normal(0, 0.11))
    beside = width * torch.where(dice.chance(0.5), dice.uniform(-0.05, 0.3), dice.uniform(0.7, 1.05))
    cut = torch.stack([torch.where(kind == 1, across, beside), above * height], 1)
    whole = (kind == 0)[:, None]
    anchor = torch.where(whole, torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.0]))
    return scale, torch.where(whole, anywhere, cut), anchor


def crop_squares(landmarks_px: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """`crop.box_from_landmarks` of many: (..., 33, 2) and sizes (..., 2) -> centres (..., 2), sides (...)."""
    room = size[..., None, :]
    points = landmarks_px.maximum(-OUTSIDE_MARGIN * room).minimum((1 + OUTSIDE_MARGIN) * room)
    low, high = points.amin(-2), points.amax(-2)
    return (low + high) / 2, (high - low).amax(-1).clamp_min(1.0) * (KEYPOINT_MARGIN * CROP_SCALE)


def _misplaced(framing: Framing, config: FramingConfig, dice: Dice) -> Framing:
    """The squares as a detector would place them: a steady error, and a little wandering."""
    batch, frames = framing.side.shape
    wander = config.wander * autoregressive(batch, frames, (3,), 0.9, dice.generator)
    place = config.shift * dice.normal(0, 1, 1, 2) + wander[..., :2]
    scale = torch.exp(config.scale * dice.normal(0, 1, 1) + wander[..., 2])
    side = framing.side * scale
    return framing._replace(centre=framing.centre + place * side[..., None], side=side)


def rays(framing: Framing) -> Tensor:
    """(B, T, 3, 3) `geometry.ray_rotation` of many: the optical axis onto the ray through each crop."""
    away = framing.centre - framing.size[:, None] / 2  # (B, T, 2)
    ray = torch.cat([away, framing.focal[:, None, None].expand(*away.shape[:2], 1)], -1)
    x, y, z = torch.nn.functional.normalize(ray, dim=-1).unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, zero, x, zero, zero, y, -x, -y, zero], -1).unflatten(-1, (3, 3))
    return torch.eye(3) + skew + skew @ skew / (1 + z)[..., None, None]
