"""What the paper trains: a temporal encoder and SPIN's regressor on top of stored features.

In: (B, 16, C) windows. Out: K predictions a window, of its middle frame (VIBE in training: of every frame).
Also our checkpoints of it: safetensors with the configuration as JSON in the header, so that each explains
and rebuilds itself.
"""

from __future__ import annotations

from pathlib import Path

from str_live.network.video_network import VideoNetwork
from str_live.weights.published import SPIN_FILE, load_mean_body, load_strictly, start_from
from str_live.weights.video import load_video_network, read_spin_regressor

MEAN_FILE = "smpl_mean_params.npz"
_SPIN_ADVICE = (
    f"put SPIN's {SPIN_FILE} into the folder of base data (--base), or set start_from_spin=false to train "
    f"the regressor from scratch"
)


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
