"""Crops to features. In: Rows. Out: (n, C) float32, what a database stores of each.

"resnet" is the backbone that the published databases were made with; "landmarks" the free front end of the
default weights, which needs no file of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from str_live.datasets.from_videos.rows import ExtractError, Row
from str_live.datasets.published.checksums import md5_of
from str_live.features.landmarks import image_input
from str_live.features.resnet import ResNet50
from str_live.messages import Observation
from str_live.network.runner import NetworkRunner
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError, load_network
from str_live.weights.published import load_strictly, read_torch_dictionary

ENCODERS = ("resnet", "landmarks")
_ADVICE = "take SPIN's spin_model_checkpoint.pth.tar or model_checkpoint.pt"


@dataclass(frozen=True, slots=True)
class Origin:
    """What made the features."""

    front_end: str
    weights: str
    md5: str
    channels: int


class Encoder(Protocol):
    """Makes features."""

    origin: Origin
    wants_landmarks: bool
    """Rows must have a person."""

    def __call__(self, rows: Sequence[Row]) -> np.ndarray:
        """(n, C) float32 of n rows."""
        ...


class PixelEncoder:
    """SPIN's ResNet-50 on the crops' pixels."""

    wants_landmarks = False

    def __init__(self, path: Path, device: torch.device) -> None:
        """`path` is SPIN's checkpoint; raises WeightsError."""
        state = read_torch_dictionary(path, _ADVICE).get("model")
        if not isinstance(state, dict):
            raise WeightsError(f"{path} has no weights under the key 'model': {_ADVICE}")
        network = ResNet50()
        own = network.state_dict()
        # Files of torch before 0.4.1 do not count batches; nothing reads the count.
        counts = {key: own[key] for key in own if key.endswith("num_batches_tracked")}
        load_strictly(network, counts | {key: state[key] for key in own if key in state}, path, _ADVICE)
        self._network, self._device = network.eval().to(device), device
        self.origin = Origin("resnet", path.name, md5_of(path), network.width)

    @torch.inference_mode()
    def __call__(self, rows: Sequence[Row]) -> np.ndarray:
        """See Encoder."""
        images = torch.cat([image_input(row.crop.image, self._device) for row in rows])  # (n, 3, 224, 224)
        return self._network(images).float().cpu().numpy()


class LandmarkFrontEnd:
    """The encoder of the default weights, or of others of ours, on mediapipe's landmarks."""

    wants_landmarks = True

    def __init__(self, path: Path | None, device: torch.device) -> None:
        """`path` is a checkpoint of ours with the front end "landmarks"; raises WeightsError."""
        path = path or DEFAULT_WEIGHTS["landmarks"]
        self._model = NetworkRunner(load_network(path), name=path.stem, device=str(device))
        front_end = self._model.info.front_end
        if front_end != "landmarks":
            raise WeightsError(f"{path} is for the front end {front_end!r}: give other --weights")
        self.origin = Origin("landmarks", path.name, md5_of(path), self._model.network.config.width)

    def __call__(self, rows: Sequence[Row]) -> np.ndarray:
        """See Encoder."""
        features: list[np.ndarray] = []
        for row in rows:
            assert row.person is not None
            # One by one: what a batch gives differs in the last digit, and features are compared by files.
            features += self._model.observe([Observation(row.person, row.crop)])
        return np.stack(features)


def make_encoder(
    front_end: str, *, backbone: Path | None, weights: Path | None, device: torch.device
) -> Encoder:
    """The encoder that was asked for; raises ExtractError or WeightsError."""
    if front_end == "landmarks":
        return LandmarkFrontEnd(weights, device)
    if backbone is None:
        raise ExtractError(
            "give SPIN's checkpoint with --backbone PATH/spin_model_checkpoint.pth.tar, or take the free "
            "front end with --front-end landmarks"
        )
    return PixelEncoder(backbone, device)
