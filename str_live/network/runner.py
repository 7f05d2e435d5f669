"""A network at work: the people of a frame -> a feature each; windows of features -> Predictions.

`Runner` is what the engine calls. `NetworkRunner` is the plain one: in the precision and on the device
chosen, by a faster packed copy of the network where there is one. cuda_graph.py has another for GPUs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol

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
from str_live.messages import NetworkInfo, Observation, Prediction
from str_live.network.network import Network
from str_live.network.packed import pack_encoder, pack_recurrences, pack_regressors, typical_call
from str_live.network.precision import FLOAT32, choose_precision
from str_live.person.crop import cut_mask
from str_live.rotation import rotmat_from_6d
from str_live.settings import NetworkSettings
from str_live.temporal.window import Feature, Samples, mixed

logger = logging.getLogger(__name__)

LATE_STAGE = 16
"""Pixels of the crop to a cell of the maps that most of a ResNet's work is done on."""


class Description(NamedTuple):
    """What a network predicts for the frames of B windows, on its device."""

    rotmat: Tensor
    """(B, 24, 3, 3) local rotations, [0] the global orientation in the crop's camera frame."""
    betas: Tensor
    """(B, 10)."""
    camera: Tensor
    """(B, 3): s, tx, ty of the crop."""
    attention: dict[str, Tensor]
    """Softmax weights (B, n) by integration."""


class Runner(Protocol[Feature]):
    """Turns people into features and windows of features into predictions, for all people of a frame at once.

    What a feature is only the runner knows that gave it; another runner's are of no use to it. All calls come
    from one thread, frame after frame: `observe` with the people of the newest frame, then `predict` with the
    windows that have become ready, whichever people and frames they are of.
    """

    @property
    def info(self) -> NetworkInfo:
        """Which network runs."""
        ...

    def observe(self, observations: Sequence[Observation]) -> list[Feature]:
        """The P people of one frame -> the feature of each. Raises ValueError where a mask is missing."""
        ...

    def predict(
        self, windows: Sequence[Samples[Feature]], variants: Sequence[NetworkSettings]
    ) -> list[list[Prediction]]:
        """P windows -> for each of them one Prediction of its middle frame per variant.

        Each variant's temporal network must be in `info.networks`.
        """
        ...


class NetworkRunner:
    """The Runner whose features are (C,) float32 arrays; bodies are posed by others. Owned by one thread."""

    def __init__(
        self, network: Network, *, name: str, device: str, precision: str = "float32", packed: bool = True
    ) -> None:
        """`precision`: one of settings.PRECISIONS. Not `packed`: as trained, in float32, to compare with."""
        self.network = network.to(device).eval()
        self.device = torch.device(device)
        self.precision = FLOAT32
        self.running = self.network
        """The network, or a faster copy of it."""
        config, image = network.config, network.config.image
        if packed and config.sees_pixels:
            side = CROP_SIZE if image is None else image.input.size
            work = typical_call(side // LATE_STAGE, self.device)
            self.precision = choose_precision(precision, self.device, work)
            self.running = self._packed(name)
        needs_mask = image is not None and image.input.needs_mask
        self.info = NetworkInfo(
            name=name,
            front_end=config.front_end,
            networks=network.networks,
            sees_landmarks=config.sees_landmarks,
            needs_mask=needs_mask,
            device=str(self.device),
            precision=self.precision.name,
        )

    @property
    def packed(self) -> bool:
        """Whether a faster copy of the network runs."""
        return self.running is not self.network

    def observe(self, observations: Sequence[Observation]) -> list[np.ndarray]:
        """See Runner: P people -> P features (C,) float32."""
        if not observations:
            return []
        inputs = (part.to(self.device) for part in self.inputs(observations))
        return list(self.encode(*inputs).cpu().numpy())

    def inputs(self, observations: Sequence[Observation]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What `encode` takes of P people, on the CPU: pixels (P, 224, 224, 3) uint8 BGR, points (P, 21, 2)
        in [-1, 1] of the crop, whether they are in the picture (P, 21) bool, mask (P, 224, 224) or (P, 0)."""
        pixels = torch.from_numpy(np.stack([crop.image for _, crop in observations]))
        landmarks = [image_to_crop(person.landmarks_px, crop.box) for person, crop in observations]
        points = points_from_landmarks(torch.from_numpy(np.stack(landmarks).astype(np.float32)))
        inside = torch.stack([points_inside(person) for person, _ in observations])
        return pixels, points, inside, self._masks(observations)

    def _masks(self, observations: Sequence[Observation]) -> Tensor:
        """(P, 224, 224) float32 probability of the person in each crop; (P, 0) where nobody looks at it."""
        if not self.info.needs_mask:
            return torch.empty(len(observations), 0)
        masks = []
        for person, crop in observations:
            if person.mask is None:
                raise ValueError("these weights need the person's mask: run PersonTracker with segmentation")
            masks.append(cut_mask(person.mask, crop.box))
        return torch.from_numpy(np.stack(masks))

    @torch.inference_mode()
    def encode(self, pixels: Tensor, points: Tensor, inside: Tensor, mask: Tensor) -> Tensor:
        """`inputs` on the device -> (P, C) float32 features there. Nothing is copied or waited for."""
        return self.running.encoder(*self._encoder_inputs(pixels, points, inside, mask)).float()

    def _encoder_inputs(
        self, pixels: Tensor, points: Tensor, inside: Tensor, mask: Tensor
    ) -> tuple[Tensor | ImageInput, ...]:
        """What the front end's encoder takes."""
        config = self.network.config
        landmarks = (landmark_input(points, inside),) if config.sees_landmarks else ()
        if not config.sees_pixels:
            return landmarks
        colours = rgb_from_bgr(pixels)
        if config.image is None:
            return (*landmarks, normalised(colours))
        return (*landmarks, image_inputs(config.image.input, colours, mask, points, inside))

    def predict(
        self, windows: Sequence[Samples[np.ndarray]], variants: Sequence[NetworkSettings]
    ) -> list[list[Prediction]]:
        """See Runner."""
        if not windows:
            return []
        features = torch.from_numpy(np.stack([mixed(samples) for samples in windows])).to(self.device)
        described = [_on_cpu(description) for description in self.describe(features, variants)]
        return [[_of_window(one, place) for one in described] for place in range(len(windows))]

    @torch.inference_mode()
    def describe(self, windows: Tensor, variants: Sequence[NetworkSettings]) -> list[Description]:
        """(B, 16, C) windows on the device -> a Description per variant. Nothing is copied or waited for."""
        described = self.running.describe(windows, variants)
        poses = torch.stack([regression.pose6d for regression, _ in described])
        return [
            Description(rotmat, regression.betas, regression.camera, attention)
            for rotmat, (regression, attention) in zip(rotmat_from_6d(poses), described, strict=True)
        ]

    @torch.inference_mode()
    def _packed(self, name: str) -> Network:
        """The network's faster copy, or itself where the device cannot run one."""
        logger.info("%s runs in %s: %s", name, self.precision.name, self.precision.reason)
        blank = torch.zeros(1, CROP_SIZE, CROP_SIZE, device=self.device)
        points = torch.zeros(1, POINTS, 2, device=self.device)
        pixels = blank[..., None].expand(-1, -1, -1, 3).to(torch.uint8)
        example = self._encoder_inputs(pixels, points, points[..., 0] > 0, blank)
        packed = pack_regressors(self.network)
        try:
            packed.encoder = pack_encoder(self.network.encoder, example, self.precision.dtype)
            packed.encoder(*example)
        except RuntimeError as error:
            logger.warning("%s runs as it is, in float32: it cannot be packed (%s)", name, error)
            self.precision = FLOAT32
            return self.network
        if self.device.type == "cpu" and self.precision.name != FLOAT32.name:
            packed.heads = pack_recurrences(packed.heads, self.precision.dtype)
        return packed


def _on_cpu(description: Description) -> Prediction:
    """The same as arrays, B windows in one Prediction."""
    attention = {name: weights.cpu().numpy() for name, weights in description.attention.items()}
    rotmat, betas, camera = (part.cpu().numpy() for part in description[:3])
    return Prediction(rotmat, betas, camera, attention)


def _of_window(batch: Prediction, place: int) -> Prediction:
    """One window's Prediction out of a batch."""
    attention = {name: weights[place] for name, weights in batch.attention.items()}
    return Prediction(batch.rotmat[place], batch.betas[place], batch.camera[place], attention)
