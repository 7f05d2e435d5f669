"""The file of the image front ends: one image encoder and its join, in 8 bits, for `resnet` and `both`.

In: a JoinedEncoder, out: a safetensors file, and from that the Network of either front end. The temporal
networks and regressors are those of the landmark weights, on which the encoders were trained to speak; a head
that was trained further for a front end lies in the file beside the encoder and takes their place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from str_live import settings
from str_live.features.image_encoder import ImageConfig, JoinedEncoder
from str_live.files import written_whole
from str_live.network.network import Head, Network
from str_live.untrusted.tensors import read_tensors
from str_live.weights.own import WeightsError, fitting, image_config, load_network, read_notes
from str_live.weights.storage import pack, unpack

IMAGE_FORMAT = "str-live-images-1"
FRONT_ENDS = ("resnet", "both")
BEST = "best_front_end"
"""Name of the note on which front end, landmarks included, measured best on real clips."""


def digest(landmarks: Network) -> str:
    """Tells landmark weights apart by what image encoders build on: the encoder and the per-frame head."""
    found = hashlib.sha256()
    for part in (landmarks.encoder, landmarks.head("frame")):
        for name, tensor in part.state_dict().items():
            found.update(name.encode())
            found.update(tensor.half().cpu().numpy().tobytes())
    return found.hexdigest()[:16]


def save_images(
    path: Path,
    encoder: JoinedEncoder,
    landmarks: Network,
    *,
    heads: Mapping[str, Mapping[str, Head]] | None = None,
    precision: str = "int8",
    notes: Mapping[str, str] | None = None,
) -> None:
    """Write the image's part and the join; `heads`: front end -> network -> its own head. Atomically."""
    tensors = {f"image.{name}": value for name, value in encoder.image.state_dict().items()}
    tensors |= {f"join.{name}": value for name, value in encoder.join.state_dict().items()}
    for front_end, own in (heads or {}).items():
        for network, head in own.items():
            tensors |= {
                f"heads.{front_end}.{network}.{name}": value for name, value in head.state_dict().items()
            }
    header = {
        "format": IMAGE_FORMAT,
        "image": json.dumps(dataclasses.asdict(encoder.image.config)),
        "landmarks": digest(landmarks),
        **(notes or {}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial:
        save_file(pack(tensors, precision), partial, metadata=header)


def is_image_weights(path: Path) -> bool:
    """Whether a safetensors file is one of these."""
    return read_notes(path).get("format") == IMAGE_FORMAT


def best_front_end(path: Path) -> str | None:
    """The front end that measured best on real clips when the file was delivered; None: it does not say."""
    best = read_notes(path).get(BEST)
    if best is not None and best not in settings.FRONT_ENDS:
        raise WeightsError(f"{path} calls a front end the best that is not known here: {best!r}")
    return best


def load_images(path: Path, front_end: str, landmarks: Path) -> Network:
    """The whole network of a front end, one of FRONT_ENDS; `landmarks`: the landmark weights it builds on.

    Raises WeightsError with one sentence where a file is missing, damaged or does not belong to the other.
    """
    notes = read_notes(path)
    base = load_network(landmarks)
    if notes.get("landmarks") != digest(base):
        raise WeightsError(
            f"{path} was trained on other landmark weights than {landmarks}: run `make train-images`"
        )
    with fitting(path):
        config = image_config(json.loads(notes["image"]))
        state = unpack(read_tensors(path))
        network = _assembled(front_end, config, base)
        _fill(network, front_end, state)
    return network


def _assembled(front_end: str, config: ImageConfig, base: Network) -> Network:
    """The front end's network with the landmark network's heads, and for `both` its encoder."""
    network = Network(dataclasses.replace(base.config, front_end=front_end, image=config))
    network.heads = base.heads
    if isinstance(network.encoder, JoinedEncoder):
        network.encoder.landmarks = base.encoder
    return network


def _fill(network: Network, front_end: str, state: Mapping[str, Tensor]) -> None:
    """Write the file's tensors into the network; every key of what they belong to must be there."""

    def part(prefix: str) -> dict[str, Tensor]:
        return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}

    encoder = network.encoder
    if isinstance(encoder, JoinedEncoder):
        encoder.image.load_state_dict(part("image."))
        encoder.join.load_state_dict(part("join."))
    else:
        encoder.load_state_dict(part("image."))
    own = {name.split(".")[2] for name in state if name.startswith(f"heads.{front_end}.")}
    for name in own:
        network.head(name).load_state_dict(part(f"heads.{front_end}.{name}."))
