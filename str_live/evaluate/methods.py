"""The networks of a comparison, by their files: ours, the app's own, TCMR's, VIBE's and SPIN's checkpoints.

In: paths. Out: heads that all describe the middle frame of the same windows.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from str_live.network.network import Head, Network
from str_live.weights.own import WeightsError, has_encoder, load_network, read_notes
from str_live.weights.own_images import is_image_weights
from str_live.weights.published import load_spin_per_frame, load_tcmr, load_vibe


@dataclass(frozen=True, slots=True)
class Method:
    """One network to measure."""

    name: str
    head: Head
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
        return _of_the_app(path) if has_encoder(path) else [_trained(path)]
    return [_released(path)]


def _released(path: Path) -> Method:
    """A checkpoint of TCMR, VIBE or SPIN."""
    name = path.name.lower()
    if "tcmr" in name or "vibe" in name:
        kind, load = ("tcmr", load_tcmr) if "tcmr" in name else ("vibe", load_vibe)
        loaded = load(path)
        head = Head(loaded.temporal, loaded.regressor)
        chosen = f"epoch {loaded.epoch}, chosen at {loaded.performance} mm PA-MPJPE"
        return Method(path.name.partition(".")[0], head, f"{path}: {kind}, {chosen}")
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
    return [
        Method(f"{path.stem} {name}", whole.head(name), f"{path}: {_switches(whole, name)}")
        for name in whole.networks
    ]


def _trained(path: Path) -> Method:
    """What `python -m str_live.train paper CONFIG` wrote."""
    network, notes = load_network(path), read_notes(path)
    # Training names its files alike in every folder: the folder tells the runs apart.
    name = path.parent.name if path.stem == "best" and path.parent.name else path.stem
    best = json.loads(notes.get("validation", "{}"))
    trained = f"epoch {best.get('epoch')}, {best.get('val_pa_mpjpe_mm', float('nan')):.1f} mm in validation"
    about = json.loads(notes.get("training", "{}")).get("about", "training not known")
    switches = _switches(network, *network.networks)
    return Method(name, network.only_head, f"{path}: {about}; {trained}; {switches}")


def _switches(network: Network, name: str) -> str:
    """All readings and sizes of one of a network's heads, as JSON."""
    config = network.config
    return json.dumps(
        {
            "temporal": name,
            "width": config.width,
            "switches": asdict(config.switches),
            "bypassed": config.bypassed,
            "hidden": config.hidden(name),
            "regressor_hidden": config.regressor_hidden,
            "regressor_dropout": config.regressor_dropout,
            "all_frames": config.all_frames,
        }
    )
