"""The network put together: front end + temporal networks with their regressors; build, load, save, predict.

In: Person and Crop of a frame, then windows of features. Out: pose, shape and camera of the window's middle
frame. Also reads and writes our checkpoints: safetensors with the whole configuration as JSON in its header,
so that a checkpoint explains and rebuilds itself. (loading.py joins files of ours and of others.)
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from str_live.crop import cut_mask
from str_live.feature import (
    POINTS,
    LandmarkEncoder,
    landmark_input,
    normalised,
    points_from_landmarks,
    rgb_from_bgr,
)
from str_live.geometry import CROP_SIZE, image_to_crop
from str_live.image_encoder import ImageConfig, ImageEncoder, JoinedEncoder
from str_live.image_input import ImageInput, InputConfig, image_inputs
from str_live.messages import Crop, Person
from str_live.packed import pack_encoder, pack_recurrences, pack_regressors
from str_live.precision import FLOAT32, choose_precision
from str_live.regressor import Regression, Regressor
from str_live.resnet import ResNet50
from str_live.rotation import rotmat_from_6d
from str_live.settings import TEMPORAL_NETWORKS, NetworkSettings
from str_live.temporal import STR, TEMPORAL, STRConfig
from str_live.weights_file import pack, unpack

logger = logging.getLogger(__name__)

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
        return JoinedEncoder(landmarks, _build_image_encoder(config, config.image), config.width)
    if config.front_end != "resnet":
        raise ValueError(f"unknown front end {config.front_end!r}")
    if config.image is not None:
        return _build_image_encoder(config, config.image)
    if config.width != ResNet50.width:
        raise ValueError(f"the resnet front end gives {ResNet50.width} channels, not {config.width}")
    return ResNet50()


def _build_image_encoder(config: ModelConfig, image: ImageConfig) -> ImageEncoder:
    return ImageEncoder(image, config.width, config.encoder_hidden, config.encoder_blocks)


def _build_head(name: str, config: ModelConfig) -> Head:
    hidden = {"tcmr": config.tcmr_hidden, "vibe": config.vibe_hidden}.get(name)
    regressor = Regressor(config.width, config.regressor_hidden, config.regressor_dropout)
    return Head(TEMPORAL[name](config.switches, hidden), regressor)


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


class Posed(NamedTuple):
    """A body that was posed along with its prediction, as arrays."""

    vertices: np.ndarray
    """(V, 3) metres, body frame."""
    joints: np.ndarray
    """(24, 3) metres, body frame."""
    normals: np.ndarray
    """(V, 3) unit length."""


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
    posed: Posed | None = None
    """The body of rotmat and betas, where it is known already."""


class Model:
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
            self.precision = choose_precision(precision, self.device)
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
    precision: str = "float32",
) -> None:
    """Write weights and configuration; `precision`: one of weights_file.PRECISIONS, read back as float32.
    Overwrites atomically.

    `networks`: heads to write, all where none are given; those of other people's files cannot be written.
    """
    config = dataclasses.replace(network.config, networks=tuple(networks or network.networks))
    if not set(config.networks) <= set(network.config.networks):
        raise ValueError(f"heads that were taken from other people's files are theirs: {network.networks}")
    left_out = tuple(f"heads.{name}." for name in network.networks if name not in config.networks)
    state = {name: value for name, value in network.state_dict().items() if not name.startswith(left_out)}
    header = {"format": FORMAT, "config": json.dumps(dataclasses.asdict(config)), **(notes or {})}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    save_file(pack(state, precision), partial, metadata=header)
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


def read_config(path: Path) -> ModelConfig:
    """The configuration of the network in a checkpoint."""
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
        return config_from_json(notes["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise _misfit(path, error) from error


def load_network(path: Path) -> Network:
    """Rebuild a network from its checkpoint; every key and shape must match."""
    config = read_config(path)
    try:
        network = Network(config)
        network.load_state_dict(unpack(load_file(path)), strict=True)
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise _misfit(path, error) from error
    return network


def _misfit(path: Path, error: Exception) -> WeightsError:
    """What to say of a checkpoint whose content is not what its header says."""
    first_line = str(error).strip().splitlines()[0]
    return WeightsError(
        f"{path} does not fit the network that its header describes ({first_line}): it was made by "
        f"another version or is damaged; train or fetch it again"
    )
