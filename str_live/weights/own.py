"""Our checkpoints: safetensors with the whole configuration in the header. In: a path, out: a Network.

So a checkpoint explains and rebuilds itself, with an encoder or of a training on stored features. load.py
joins files of ours and of others; own_images.py reads those of the image front ends, which build on the
landmarks'.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from str_live.features.image_encoder import ImageConfig
from str_live.features.pixels import InputConfig
from str_live.files import ASSETS, written_whole
from str_live.network.network import FEATURES, Network, NetworkConfig, features_config
from str_live.temporal import STRConfig
from str_live.untrusted.tensors import read_metadata, read_tensors
from str_live.untrusted.unreadable import UnreadableError, in_one_line
from str_live.weights.storage import pack, unpack

IMAGE_WEIGHTS = ASSETS / "weights" / "images.safetensors"
DEFAULT_WEIGHTS = {
    "landmarks": ASSETS / "weights" / "landmarks.safetensors",
    "resnet": IMAGE_WEIGHTS,
    "both": IMAGE_WEIGHTS,
}
"""Our own default weights per front end; the image's build on those of the landmarks (own_images.py)."""
FORMAT = "str-live-3"
OLD_FORMATS = ("str-live-2", "str-live-video-1")
"""Those that are read, too: of the app's networks, and of networks on stored features."""
LOST_FORMATS = ("str-live-1",)
"""Those that nothing reads any more."""
FORMER_MAPS = ("mask", "limbs")
"""Inputs of image encoders that are no more; files of their time say of each whether they have it."""


class WeightsError(Exception):
    """A weights file that cannot be used; the message says which, why and what to do."""


def save_network(
    network: Network,
    path: Path,
    *,
    networks: Sequence[str] | None = None,
    notes: dict[str, str] | None = None,
    precision: str = "float32",
) -> None:
    """Write weights and configuration; `precision`: one of storage.PRECISIONS, read back as float32.
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
    with written_whole(path) as partial:
        save_file(pack(state, precision), partial, metadata=header)


def read_notes(path: Path) -> dict[str, str]:
    """The header of a checkpoint: format, config and whatever training wrote beside them."""
    if not path.exists():
        raise WeightsError(
            f"{path} does not exist: give the path of a .safetensors checkpoint, or run `make weights`"
        )
    try:
        return read_metadata(path)
    except UnreadableError as error:
        raise WeightsError(f"{path} {error.problem}: {error.remedy}, or train it again") from error


def has_encoder(path: Path) -> bool:
    """Whether a checkpoint is of a network with a front end; else it is of one on stored features."""
    return read_config(path).front_end != FEATURES


def read_config(path: Path) -> NetworkConfig:
    """The configuration of the network in a checkpoint."""
    notes = read_notes(path)
    kind = notes.get("format", "")
    if kind in LOST_FORMATS:
        raise WeightsError(f"{path} was made by an older version of STR-Live: fetch or train it again")
    if kind not in (FORMAT, *OLD_FORMATS):
        raise WeightsError(
            f"{path} is a safetensors file, but not one of STR-Live's: give one of its checkpoints"
        )
    try:
        return _video_config(notes["config"]) if _is_video(notes) else config_from_json(notes["config"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _misfit(path, error) from error


def load_network(path: Path) -> Network:
    """Rebuild a network from its checkpoint; every key and shape must match."""
    config = read_config(path)
    with fitting(path):
        state = unpack(read_tensors(path))
        if _is_video(read_notes(path)):
            state = _video_state(state, config)
        with torch.device("meta"):  # no memory is filled that the file is about to replace
            network = Network(config)
        network.load_state_dict(state, strict=True, assign=True)
    return network


def _is_video(notes: Mapping[str, str]) -> bool:
    """Whether a header is of the format that trainings on stored features had: one head, without its name."""
    return notes.get("format") == "str-live-video-1"


def _video_config(text: str) -> NetworkConfig:
    stored = json.loads(text)
    stored |= {"switches": STRConfig(**stored["switches"]), "bypassed": tuple(stored["bypassed"])}
    return features_config(**stored)


def _video_state(state: Mapping[str, Tensor], config: NetworkConfig) -> dict[str, Tensor]:
    [name] = config.networks
    return {f"heads.{name}.{key}": tensor for key, tensor in state.items()}


@contextmanager
def fitting(path: Path) -> Iterator[None]:
    """Say what is wrong where a checkpoint's content is not what its header describes."""
    try:
        yield
    except UnreadableError as error:
        raise WeightsError(f"{path} {error.problem}: {error.remedy}, or train it again") from error
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, MemoryError) as error:
        raise _misfit(path, error) from error


def _misfit(path: Path, error: Exception) -> WeightsError:
    """What to say of a checkpoint whose content is not what its header says."""
    return WeightsError(
        f"{path} does not fit the network that its header describes ({in_one_line(error)}): it was made by "
        f"another version or is damaged; train or fetch it again"
    )


def config_from_json(text: str) -> NetworkConfig:
    """The NetworkConfig that `json.dumps(dataclasses.asdict(config))` wrote; unknown names are an error."""
    stored = json.loads(text)
    stored |= {"networks": tuple(stored["networks"]), "switches": STRConfig(**stored["switches"])}
    stored["bypassed"] = tuple(stored.get("bypassed", ()))  # not in the older headers
    if stored.get("image"):
        stored["image"] = image_config(stored["image"])
    return NetworkConfig(**stored)


def image_config(stored: dict[str, Any]) -> ImageConfig:
    """The ImageConfig that `dataclasses.asdict` took apart; unknown names are an error.

    Raises ValueError for an encoder that was given maps of FORMER_MAPS.
    """
    inputs = dict(stored["input"])
    former = [name for name in FORMER_MAPS if inputs.pop(name, False)]
    if former:
        raise ValueError(f"it was given maps that are not drawn any more: {' and '.join(former)}")
    return ImageConfig(**{**stored, "input": InputConfig(**inputs)})


def is_ours(path: Path) -> bool:
    """Whether a file is meant to be safetensors, by its suffix or its header; others are torch's."""
    if path.suffix == ".safetensors":
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"  # eight bytes of length, then JSON
