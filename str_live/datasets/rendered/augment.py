"""What a webcam does to a picture: blur, exposure, colour cast, noise, JPEG. Batched, on any device.

In: pictures as the renderer gives them. Out: float pictures for a network. Nothing here moves a pixel, so the
truth stays true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from str_live.datasets.rendered.blur import blurred
from str_live.datasets.rendered.dice import Dice

LUMA_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
"""JPEG's example of a quantisation table for brightness (ITU-T T.81, table K.1)."""
CHROMA_TABLE = (
    (17, 18, 24, 47), (18, 21, 26, 66), (24, 26, 56, 99), (47, 66, 99, 99),
)  # fmt: skip
"""Its table K.2 for colour; 99 everywhere else."""


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How often and how much. Lengths are shares of the picture's side."""

    blur: float = 0.4
    """Share of pictures out of focus, or enlarged from few pixels."""
    blur_sigma: tuple[float, float] = (0.001, 0.010)
    motion: float = 0.17
    """Share with motion blur."""
    motion_length: tuple[float, float] = (0.01, 0.05)
    gain: float = 0.22
    """Sigma of the logarithm of the exposure."""
    contrast: float = 0.18
    """Sigma of the logarithm of the gamma."""
    cast: float = 0.07
    """Sigma of the logarithm of each colour's gain."""
    saturation: tuple[float, float] = (0.45, 1.4)
    grey: float = 0.03
    """Share without colour."""
    noise: tuple[float, float] = (0.0, 0.045)
    """Sigma of the noise at full brightness; most pictures have little."""
    jpeg: float = 0.5
    """Share compressed."""
    quality: tuple[float, float] = (12.0, 90.0)


def augment(
    pictures: Tensor, generator: torch.Generator, config: AugmentConfig | None = None, *, frames: int = 1
) -> Tensor:
    """(N, S, S, 3) uint8 RGB -> (N, 3, S, S) float32, 0 to 1. `generator` on the pictures' device.

    N = B * frames, sequence by sequence: a sequence has one camera, but each frame its own noise. What lies
    outside the camera's picture stays black.
    """
    config = config or AugmentConfig()
    dice = Dice(generator, len(pictures) // frames, frames)
    images = pictures.permute(0, 3, 1, 2).float() / 255
    within = in_picture(images)
    images = _blur(images, config, dice)
    images = _develop(images, config, dice)
    images = _add_noise(images, config, dice)
    images = _compress(images, config, dice)
    return (images * within).clamp(0, 1)


def in_picture(images: Tensor) -> Tensor:
    """(N, 3, S, S) -> (N, 1, S, S): 1 in the camera's picture, 0 in the black rows and columns around it."""
    lit = images.amax(1) > 0
    return (lit.any(2)[:, :, None] & lit.any(1)[:, None]).float()[:, None]


def _blur(images: Tensor, config: AugmentConfig, dice: Dice) -> Tensor:
    side = images.shape[-1]
    sigma = dice.uniform(*config.blur_sigma) * side * dice.chance(config.blur)
    length = dice.uniform(*config.motion_length) * side * dice.chance(config.motion)
    angle = dice.uniform(0, math.pi)
    streak = torch.stack([length * torch.cos(angle), length * torch.sin(angle)], 1)
    chosen = (sigma + length) > 0
    if not bool(chosen.any()):
        return images
    result = images.clone()
    result[chosen] = blurred(images[chosen], sigma[chosen], streak[chosen]).clamp(0, 1)
    return result


def _develop(images: Tensor, config: AugmentConfig, dice: Dice) -> Tensor:
    """Exposure, gamma, cast and saturation."""
    gain = torch.exp(dice.normal(0, config.gain, 1) + dice.normal(0, config.cast, 3))[..., None, None]
    gamma = torch.exp(dice.normal(0, config.contrast))[:, None, None, None]
    images = (images * gain).clamp(1e-6, 1) ** gamma
    saturation = dice.uniform(*config.saturation) * ~dice.chance(config.grey)
    weights = images.new_tensor([0.299, 0.587, 0.114])[:, None, None]
    luma = (images * weights).sum(1, keepdim=True)
    return torch.lerp(luma, images, saturation[:, None, None, None]).clamp(0, 1)


def _add_noise(images: Tensor, config: AugmentConfig, dice: Dice) -> Tensor:
    """More of it in bright places; grain of one pixel, or of two where a camera smooths it."""
    low, high = config.noise
    sigma = low + (high - low) * dice.uniform(0, 1) ** 2.5
    fine = torch.randn(images.shape, generator=dice.generator, device=images.device)
    coarse = torch.nn.functional.avg_pool2d(fine, 3, stride=1, padding=1) * 3
    share = dice.uniform(0, 1)[:, None, None, None]
    grain = torch.lerp(fine, coarse, share) / torch.sqrt(share.square() + (1 - share).square())
    return (images + sigma[:, None, None, None] * (0.3 + 0.7 * images.sqrt()) * grain).clamp(0, 1)


def _compress(images: Tensor, config: AugmentConfig, dice: Dice) -> Tensor:
    """Some of the pictures through JPEG's rounding."""
    chosen = dice.chance(config.jpeg)
    quality = dice.uniform(*config.quality)
    if not bool(chosen.any()):
        return images
    result = images.clone()
    result[chosen] = jpeg_rounded(images[chosen], quality[chosen])
    return result


def jpeg_rounded(images: Tensor, quality: Tensor) -> Tensor:
    """(N, 3, S, S) RGB, S a multiple of 8, and JPEG qualities (N,) of 1 to 100 -> what is left after it."""
    count, _, height, width = images.shape
    assert (height % 8, width % 8) == (0, 0), f"{height} x {width} is no multiple of 8"
    to_ycc = images.new_tensor(
        [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
    )
    ycc = (
        torch.einsum("ij,njhw->nihw", to_ycc, images) * 255 - images.new_tensor([128.0, 0, 0])[:, None, None]
    )
    blocks = ycc.reshape(count, 3, height // 8, 8, width // 8, 8).transpose(3, 4)
    cosines = _cosines(images)
    table = _tables(images) * _table_scale(quality)[:, None, None, None]  # (N, 3, 8, 8)
    table = table.clamp_min(1)[:, :, None, None]
    rounded = torch.round((cosines @ blocks @ cosines.T) / table) * table
    restored = (cosines.T @ rounded @ cosines).transpose(3, 4).reshape(count, 3, height, width)
    restored = restored + images.new_tensor([128.0, 0, 0])[:, None, None]
    return (torch.einsum("ij,njhw->nihw", torch.linalg.inv(to_ycc), restored) / 255).clamp(0, 1)


def _cosines(like: Tensor) -> Tensor:
    """(8, 8) the orthonormal discrete cosine transform."""
    frequency, place = torch.arange(8, device=like.device)[:, None], torch.arange(8, device=like.device)[None]
    matrix = torch.cos((2 * place + 1) * frequency * math.pi / 16) / 2
    matrix[0] /= math.sqrt(2)
    return matrix.to(like.dtype)


def _tables(like: Tensor) -> Tensor:
    """(3, 8, 8) quantisation of brightness and of both colours."""
    chroma = like.new_full((8, 8), 99.0)
    chroma[:4, :4] = like.new_tensor(CHROMA_TABLE)
    return torch.stack([like.new_tensor(LUMA_TABLE), chroma, chroma])


def _table_scale(quality: Tensor) -> Tensor:
    """libjpeg's rule from quality to a factor of the tables."""
    return torch.where(quality < 50, 50 / quality, 2 - quality / 50)
