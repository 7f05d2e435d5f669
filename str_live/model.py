"""The network put together: front end + temporal network + regressor; build, load, save, predict.

In: Person and Crop of a frame, then windows of features. Out: pose, shape and camera of the window's middle
frame. The only place that assembles the parts and that reads or writes our checkpoints: safetensors with the
whole configuration as JSON in its header, so that a checkpoint explains and rebuilds itself.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from str_live.feature import (
    LandmarkEncoder,
    image_input,
    landmark_input,
    points_from_landmarks,
)
from str_live.geometry import image_to_crop
from str_live.messages import Crop, Person
from str_live.regressor import Regression, Regressor
from str_live.resnet import ResNet50
from str_live.rotation import rotmat_from_6d
from str_live.settings import NetworkSettings
from str_live.temporal import STR, Identity, STRConfig

logger = logging.getLogger(__name__)

ASSETS = Path(__file__).resolve().parent.parent / "assets"
DEFAULT_WEIGHTS = {"landmarks": ASSETS / "weights" / "landmarks.safetensors"}
"""Our own default weights per front end; a front end without an entry needs a file from the user."""
FORMAT = "str-live-1"


class WeightsError(Exception):
    """A weights file that cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """All that is needed to rebuild a network from its checkpoint."""

    front_end: str = "landmarks"
    temporal: STRConfig = field(default_factory=lambda: STRConfig(width=256))
    encoder_hidden: int = 512
    encoder_blocks: int = 3
    regressor_hidden: int = 256
    regressor_dropout: float = 0.0


def config_from_json(text: str) -> ModelConfig:
    """The ModelConfig that `json.dumps(dataclasses.asdict(config))` wrote; unknown names are an error."""
    stored = json.loads(text)
    return ModelConfig(**{**stored, "temporal": STRConfig(**stored["temporal"])})


class Network(nn.Module):
    """Encoder, STR, its regressor, and the per-frame network's own regressor."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        width = config.temporal.width
        if config.front_end == "landmarks":
            self.encoder = LandmarkEncoder(width, config.encoder_hidden, config.encoder_blocks)
        elif config.front_end == "resnet":
            if width != ResNet50.width:
                raise ValueError(f"the resnet front end gives {ResNet50.width} channels, not {width}")
            self.encoder = ResNet50()
        else:
            raise ValueError(f"unknown front end {config.front_end!r}")
        self.temporal = STR(config.temporal)
        self.frame = Identity(config.temporal.window)
        hidden, dropout = config.regressor_hidden, config.regressor_dropout
        self.regressor = Regressor(width, hidden, dropout)
        self.frame_regressor = Regressor(width, hidden, dropout)

    def describe(self, windows: Tensor, network: NetworkSettings) -> tuple[Regression, dict[str, Tensor]]:
        """(B, T, C) -> the middle frame's Regression (B, ...) and the attention weights."""
        if network.temporal == "frame":
            output, regressor = self.frame(windows, network), self.frame_regressor
        else:
            output, regressor = self.temporal(windows, network), self.regressor
        return regressor(output.features[:, -1]), output.attention

    def describe_all(
        self, windows: Tensor, networks: Sequence[NetworkSettings]
    ) -> list[tuple[Regression, dict[str, Tensor]]]:
        """`describe` for several variants; what STR's variants share is computed once."""
        chosen = [network for network in networks if network.temporal == "str"]
        parts = self.temporal.parts(windows, chosen) if chosen else None
        described = []
        for network in networks:
            if parts is None or network.temporal == "frame":
                described.append(self.describe(windows, network))
                continue
            output = self.temporal.mix(parts, network)
            described.append((self.regressor(output.features[:, -1]), output.attention))
        return described


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

    def __init__(self, network: Network, *, name: str, device: str, temporal_trained: bool = True) -> None:
        self.network = network.to(device).eval()
        self.name = name
        self.device = torch.device(device)
        self.front_end = network.config.front_end
        self.width = network.config.temporal.width
        self.temporal_trained = temporal_trained
        """False: only the per-frame network has weights (a SPIN checkpoint alone)."""

    @torch.inference_mode()
    def feature(self, person: Person, crop: Crop) -> np.ndarray:
        """(C,) float32: the feature of one frame."""
        if self.front_end == "resnet":
            return self.network.encoder(image_input(crop.image, self.device))[0].float().cpu().numpy()
        landmarks = torch.from_numpy(image_to_crop(person.landmarks_px, crop.box).astype(np.float32))
        points = points_from_landmarks(landmarks)
        inputs = landmark_input(points, points_inside(person))[None].to(self.device)
        return self.network.encoder(inputs)[0].cpu().numpy()

    @torch.inference_mode()
    def predict(self, window: np.ndarray, networks: Sequence[NetworkSettings]) -> list[Prediction]:
        """(T, C) window -> one Prediction of its middle frame per network variant."""
        windows = torch.from_numpy(np.ascontiguousarray(window, dtype=np.float32))[None].to(self.device)
        if not self.temporal_trained:
            networks = [dataclasses.replace(network, temporal="frame") for network in networks]
        predictions = []
        for regression, attention in self.network.describe_all(windows, networks):
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


def unavailable_front_ends(backbone: str = "", weights: str = "") -> dict[str, str]:
    """Front ends that cannot run as things are, each with the reason and the remedy in one sentence."""
    missing = {}
    if not DEFAULT_WEIGHTS["landmarks"].exists() and not weights:
        missing["landmarks"] = (
            f"{DEFAULT_WEIGHTS['landmarks']} is missing: run `make weights` or give --weights"
        )
    if not backbone and not weights:
        missing["resnet"] = "needs SPIN's checkpoint: give --backbone PATH/spin_model_checkpoint.pth.tar"
    return missing


def load_model(
    front_end: str, *, weights: Path | None = None, backbone: Path | None = None, device: str = "cpu"
) -> Model:
    """The network of a front end on a device; `weights` a checkpoint of ours, `backbone` one of SPIN's.

    Raises WeightsError with one sentence when a file is missing, broken or of another kind.
    """
    if front_end == "resnet":
        return _load_resnet(weights, backbone, device)
    path = weights or DEFAULT_WEIGHTS["landmarks"]
    network = load_network(path)
    if network.config.front_end != front_end:
        raise WeightsError(
            f"{path} is for the front end {network.config.front_end!r}, not {front_end!r}: "
            f"choose that front end or give other --weights"
        )
    return Model(network, name=path.stem, device=device)


def _load_resnet(weights: Path | None, backbone: Path | None, device: str) -> Model:
    """SPIN's backbone, with our STR weights of full width where they are given, else frame by frame."""
    if weights is not None:
        network = load_network(weights)
        if network.config.front_end != "resnet":
            raise WeightsError(f"{weights} is for the front end {network.config.front_end!r}, not 'resnet'")
        name = weights.stem
    elif backbone is not None:
        with torch.device("cpu"):
            network = Network(
                ModelConfig("resnet", STRConfig(), regressor_hidden=1024, regressor_dropout=0.5)
            )
        name = f"{backbone.name} (per frame)"
        logger.warning("no STR weights for the resnet front end (--weights): SPIN runs frame by frame")
    else:
        raise WeightsError(f"the resnet front end {unavailable_front_ends()['resnet']}")
    if backbone is not None:
        load_spin(network, backbone, frame_regressor=True)
    return Model(network, name=name, device=device, temporal_trained=weights is not None)


def save_network(
    network: Network, path: Path, *, notes: dict[str, str] | None = None, half: bool = False
) -> None:
    """Write weights and configuration; `half` stores float16 (read back as float32). Overwrites
    atomically."""
    tensors = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in network.state_dict().items()
    }
    config = json.dumps(dataclasses.asdict(network.config))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    save_file(tensors, partial, metadata={"format": FORMAT, "config": config, **(notes or {})})
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
    if notes.get("format") != FORMAT:
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


def load_spin(network: Network, path: Path, *, frame_regressor: bool) -> None:
    """SPIN's checkpoint into encoder and, if asked, the per-frame regressor; every key must be found.

    Reads spin_model_checkpoint.pth.tar and the original model_checkpoint.pt: a torch dictionary whose 'model'
    is HMR's state dictionary.
    """
    if not path.exists():
        raise WeightsError(f"{path} does not exist: give the path of SPIN's checkpoint with --backbone")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        state = content["model"]
    except Exception as error:  # torch.load raises a dozen kinds; each means the same to the user
        raise WeightsError(
            f"{path} is not SPIN's checkpoint ({type(error).__name__}: a torch file with the key 'model' was "
            f"expected): take spin_model_checkpoint.pth.tar or model_checkpoint.pt"
        ) from error
    _load_part(network.encoder, state, path, ignore=("num_batches_tracked",))
    if frame_regressor:
        _load_part(network.frame_regressor, state, path)


def _load_part(module: nn.Module, state: dict[str, Tensor], path: Path, ignore: tuple[str, ...] = ()) -> None:
    """Copy exactly the module's own keys out of a larger state dictionary."""
    own = module.state_dict()
    wanted = [key for key in own if not key.endswith(ignore)] if ignore else list(own)
    missing = [key for key in wanted if key not in state]
    if missing:
        raise WeightsError(
            f"{path} lacks {len(missing)} of {len(wanted)} weights, the first is {missing[0]!r}: "
            f"this is another network's checkpoint; take SPIN's spin_model_checkpoint.pth.tar"
        )
    for key in wanted:
        if own[key].shape != state[key].shape:
            raise WeightsError(
                f"{path}: {key!r} has shape {tuple(state[key].shape)}, expected {tuple(own[key].shape)}: "
                f"this is another network's checkpoint; take SPIN's spin_model_checkpoint.pth.tar"
            )
    module.load_state_dict({key: state[key] for key in wanted}, strict=not ignore)
