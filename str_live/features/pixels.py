"""What the image front end sees of a frame: normalised pixels, and maps of the person drawn beside them.

In: the crop's pixels, the person's mask, the 21 points of landmarks.py. Out: ImageInput. The same
functions serve training (batches of renders) and the app (one crop), so that both draw alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from str_live.features.landmarks import POINTS, normalised

MAP_STRIDE = 4
"""Maps are drawn at a quarter of the picture's resolution: they enter deep in the network."""
SPOT_WIDTH = 0.045
"""Sigma of a point's spot, in half sides of the crop: 1.3 pixels of a map of 56."""


@dataclass(frozen=True, slots=True)
class InputConfig:
    """What the backbone is given of the person beside or instead of the plain crop."""

    size: int = 224
    """Side of the picture in pixels; the app's crop of 224 is averaged down to it."""
    background: str = "kept"
    """'kept', or 'removed': pixels off the person's mask become the mean colour."""
    joints: bool = False
    """A map with one spot for each of the 21 landmark points, as STRAPS (BMVC 2020) has them."""

    def __post_init__(self) -> None:
        if self.background not in ("kept", "removed"):
            raise ValueError(f"background {self.background!r}: choose kept or removed")

    @property
    def maps(self) -> int:
        """Number of maps beside the pixels."""
        return POINTS * self.joints

    @property
    def needs_mask(self) -> bool:
        """Whether the person's mask has to be made."""
        return self.background == "removed"


class ImageInput(NamedTuple):
    """What a backbone takes."""

    pixels: Tensor
    """(B, 3, S, S) float32 RGB, normalised as ImageNet's networks expect."""
    maps: Tensor
    """(B, M, S / 4, S / 4) float32 in 0 to 1; M may be 0."""


def image_inputs(
    config: InputConfig, colour: Tensor, mask: Tensor | None, points: Tensor, inside: Tensor
) -> ImageInput:
    """(B, 3, H, H) RGB and (B, H, H) mask, both 0 to 1, (B, 21, 2) points in [-1, 1] and (B, 21) bool.

    `inside`: which points lie in the picture; only those are drawn. Raises ValueError where the configuration
    needs a mask and there is none.
    """
    if config.needs_mask and mask is None:
        raise ValueError("these weights need the person's mask: run PersonTracker with segmentation")
    normal = normalised(_resized(colour, config.size))  # (B, 3, S, S)
    if mask is not None and config.needs_mask:
        normal = normal * _resized(mask[:, None].float(), config.size)
    side = config.size // MAP_STRIDE
    if not config.joints:
        return ImageInput(normal, normal.new_zeros(len(normal), 0, side, side))
    return ImageInput(normal, draw_joints(points, inside, side))


def draw_joints(points: Tensor, inside: Tensor, side: int) -> Tensor:
    """(B, 21, 2) points in [-1, 1], (B, 21) bool -> (B, 21, side, side): a soft spot of height 1 at each."""
    centres = (torch.arange(side, device=points.device) + 0.5) / side * 2 - 1
    across, down = torch.exp((centres - points[..., None]).square() / (-2 * SPOT_WIDTH**2)).unbind(2)
    return down[..., :, None] * across[..., None, :] * inside[..., None, None]


def _resized(images: Tensor, side: int) -> Tensor:
    """(B, C, H, H) -> (B, C, side, side) by averaging areas; untouched where it fits."""
    if images.shape[-1] == side:
        return images
    return torch.nn.functional.interpolate(images, size=(side, side), mode="area")
