"""What the front ends would be given of rendered people. In: SyntheticBatch, out: Observation, on any device.

The picture passes through a webcam; the landmarks are the truth with a detector's errors, in the coordinates
of the rendered crop; the mask is the truth with a segmentation's errors.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from str_live.datasets.rendered.augment import augment
from str_live.datasets.rendered.mask_errors import corrupt_masks
from str_live.datasets.rendered.renderer import SyntheticBatch
from str_live.datasets.simulated.views import ViewConfig, box_of, detected
from str_live.datasets.target import Target
from str_live.features.landmarks import landmark_input
from str_live.features.pixels import ImageInput, InputConfig, image_inputs


class Observation(NamedTuple):
    """N frames as the encoders take them, with their truth."""

    image: ImageInput
    landmarks: Tensor
    """(N, 66), feature.landmark_input of the detected points."""
    clean: Tensor
    """(N, 66), the same of the true points."""
    target: Target

    def index(self, rows: Tensor) -> Observation:
        """The frames `rows`."""
        image = ImageInput(*(part[rows] for part in self.image))
        return Observation(image, self.landmarks[rows], self.clean[rows], self.target.index(rows))


def observe_rendered(
    batch: SyntheticBatch, frames: int, views: ViewConfig, inputs: InputConfig, generator: torch.Generator
) -> Observation:
    """Rendered sequences of `frames` pictures each, on the generator's device."""
    points = detected_points(batch, frames, views, generator)
    colour = augment(batch.pictures, generator, frames=frames)
    masks = None
    if inputs.needs_mask:
        masks = corrupt_masks(batch.masks, batch.target.image, generator, frames=frames)
    image = image_inputs(inputs, colour, masks, points, batch.inside)
    landmarks, clean = (landmark_input(each, batch.inside) for each in (points, batch.target.image))
    return Observation(image, landmarks, clean, batch.target)


def moved(batch: SyntheticBatch, device: torch.device) -> SyntheticBatch:
    """The batch on another device."""
    target = Target(*(part.to(device) for part in batch.target))
    return SyntheticBatch(
        batch.pixels.to(device, non_blocking=True), target, batch.inside.to(device), batch.ray.to(device)
    )


def detected_points(
    batch: SyntheticBatch, frames: int, views: ViewConfig, generator: torch.Generator
) -> Tensor:
    """(N, 21, 2) in [-1, 1] of the crop: the true points with the errors of a detector."""
    clean = batch.target.image.unflatten(0, (-1, frames))  # (B, T, 21, 2)
    depth = batch.target.points[:, 24:, 2].unflatten(0, (-1, frames))
    inside = batch.inside.unflatten(0, (-1, frames))
    centre, half = box_of(clean)
    noisy = detected((clean - centre) / half, depth, inside, views, generator)
    return (noisy * half + centre).flatten(0, 1)
