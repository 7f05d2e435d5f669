"""Contact sheets: many pictures in one, to look at what a network is trained on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from str_live.datasets.rendered.augment import augment
from str_live.datasets.rendered.mask_errors import corrupt_masks
from str_live.datasets.rendered.renderer import SyntheticBatch

INSIDE, OUTSIDE = (60, 220, 60), (60, 60, 230)
"""BGR of landmark points within the camera's picture and beyond."""


def bare(batch: SyntheticBatch) -> np.ndarray:
    """(N, S, S, 3) uint8 BGR as rendered."""
    return batch.pictures.numpy()[..., ::-1]


def as_trained(batch: SyntheticBatch, generator: torch.Generator, frames: int) -> np.ndarray:
    """(N, S, S, 3) uint8 BGR as a webcam would have them."""
    return _bgr(augment(batch.pictures, generator, frames=frames))


def with_masks(batch: SyntheticBatch, generator: torch.Generator, frames: int) -> np.ndarray:
    """(N, S, 2 S, 3) uint8 BGR: the picture with its landmark points, and the faulty mask."""
    masks = corrupt_masks(batch.masks, batch.target.image, generator, frames=frames)
    grey = _bgr(masks[:, None].expand(-1, 3, -1, -1))
    size = batch.pixels.shape[1]
    pictures = np.ascontiguousarray(bare(batch))
    for picture, points, inside in zip(pictures, batch.target.image, batch.inside, strict=True):
        places = ((points + 1) / 2 * size).round().int().clamp(-999, 9999).tolist()
        for place, seen in zip(places, inside.tolist(), strict=True):
            cv2.circle(picture, place, max(size // 100, 1), INSIDE if seen else OUTSIDE, -1, cv2.LINE_AA)
    return np.concatenate([pictures, grey], 2)


def write_sheet(path: Path, pictures: np.ndarray, columns: int) -> None:
    """(N, H, W, 3) uint8 BGR pictures in rows of `columns`."""
    rows = [np.concatenate(list(pictures[i : i + columns]), 1) for i in range(0, len(pictures), columns)]
    width = rows[0].shape[1]
    rows = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    if not cv2.imwrite(str(path), np.concatenate(rows)):
        raise OSError(f"{path} cannot be written; give a .png or .jpg in a folder that exists")


def _bgr(images: Tensor) -> np.ndarray:
    return (images * 255).round().byte().permute(0, 2, 3, 1).flip(-1).numpy()
