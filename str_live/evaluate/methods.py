"""The networks of a comparison, by their files: ours, the app's own, TCMR's, VIBE's and SPIN's checkpoints.

In: paths. Out: VideoNetworks that all describe the middle frame of the same windows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from str_live.dataclass_json import as_json
from str_live.network.video_network import VideoNetwork, VideoNetworkConfig
from str_live.weights.own import WeightsError, is_network, load_network, read_notes
from str_live.weights.own_images import is_image_weights
from str_live.weights.published import load_tcmr, load_vibe
from str_live.weights.video import load_spin_per_frame, load_video_network


@dataclass(frozen=True, slots=True)
class Method:
    """One network to measure."""

    name: str
    network: VideoNetwork
    description: str
    """Its file and all of its switches."""


def load_methods(path: Path) -> list[Method]:
    """Ours (.safetensors), or 'tcmr', 'vibe' or 'spin' somewhere in a .tar's or .pt's name.

    A file of the app's weights holds several networks, any other file one. Raises WeightsError with one
    sentence.
    """
    if path.name.lower().endswith(".safetensors"):
        if is_image_weights(path):
            raise WeightsError(
                f"{path} turns pictures into features: give the weights that read them, landmarks.safetensors"
            )
        return _of_the_app(path) if is_network(path) else [_trained(path)]
    return [_released(path)]


def _released(path: Path) -> Method:
    """A checkpoint of TCMR, VIBE or SPIN."""
    name = path.name.lower()
    if "tcmr" in name or "vibe" in name:
        kind, load = ("tcmr", load_tcmr) if "tcmr" in name else ("vibe", load_vibe)
        loaded = load(path)
        network = VideoNetwork(VideoNetworkConfig(kind))
        network.temporal, network.regressor = loaded.temporal, loaded.regressor
        chosen = f"epoch {loaded.epoch}, chosen at {loaded.performance} mm PA-MPJPE"
        return Method(path.name.partition(".")[0], network, f"{path}: {kind}, {chosen}")
    if "spin" in name:
        return Method(
            "spin per frame", load_spin_per_frame(path), f"{path}: SPIN's regressor, frame by frame"
        )
    raise WeightsError(
        f"{path} is of no known kind: give ours (.safetensors), or one with tcmr, vibe or spin in its name"
    )


def _of_the_app(path: Path) -> list[Method]:
    """Each network in a file of the app's weights, with all of its modules on."""
    whole = load_network(path)
    config = whole.config
    hidden = {"tcmr": config.tcmr_hidden, "vibe": config.vibe_hidden}
    methods = []
    for name in whole.networks:
        alone = VideoNetworkConfig(
            name,
            width=config.width,
            switches=config.switches,
            hidden=hidden.get(name),
            regressor_hidden=config.regressor_hidden,
            regressor_dropout=config.regressor_dropout,
        )
        network = VideoNetwork(alone)
        network.temporal.load_state_dict(whole.head(name).temporal.state_dict())
        network.regressor.load_state_dict(whole.head(name).regressor.state_dict())
        methods.append(Method(f"{path.stem} {name}", network, f"{path}: {as_json(alone)}"))
    return methods


def _trained(path: Path) -> Method:
    """What `python -m str_live.train paper CONFIG` wrote."""
    network = load_video_network(path)
    config, notes = network.config, read_notes(path)
    # Training names its files alike in every folder: the folder tells the runs apart.
    name = path.parent.name if path.stem == "best" and path.parent.name else path.stem
    best = json.loads(notes.get("validation", "{}"))
    trained = f"epoch {best.get('epoch')}, {best.get('val_pa_mpjpe_mm', float('nan')):.1f} mm in validation"
    about = json.loads(notes.get("training", "{}")).get("about", "training not known")
    return Method(name, network, f"{path}: {about}; {trained}; {as_json(config)}")
