"""Front ends: what is seen of the person in one frame, as one feature vector.

In: Person and Crop of a frame. Out: (C,) feature. `landmarks` encodes mediapipe's 2D landmarks, `resnet` the
crop's pixels with SPIN's ResNet-50 (resnet.py).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from str_live.messages import Person

LANDMARK_POINTS: dict[str, tuple[int, ...]] = {
    "nose": (0,),
    "left_ear": (7,),
    "right_ear": (8,),
    "left_shoulder": (11,),
    "right_shoulder": (12,),
    "left_elbow": (13,),
    "right_elbow": (14,),
    "left_wrist": (15,),
    "right_wrist": (16,),
    "left_hand": (17, 19),
    "right_hand": (18, 20),
    "left_hip": (23,),
    "right_hip": (24,),
    "left_knee": (25,),
    "right_knee": (26,),
    "left_ankle": (27,),
    "right_ankle": (28,),
    "left_heel": (29,),
    "right_heel": (30,),
    "left_toe": (31,),
    "right_toe": (32,),
}
"""The 21 points the encoder sees, each the mean of these of mediapipe's 33 landmarks."""
POINTS = len(LANDMARK_POINTS)
_MIXTURE = torch.tensor(
    [[float(i in ids) / len(ids) for i in range(33)] for ids in LANDMARK_POINTS.values()], device="cpu"
)
"""(21, 33): the mean of each point's landmarks as one small product, a tenth of the time of slicing."""
LANDMARK_INPUTS = POINTS * 3 + 3


def points_from_landmarks(landmarks: Tensor) -> Tensor:
    """(..., 33, D) -> (..., 21, D)."""
    return _MIXTURE.to(landmarks) @ landmarks


def landmark_input(points: Tensor, inside: Tensor) -> Tensor:
    """What the encoder sees of a frame: (..., 66) from (..., 21, 2) points and (..., 21) bool.

    `points` in [-1, 1] of the crop, `inside` whether each lies within the picture. The result holds the
    points relative to their own box, so that the pose does not depend on how the crop was cut; who is inside;
    and that box relative to the crop, for the camera.

    Two things that mediapipe offers stay out, because a network trained on simulated ones gets better in
    simulation and worse on real people: its world landmarks (systematic errors that depend on the view) and
    its visibility (says nothing about the error; 81 instead of 73 mm PA-MPJPE on the balance clip).
    """
    low, high = points.amin(-2), points.amax(-2)  # (..., 2)
    centre = (low + high) / 2
    half_side = ((high - low).amax(-1, keepdim=True) / 2).clamp_min(1e-3)  # (..., 1)
    relative = (points - centre[..., None, :]) / half_side[..., None]
    place = torch.cat([centre, torch.log(half_side) + 0.25], dim=-1)  # (..., 3), about zero
    return torch.cat([relative.flatten(-2), inside.to(points.dtype) - 0.8, place], dim=-1)


class ResidualBlock(nn.Module):
    """x + Linear(GELU(Linear(LayerNorm(x)))) of (..., width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, width)
        self.contract = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.contract(nn.functional.gelu(self.expand(self.norm(x))))


class LandmarkEncoder(nn.Module):
    """(B, 66) landmark inputs -> (B, C) features in (-1, 1).

    The tanh at the end gives features the range of a GRU's state, so that STR can start as a smoother of them
    (train/smoother.py).
    """

    def __init__(self, width: int = 256, hidden: int = 512, blocks: int = 3) -> None:
        super().__init__()
        self.enter = nn.Linear(LANDMARK_INPUTS, hidden)
        self.blocks = nn.Sequential(*(ResidualBlock(hidden) for _ in range(blocks)))
        self.norm = nn.LayerNorm(hidden)
        self.leave = nn.Linear(hidden, width)

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.tanh(self.leave(self.norm(self.blocks(self.enter(inputs)))))


IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_DEVIATION = (0.229, 0.224, 0.225)


def image_input(crop: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """(224, 224, 3) uint8 BGR -> (1, 3, 224, 224) float32 RGB, normalised as SPIN's backbone expects."""
    return normalised(rgb_from_bgr(torch.from_numpy(np.ascontiguousarray(crop)).to(device)[None]))


def rgb_from_bgr(pixels: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 BGR -> (B, 3, H, W) float32 RGB, 0 to 1; channels last in memory."""
    return pixels.flip(-1).permute(0, 3, 1, 2).float() / 255


def normalised(colour: Tensor) -> Tensor:
    """(B, 3, H, W) RGB, 0 to 1 -> normalised as ImageNet's networks expect."""
    # Filled on the device: a copy from the CPU could not be captured in a CUDA graph.
    mean, deviation = (
        torch.stack([colour.new_full((1, 1), value) for value in values])
        for values in (IMAGE_MEAN, IMAGE_DEVIATION)
    )
    return (colour - mean) / deviation


def points_inside(person: Person) -> Tensor:
    """(21,) bool: which landmark points lie within the picture; all where its size is not known."""
    points = points_from_landmarks(torch.from_numpy(person.landmarks_px))
    if person.image_size is None:
        return torch.ones(len(points), dtype=torch.bool)
    return ((points >= 0) & (points < torch.tensor(person.image_size))).all(-1)
