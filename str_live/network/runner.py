"""A network at work: Person and Crop of a frame -> feature; window of features -> Prediction, as arrays.

In the precision and on the device chosen, by a faster packed copy of the network where there is one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from str_live.features.landmarks import (
    POINTS,
    landmark_input,
    normalised,
    points_from_landmarks,
    points_inside,
    rgb_from_bgr,
)
from str_live.features.pixels import ImageInput, image_inputs
from str_live.geometry import CROP_SIZE, image_to_crop
from str_live.messages import Crop, Person, Prediction
from str_live.network.network import Network
from str_live.network.packed import pack_encoder, pack_recurrences, pack_regressors, typical_call
from str_live.network.precision import FLOAT32, choose_precision
from str_live.person.crop import cut_mask
from str_live.rotation import rotmat_from_6d
from str_live.settings import NetworkSettings

logger = logging.getLogger(__name__)

LATE_STAGE = 16
"""Pixels of the crop to a cell of the maps that most of a ResNet's work is done on."""


class Description(NamedTuple):
    """The network's word on a window's frame, on its device."""

    rotmat: Tensor
    """(B, 24, 3, 3) local rotations, [0] the global orientation in the crop's camera frame."""
    betas: Tensor
    """(B, 10)."""
    camera: Tensor
    """(B, 3): s, tx, ty of the crop."""
    attention: dict[str, Tensor]
    """Softmax weights (B, n) by integration."""


class NetworkRunner:
    """A network ready to run on its device. Owned by one thread."""

    def __init__(
        self, network: Network, *, name: str, device: str, precision: str = "float32", packed: bool = True
    ) -> None:
        """`precision`: one of settings.PRECISIONS. Not `packed`: as trained, in float32, to compare with."""
        self.network = network.to(device).eval()
        self.name = name
        self.device = torch.device(device)
        self.front_end = network.config.front_end
        self.networks = network.networks
        """Temporal networks that it has weights for."""
        self.width = network.config.width
        image = network.config.image
        self.needs_mask = image is not None and image.input.needs_mask
        """Whether `feature` wants Person.mask."""
        self.precision = FLOAT32
        self.running = self.network
        """The network, or a faster copy of it."""
        if packed and self.front_end != "landmarks":
            side = CROP_SIZE if image is None else image.input.size
            work = typical_call(side // LATE_STAGE, self.device)
            self.precision = choose_precision(precision, self.device, work)
            self.running = self._packed()

    @property
    def packed(self) -> bool:
        """Whether a faster copy of the network runs."""
        return self.running is not self.network

    @property
    def where(self) -> str:
        """'cpu', or 'cpu in bfloat16'."""
        name = self.precision.name
        return str(self.device) if name == FLOAT32.name else f"{self.device} in {name}"

    def feature(self, person: Person, crop: Crop) -> np.ndarray:
        """(C,) float32: the feature of one frame. Raises ValueError where a mask is needed but missing."""
        observed = (part.to(self.device) for part in self.observe(person, crop))
        return self.encode(*observed)[0].cpu().numpy()

    def observe(self, person: Person, crop: Crop) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What `encode` takes of a frame, on the CPU: pixels (1, 224, 224, 3) uint8 BGR, points (1, 21, 2) in
        [-1, 1] of the crop, whether they are in the picture (1, 21) bool, mask (1, 224, 224) or empty."""
        landmarks = torch.from_numpy(image_to_crop(person.landmarks_px, crop.box).astype(np.float32))
        mask = torch.empty(1, 0)
        if self.needs_mask:
            if person.mask is None:
                raise ValueError("these weights need the person's mask: run PersonTracker with segmentation")
            mask = torch.from_numpy(cut_mask(person.mask, crop.box))[None]
        pixels = torch.from_numpy(np.ascontiguousarray(crop.image))[None]
        return pixels, points_from_landmarks(landmarks)[None], points_inside(person)[None], mask

    @torch.inference_mode()
    def encode(self, pixels: Tensor, points: Tensor, inside: Tensor, mask: Tensor) -> Tensor:
        """What `observe` gave, on the device -> (1, C) float32 feature. Nothing is copied or waited for."""
        return self.running.encoder(*self._encoder_inputs(pixels, points, inside, mask)).float()

    def _encoder_inputs(
        self, pixels: Tensor, points: Tensor, inside: Tensor, mask: Tensor
    ) -> tuple[Tensor | ImageInput, ...]:
        """What the front end's encoder takes."""
        image = self.network.config.image
        if self.front_end == "resnet" and image is None:
            return (normalised(rgb_from_bgr(pixels)),)
        seen = landmark_input(points, inside)
        if image is None:
            return (seen,)
        drawn = image_inputs(image.input, rgb_from_bgr(pixels), mask, points, inside)
        return (seen, drawn) if self.front_end == "both" else (drawn,)

    def predict(self, window: np.ndarray, networks: Sequence[NetworkSettings]) -> list[Prediction]:
        """(T, C) window -> one Prediction of its middle frame per variant; each must be in `networks`."""
        windows = torch.from_numpy(np.ascontiguousarray(window, dtype=np.float32))[None].to(self.device)
        return [
            Prediction(
                one.rotmat[0].cpu().numpy(),
                one.betas[0].cpu().numpy(),
                one.camera[0].cpu().numpy(),
                {name: weights[0].cpu().numpy() for name, weights in one.attention.items()},
            )
            for one in self.describe(windows, networks)
        ]

    @torch.inference_mode()
    def describe(self, windows: Tensor, networks: Sequence[NetworkSettings]) -> list[Description]:
        """`predict` on the device: (B, T, C) -> one Description per variant. Nothing is copied or waited
        for."""
        described = self.running.describe(windows, networks)
        poses = torch.stack([said.pose6d for said, _ in described])
        return [
            Description(rotmat, said.betas, said.camera, attention)
            for rotmat, (said, attention) in zip(rotmat_from_6d(poses), described, strict=True)
        ]

    @torch.inference_mode()
    def _packed(self) -> Network:
        """The network's faster copy, or itself where the device cannot run one."""
        logger.info("%s runs in %s: %s", self.name, self.precision.name, self.precision.reason)
        blank = torch.zeros(1, CROP_SIZE, CROP_SIZE, device=self.device)
        points = torch.zeros(1, POINTS, 2, device=self.device)
        pixels = blank[..., None].expand(-1, -1, -1, 3).to(torch.uint8)
        example = self._encoder_inputs(pixels, points, points[..., 0] > 0, blank)
        packed = pack_regressors(self.network)
        try:
            packed.encoder = pack_encoder(self.network.encoder, example, self.precision.dtype)
            packed.encoder(*example)
        except RuntimeError as error:
            logger.warning("%s runs as it is, in float32: it cannot be packed (%s)", self.name, error)
            self.precision = FLOAT32
            return self.network
        if self.device.type == "cpu" and self.precision.name != FLOAT32.name:
            packed.heads = pack_recurrences(packed.heads, self.precision.dtype)
        return packed
