"""What the paper trains: a temporal encoder and SPIN's regressor on top of stored features.

In: (B, 16, C) windows. Out: K predictions a window, of its middle frame (VIBE in training: of every frame).
Also our checkpoints of it: safetensors with the configuration as JSON in the header, so that each explains
and rebuilds itself.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from str_live.checkpoints import load_mean_body, load_strictly, read_torch_dictionary, start_from
from str_live.dataclass_json import as_json, config_from
from str_live.files import written_whole
from str_live.network_files import WeightsError, fitting, read_notes
from str_live.regressor import STATE, Regression, Regressor
from str_live.settings import NetworkSettings
from str_live.temporal import STR, TCMR, VIBE, Identity
from str_live.train.paper.config import NetworkConfig
from str_live.untrusted.tensors import read_tensors

FORMAT = "str-live-video-1"
SPIN_FILE = "spin_model_checkpoint.pth.tar"
MEAN_FILE = "smpl_mean_params.npz"
_SPIN_ADVICE = (
    f"put SPIN's {SPIN_FILE} into the folder of base data (--base), or set start_from_spin=false to train "
    f"the regressor from scratch"
)


class VideoNetwork(nn.Module):
    """Temporal encoder + regressor; the backbone is not part of it, as its features are stored."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.temporal = build_temporal(config)
        self.regressor = Regressor(config.width, config.regressor_hidden, config.regressor_dropout)
        self.modules_used = NetworkSettings().without(*config.bypassed)

    def forward(self, windows: Tensor) -> Regression:
        """(B, T, C) -> the Regression of B * K feature vectors, window by window.

        In training K is 3 where side outputs are supervised (STR, TCMR), and T where all frames are (VIBE);
        else 1, the middle frame.
        """
        if self.training and self.config.learns_all_frames:
            assert isinstance(self.temporal, VIBE)
            features = self.temporal.all_frames(windows)  # (B, T, C)
        else:
            features = self.temporal(windows, self.modules_used).features  # (B, K, C)
        return self.regressor(features.flatten(0, 1))


def build_temporal(config: NetworkConfig) -> STR | TCMR | VIBE | Identity:
    """The temporal encoder that a configuration names."""
    if config.temporal == "frame":
        return Identity()
    if config.temporal == "tcmr":
        return TCMR(config.width, attention_width=config.switches.attention_width, hidden=config.hidden)
    if config.temporal == "vibe":
        return VIBE(config.width, hidden=config.hidden)
    return STR(config.switches)


def start_regressor(network: VideoNetwork, base: Path) -> None:
    """SPIN's regressor and mean body as the start of training; raises WeightsError."""
    path = base / SPIN_FILE
    load_strictly(network.regressor, read_spin_regressor(path, _SPIN_ADVICE), path, _SPIN_ADVICE)
    if (base / MEAN_FILE).is_file():
        start_from(network.regressor, load_mean_body(base / MEAN_FILE))


def start_regressor_from(network: VideoNetwork, path: Path) -> None:
    """Another checkpoint's regressor and mean body as the start of training; raises WeightsError."""
    advice = f"start_regressor_from needs the regressor that {network.config} describes"
    load_strictly(network.regressor, load_video_network(path).regressor.state_dict(), path, advice)


def load_spin_per_frame(path: Path) -> VideoNetwork:
    """SPIN's own regressor frame by frame: the baseline without a temporal network; raises WeightsError."""
    advice = f"take SPIN's {SPIN_FILE}"
    state = read_spin_regressor(path, advice)
    if "fc1.weight" not in state or state["fc1.weight"].ndim != 2:
        raise WeightsError(f"{path} lacks 'fc1.weight': {advice}")
    hidden, inputs = state["fc1.weight"].shape
    config = NetworkConfig("frame", width=inputs - STATE, regressor_hidden=hidden)
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
            f"{path} is not a checkpoint of `python -m str_live.train CONFIG`: give its best.safetensors"
        )
    with fitting(path):
        config = config_from(NetworkConfig, json.loads(notes["config"]), "")
        with torch.device("meta"):  # no memory is filled that the file is about to replace
            network = VideoNetwork(config)
        network.load_state_dict(read_tensors(path), strict=True, assign=True)
    return network.eval()
