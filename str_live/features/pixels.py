"""What the image front end sees of a frame: normalised pixels, and maps of the person drawn beside them.

In: the crop's pixels, the person's mask, the 21 points of landmarks.py. Out: ImageInput. The same
functions serve training (batches of renders) and the app (one crop), so that both draw alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from str_live.features.landmarks import LANDMARK_POINTS, POINTS, normalised

_NAMES = list(LANDMARK_POINTS)
_CHAINS: dict[str, tuple[tuple[str, ...], ...]] = {
    "left arm": (("left_shoulder", "left_elbow", "left_wrist", "left_hand"),),
    "right arm": (("right_shoulder", "right_elbow", "right_wrist", "right_hand"),),
    "left leg": (("left_hip", "left_knee", "left_ankle", "left_heel", "left_toe"),),
    "right leg": (("right_hip", "right_knee", "right_ankle", "right_heel", "right_toe"),),
    "trunk": (
        ("left_shoulder", "right_shoulder", "right_hip", "left_hip", "left_shoulder"),
        ("left_ear", "nose", "right_ear"),
    ),
}
LIMB_MAPS = len(_CHAINS)
MAP_STRIDE = 4
"""Maps are drawn at a quarter of the picture's resolution: they enter deep in the network."""
LIMB_WIDTH = 0.045
"""Sigma of a drawn limb, in half sides of the crop: 1.3 pixels of a map of 56."""


def _segments(chains: tuple[tuple[str, ...], ...]) -> list[tuple[int, int]]:
    """Pairs of point numbers that follow each other in a chain."""
    return [(_NAMES.index(start), _NAMES.index(end)) for chain in chains for start, end in pairwise(chain)]


SEGMENTS = [_segments(chains) for chains in _CHAINS.values()]
"""Per limb map the segments drawn into it."""


@dataclass(frozen=True, slots=True)
class InputConfig:
    """Which of the person's allies the backbone is given."""

    size: int = 224
    """Side of the picture in pixels; the app's crop of 224 is averaged down to it."""
    background: str = "kept"
    """'kept', or 'removed': pixels off the person's mask become the mean colour."""
    mask: bool = False
    """The mask as a map of its own."""
    limbs: bool = False
    """The landmarks' skeleton as five maps: arms and legs by side, trunk with head."""
    joints: bool = False
    """A map with one spot for each of the 21 landmark points, as STRAPS (BMVC 2020) has them."""

    def __post_init__(self) -> None:
        if self.background not in ("kept", "removed"):
            raise ValueError(f"background {self.background!r}: choose kept or removed")

    @property
    def maps(self) -> int:
        """Number of maps beside the pixels."""
        return self.mask + LIMB_MAPS * self.limbs + POINTS * self.joints

    @property
    def needs_mask(self) -> bool:
        """Whether the person's mask has to be made."""
        return self.mask or self.background == "removed"


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

    `inside`: which points lie in the picture; only segments between two such points are drawn. Raises
    ValueError where the configuration needs a mask and there is none.
    """
    if config.needs_mask and mask is None:
        raise ValueError("these weights need the person's mask: run PersonTracker with segmentation")
    normal = normalised(_resized(colour, config.size))  # (B, 3, S, S)
    maps = []
    side = config.size // MAP_STRIDE
    if mask is not None and config.needs_mask:
        small = _resized(mask[:, None].float(), config.size)
        if config.background == "removed":
            normal = normal * small
        if config.mask:
            maps.append(_resized(small, side))
    if config.limbs:
        maps.append(draw_limbs(points, inside, side))
    if config.joints:
        maps.append(draw_joints(points, inside, side))
    empty = normal.new_zeros(len(normal), 0, side, side)
    return ImageInput(normal, torch.cat([empty, *maps], dim=1))


def draw_joints(points: Tensor, inside: Tensor, side: int) -> Tensor:
    """(B, 21, 2) points in [-1, 1], (B, 21) bool -> (B, 21, side, side): a soft spot of height 1 at each."""
    centres = (torch.arange(side, device=points.device) + 0.5) / side * 2 - 1
    across, down = torch.exp((centres - points[..., None]).square() / (-2 * LIMB_WIDTH**2)).unbind(2)
    return down[..., :, None] * across[..., None, :] * inside[..., None, None]


def draw_limbs(points: Tensor, inside: Tensor, side: int) -> Tensor:
    """(B, 21, 2) points in [-1, 1], (B, 21) bool -> (B, 5, side, side): soft lines, 1 on the limb's axis."""
    centres = (torch.arange(side, device=points.device) + 0.5) / side * 2 - 1
    grid = torch.stack(torch.meshgrid(centres, centres, indexing="xy"), -1).reshape(-1, 2)  # (P, 2) x, y
    drawn = []
    for segments in SEGMENTS:
        # Stacked, not indexed: the indices would be copied from the CPU, which a CUDA graph cannot hold.
        start, end = (torch.stack([points[:, pair[i]] for pair in segments], 1) for i in (0, 1))  # (B, S, 2)
        seen = torch.stack([inside[:, first] & inside[:, second] for first, second in segments], 1)
        axis = end - start
        length = axis.square().sum(-1).clamp_min(1e-6)  # (B, S), squared
        # distance to the segment, with the products expanded: no (B, S, P, 2) array is made
        along = axis @ grid.T - (axis * start).sum(-1, keepdim=True)  # (B, S, P)
        share = (along / length[..., None]).clamp(0, 1)
        from_start = (
            grid.square().sum(-1) - 2 * start @ grid.T + start.square().sum(-1, keepdim=True)
        )  # (B, S, P), squared distance to the start
        squared = from_start - 2 * share * along + share.square() * length[..., None]
        squared = squared.masked_fill(~seen[..., None], 1e3).amin(1)  # (B, P)
        drawn.append(torch.exp(squared.clamp_min(0) / (-2 * LIMB_WIDTH**2)))
    return torch.stack(drawn, 1).unflatten(-1, (side, side))


def _resized(images: Tensor, side: int) -> Tensor:
    """(B, C, H, H) -> (B, C, side, side) by averaging areas; untouched where it fits."""
    if images.shape[-1] == side:
        return images
    return torch.nn.functional.interpolate(images, size=(side, side), mode="area")
