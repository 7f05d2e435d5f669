"""The network put together: front end + temporal networks with their regressors; build, load, save, predict.

In: Person and Crop of a frame, then windows of features. Out: pose, shape and camera of the window's middle
frame. Also reads and writes our checkpoints: safetensors with the whole configuration as JSON in its header,
so that a checkpoint explains and rebuilds itself. (loading.py joins files of ours and of others.)
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from str_live.crop import cut_mask
from str_live.feature import (
    LandmarkEncoder,
    image_input,
    landmark_input,
    points_from_landmarks,
)
from str_live.geometry import image_to_crop
from str_live.image_encoder import ImageConfig, ImageEncoder, JoinedEncoder
from str_live.image_input import ImageInput, InputConfig, image_inputs
from str_live.messages import Crop, Person
from str_live.regressor import Regression, Regressor
from str_live.resnet import ResNet50
from str_live.rotation import rotmat_from_6d
from str_live.settings import TEMPORAL_NETWORKS, NetworkSettings
from str_live.temporal import STR, TEMPORAL, STRConfig

ASSETS = Path(__file__).resolve().parent.parent / "assets"
IMAGE_WEIGHTS = ASSETS / "weights" / "images.safetensors"
DEFAULT_WEIGHTS = {
    "landmarks": ASSETS / "weights" / "landmarks.safetensors",
    "resnet": IMAGE_WEIGHTS,
    "both": IMAGE_WEIGHTS,
}
"""Our own default weights per front end; the image's build on those of the landmarks (image_weights.py)."""
FORMAT = "str-live-2"
OLDER_FORMATS = ("str-live-1",)
VIDEO_FORMAT = "str-live-video"
"""What the formats of train/paper's checkpoints begin with."""


class WeightsError(Exception):
    """A weights file that cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """All that is needed to rebuild a network from its checkpoint."""

    front_end: str = "landmarks"
    networks: tuple[str, ...] = TEMPORAL_NETWORKS
    """Temporal networks that it has, each with a regressor of its own. 'frame' is always among them."""
    switches: STRConfig = field(default_factory=lambda: STRConfig(width=256))
    """STR's readings; width, window and attention width are those of all networks."""
    tcmr_hidden: int | None = 176
    """State of TCMR's GRUs; None: half the width, as published. This and the next give TCMR and VIBE as many
    parameters as STR has at 256 channels (2.4 M), so that none wins or loses by its size."""
    vibe_hidden: int | None = 464
    encoder_hidden: int = 512
    encoder_blocks: int = 3
    image: ImageConfig | None = None
    """The image encoder of our own weights; None: SPIN's ResNet-50, whose features are taken as they are."""
    regressor_hidden: int = 256
    regressor_dropout: float = 0.0

    def __post_init__(self) -> None:
        unknown = set(self.networks) - set(TEMPORAL_NETWORKS)
        if unknown or "frame" not in self.networks:
            raise ValueError(f"networks {self.networks}: choose among {TEMPORAL_NETWORKS}, 'frame' included")

    @property
    def width(self) -> int:
        """C: channels of a feature."""
        return self.switches.width


PUBLISHED = ModelConfig(
    "resnet", ("frame",), STRConfig(), None, None, regressor_hidden=1024, regressor_dropout=0.5
)
"""SPIN's network; with other `networks` the paper's STR, TCMR and VIBE on top of it."""


def config_from_json(text: str) -> ModelConfig:
    """The ModelConfig that `json.dumps(dataclasses.asdict(config))` wrote; unknown names are an error."""
    stored = json.loads(text)
    stored |= {"networks": tuple(stored["networks"]), "switches": STRConfig(**stored["switches"])}
    if stored.get("image"):
        stored["image"] = image_config(stored["image"])
    return ModelConfig(**stored)


def image_config(stored: dict[str, Any]) -> ImageConfig:
    """The ImageConfig that `dataclasses.asdict` took apart; unknown names are an error."""
    return ImageConfig(**{**stored, "input": InputConfig(**stored["input"])})


class Head(nn.Module):
    """A temporal network and the regressor that was trained with it."""

    def __init__(self, temporal: nn.Module, regressor: Regressor) -> None:
        super().__init__()
        self.temporal, self.regressor = temporal, regressor


class Network(nn.Module):
    """An encoder, and one head for each temporal network."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = _build_encoder(config)
        self.heads = nn.ModuleDict({name: _build_head(name, config) for name in config.networks})

    @property
    def networks(self) -> tuple[str, ...]:
        """Temporal networks that have a head, in the order of settings.TEMPORAL_NETWORKS."""
        return tuple(name for name in TEMPORAL_NETWORKS if name in self.heads)

    def head(self, name: str) -> Head:
        """The head of a temporal network."""
        return cast(Head, self.heads[name])

    def describe(
        self, windows: Tensor, networks: Sequence[NetworkSettings]
    ) -> list[tuple[Regression, dict[str, Tensor]]]:
        """(B, T, C) -> for each variant the middle frame's Regression (B, ...) and the attention weights.

        What STR's variants share is computed once.
        """
        chosen = [network for network in networks if network.temporal == "str"]
        parts = cast(STR, self.head("str").temporal).parts(windows, chosen) if chosen else None
        described = []
        for network in networks:
            head = self.head(network.temporal)
            if parts is not None and network.temporal == "str":
                output = cast(STR, head.temporal).mix(parts, network)
            else:
                output = head.temporal(windows, network)
            described.append((head.regressor(output.features[:, -1]), output.attention))
        return described


def _build_encoder(config: ModelConfig) -> nn.Module:
    if config.front_end == "landmarks":
        return LandmarkEncoder(config.width, config.encoder_hidden, config.encoder_blocks)
    if config.front_end == "both" and config.image is not None:
        landmarks = LandmarkEncoder(config.width, config.encoder_hidden, config.encoder_blocks)
        return JoinedEncoder(landmarks, ImageEncoder(config.image, config.width), config.width)
    if config.front_end != "resnet":
        raise ValueError(f"unknown front end {config.front_end!r}")
    if config.image is not None:
        return ImageEncoder(config.image, config.width)
    if config.width != ResNet50.width:
        raise ValueError(f"the resnet front end gives {ResNet50.width} channels, not {config.width}")
    return ResNet50()


def _build_head(name: str, config: ModelConfig) -> Head:
    hidden = {"tcmr": config.tcmr_hidden, "vibe": config.vibe_hidden}.get(name)
    regressor = Regressor(config.width, config.regressor_hidden, config.regressor_dropout)
    return Head(TEMPORAL[name](config.switches, hidden), regressor)


@dataclass(frozen=True, slots=True)
class Prediction:
    """The network's word on one frame, as numpy arrays."""

    rotmat: np.ndarray
    """(24, 3, 3) local rotations, [0] the global orientation in the crop's camera frame."""
    betas: np.ndarray
    """(10,)."""
    camera: np.ndarray
    """(3,): s, tx, ty of the crop."""
    attention: dict[str, np.ndarray]
    """Softmax weights by integration."""


class Model:
    """A network ready to run on its device. Owned by one thread."""

    def __init__(self, network: Network, *, name: str, device: str) -> None:
        self.network = network.to(device).eval()
        self.name = name
        self.device = torch.device(device)
        self.front_end = network.config.front_end
        self.networks = network.networks
        """Temporal networks that it has weights for."""
        image = network.config.image
        self.needs_mask = image is not None and image.input.needs_mask
        """Whether `feature` wants Person.mask."""

    @torch.inference_mode()
    def feature(self, person: Person, crop: Crop) -> np.ndarray:
        """(C,) float32: the feature of one frame. Raises ValueError where a mask is needed but missing."""
        return self.network.encoder(*self._encoder_inputs(person, crop))[0].float().cpu().numpy()

    def _encoder_inputs(self, person: Person, crop: Crop) -> tuple[Tensor | ImageInput, ...]:
        """What the front end's encoder takes, a batch of one."""
        image = self.network.config.image
        if self.front_end == "resnet" and image is None:
            return (image_input(crop.image, self.device),)
        landmarks = torch.from_numpy(image_to_crop(person.landmarks_px, crop.box).astype(np.float32))
        points = points_from_landmarks(landmarks)[None].to(self.device)
        inside = points_inside(person)[None].to(self.device)
        seen = landmark_input(points, inside)
        if image is None:
            return (seen,)
        colour = torch.from_numpy(crop.image).to(self.device).permute(2, 0, 1).flip(0)[None].float() / 255
        mask = None
        if person.mask is not None and self.needs_mask:
            mask = torch.from_numpy(cut_mask(person.mask, crop.box))[None].to(self.device)
        pixels = image_inputs(image.input, colour, mask, points, inside)
        return (seen, pixels) if self.front_end == "both" else (pixels,)

    @torch.inference_mode()
    def predict(self, window: np.ndarray, networks: Sequence[NetworkSettings]) -> list[Prediction]:
        """(T, C) window -> one Prediction of its middle frame per variant; each must be in `networks`."""
        windows = torch.from_numpy(np.ascontiguousarray(window, dtype=np.float32))[None].to(self.device)
        predictions = []
        for regression, attention in self.network.describe(windows, networks):
            predictions.append(
                Prediction(
                    rotmat_from_6d(regression.pose6d)[0].float().cpu().numpy(),
                    regression.betas[0].float().cpu().numpy(),
                    regression.camera[0].float().cpu().numpy(),
                    {name: weights[0].float().cpu().numpy() for name, weights in attention.items()},
                )
            )
        return predictions


def points_inside(person: Person) -> Tensor:
    """(21,) bool: which landmark points lie within the picture; all where its size is not known."""
    points = points_from_landmarks(torch.from_numpy(person.landmarks_px))
    if person.image_size is None:
        return torch.ones(len(points), dtype=torch.bool)
    return ((points >= 0) & (points < torch.tensor(person.image_size))).all(-1)


def save_network(
    network: Network,
    path: Path,
    *,
    networks: Sequence[str] | None = None,
    notes: dict[str, str] | None = None,
    half: bool = False,
) -> None:
    """Write weights and configuration; `half` stores float16 (read back as float32). Overwrites
    atomically.

    `networks`: heads to write, all where none are given; those of other people's files cannot be written.
    """
    config = dataclasses.replace(network.config, networks=tuple(networks or network.networks))
    if not set(config.networks) <= set(network.config.networks):
        raise ValueError(f"heads that were taken from other people's files are theirs: {network.networks}")
    left_out = tuple(f"heads.{name}." for name in network.networks if name not in config.networks)
    tensors = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in network.state_dict().items()
        if not name.startswith(left_out)
    }
    header = {"format": FORMAT, "config": json.dumps(dataclasses.asdict(config)), **(notes or {})}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    save_file(tensors, partial, metadata=header)
    partial.chmod(0o644)  # safetensors makes files for their owner alone
    partial.replace(path)


def read_notes(path: Path) -> dict[str, str]:
    """The header of a checkpoint: format, config and whatever training wrote beside them."""
    if not path.exists():
        raise WeightsError(
            f"{path} does not exist: give the path of a .safetensors checkpoint, or run `make weights`"
        )
    try:
        with safe_open(path, "pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path} is not a readable safetensors file ({error}): fetch or train it again"
        ) from error


def load_network(path: Path) -> Network:
    """Rebuild a network from its checkpoint; every key and shape must match."""
    notes = read_notes(path)
    kind = notes.get("format", "")
    if kind in OLDER_FORMATS:
        raise WeightsError(f"{path} was made by an older version of STR-Live: fetch or train it again")
    if kind.startswith(VIDEO_FORMAT):
        raise WeightsError(
            f"{path} is of a training on stored features and has no front end: make weights for the app of "
            f"it with `python -m str_live.train.paper.live`"
        )
    if kind != FORMAT:
        raise WeightsError(
            f"{path} is a safetensors file, but not one of STR-Live's: give one of its checkpoints"
        )
    try:
        network = Network(config_from_json(notes["config"]))
        state = {name: tensor.float() for name, tensor in load_file(path).items()}
        network.load_state_dict(state, strict=True)
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise WeightsError(
            f"{path} does not fit the network that its header describes ({first_line}): it was made by "
            f"another version or is damaged; train or fetch it again"
        ) from error
    return network
