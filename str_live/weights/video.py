"""Checkpoints of video networks: safetensors whose header holds the configuration that rebuilds each."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from str_live.body.regressor import STATE, Regressor
from str_live.dataclass_json import as_json, config_from
from str_live.files import written_whole
from str_live.network.video_network import VideoNetwork, VideoNetworkConfig
from str_live.untrusted.tensors import read_tensors
from str_live.weights.own import WeightsError, fitting, read_notes
from str_live.weights.published import SPIN_FILE, load_strictly, read_torch_dictionary

FORMAT = "str-live-video-1"


def load_spin_per_frame(path: Path) -> VideoNetwork:
    """SPIN's own regressor frame by frame: the baseline without a temporal network; raises WeightsError."""
    advice = f"take SPIN's {SPIN_FILE}"
    state = read_spin_regressor(path, advice)
    if "fc1.weight" not in state or state["fc1.weight"].ndim != 2:
        raise WeightsError(f"{path} lacks 'fc1.weight': {advice}")
    hidden, inputs = state["fc1.weight"].shape
    config = VideoNetworkConfig("frame", width=inputs - STATE, regressor_hidden=hidden)
    network = VideoNetwork(config)
    load_strictly(network.regressor, state, path, advice)
    return network.eval()


def read_spin_regressor(path: Path, advice: str) -> dict[str, Tensor]:
    """The regressor's part of SPIN's weights."""
    state = read_torch_dictionary(path, advice).get("model")
    if not isinstance(state, dict):
        raise WeightsError(f"{path} has no weights under the key 'model': {advice}")
    own = Regressor(1, 1).state_dict()
    return {key: state[key] for key in own if isinstance(state.get(key), Tensor)}


def save_video_network(network: VideoNetwork, path: Path, *, notes: dict[str, str] | None = None) -> None:
    """Write weights, configuration and notes; overwrites in one go."""
    tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"format": FORMAT, "config": as_json(network.config), **(notes or {})}
    with written_whole(path) as partial:
        save_file(tensors, partial, metadata=metadata)


def load_video_network(path: Path) -> VideoNetwork:
    """Rebuild a network from its checkpoint alone, ready to predict; every key and shape must match."""
    notes = read_notes(path)
    if notes.get("format") != FORMAT:
        raise WeightsError(
            f"{path} is no checkpoint of `python -m str_live.train paper CONFIG`: give its best.safetensors"
        )
    with fitting(path):
        config = config_from(VideoNetworkConfig, json.loads(notes["config"]), "")
        with torch.device("meta"):  # no memory is filled that the file is about to replace
            network = VideoNetwork(config)
        network.load_state_dict(read_tensors(path), strict=True, assign=True)
    return network.eval()
