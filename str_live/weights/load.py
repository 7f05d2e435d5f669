"""Which files become the running network. In: a front end and files. Out: a runner, or one clear sentence.

What a file holds is told by its content. Ours (.safetensors) are whole, a front end and heads; those of a
training on stored features hold one head, which runs over SPIN's ResNet-50, as TCMR's and VIBE's do. SPIN's
holds that ResNet-50 and the per-frame head; it is the `backbone`. Image weights of ours hold the encoders of
two front ends, and take heads from landmark weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from str_live.body.skinning import Body, load_body
from str_live.messages import NetworkInfo
from str_live.network.cuda_graph import GraphedRunner
from str_live.network.device import resolve_device
from str_live.network.network import PUBLISHED, Head, Network
from str_live.network.runner import NetworkRunner, Runner
from str_live.settings import NETWORK_NAMES, Settings
from str_live.weights.choose import choose_front_end
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError, has_encoder, is_ours, load_network
from str_live.weights.own_images import is_image_weights, load_images
from str_live.weights.published import SPIN_FILE, load_rival, load_spin

WHERE = "(--weights, or Weights in the window)"
REMEDIES = {
    "landmarks": dict.fromkeys(NETWORK_NAMES, f"give weights that have it {WHERE}"),
    "resnet": {
        "str": f"give the best.safetensors of `python -m str_live.train paper` {WHERE}",
        "tcmr": f"give tcmr_table4_3dpw_test.pth.tar {WHERE}",
        "vibe": f"give vibe_model_w_3dpw.pth.tar {WHERE}",
    },
    "both": dict.fromkeys(NETWORK_NAMES, f"give landmark weights that have it {WHERE}"),
}
"""What to do about a temporal network without weights, by front end."""


def unavailable_front_ends(backbone: str = "", weights: Sequence[str] = ()) -> dict[str, str]:
    """Front ends that cannot run as things are, each with the reason and the remedy in one sentence."""
    missing = {}
    if not DEFAULT_WEIGHTS["landmarks"].exists() and not weights:
        missing["landmarks"] = (
            f"{DEFAULT_WEIGHTS['landmarks']} is missing: run `make weights` or give --weights"
        )
    if weights or DEFAULT_WEIGHTS["both"].exists():
        return missing
    missing["both"] = f"{DEFAULT_WEIGHTS['both']} is missing: run `make train-images` or give --weights"
    if not backbone:
        missing["resnet"] = (
            f"{DEFAULT_WEIGHTS['resnet']} is missing: run `make train-images`, or give SPIN's checkpoint "
            f"with --backbone PATH/{SPIN_FILE}"
        )
    return missing


def missing_networks(info: NetworkInfo) -> dict[str, str]:
    """Temporal networks that there are no weights for, each with the reason and the remedy."""
    return {
        name: f"{text} has no weights in {info.name}: {REMEDIES[info.front_end][name]}"
        for name, text in NETWORK_NAMES.items()
        if name not in info.networks
    }


def load_model(
    front_end: str,
    *,
    weights: Sequence[Path] = (),
    backbone: Path | None = None,
    device: str = "cpu",
    precision: str = "float32",
) -> NetworkRunner:
    """The network of a front end on a device, joined of its files; `precision` one of settings.PRECISIONS.

    Raises WeightsError with one sentence when a file is missing, broken, of another kind, or does not fit
    the others.
    """
    files = list(weights) or _default_files(front_end, backbone)
    ours = [path for path in files if is_ours(path)]
    images = [path for path in ours if is_image_weights(path)]
    whole = [path for path in ours if path not in images and has_encoder(path)]
    heads = [path for path in files if path not in (*images, *whole)]
    for alike in (whole, images):
        if len(alike) > 1:
            raise WeightsError(f"{alike[0]} and {alike[1]} hold the same parts: give one of them")
    if images:
        network, name = _with_images(front_end, images[0], whole), images[0].stem
    else:
        network, name = _whole(front_end, whole, heads, backbone)
    holders = dict.fromkeys(network.networks, name)
    for path in heads:
        _add_head(network, path, holders)
    name = " + ".join([name, *map(_short_name, heads)])
    return NetworkRunner(network, name=name, device=device, precision=precision)


def _default_files(front_end: str, backbone: Path | None) -> list[Path]:
    """Our own weights of a front end; none where SPIN's checkpoint is to run as it is."""
    if front_end == "resnet" and backbone is not None:
        return []
    path = DEFAULT_WEIGHTS[front_end]
    if not path.exists():
        raise WeightsError(unavailable_front_ends()[front_end])
    return [path]


def _with_images(front_end: str, images: Path, landmarks: list[Path]) -> Network:
    """The network of image weights, on given or our own landmark weights."""
    if front_end == "landmarks":
        raise WeightsError(
            f"{images} is for the front ends resnet and both, not 'landmarks': choose one of them"
        )
    return load_images(images, front_end, *landmarks or [DEFAULT_WEIGHTS["landmarks"]])


def _whole(
    front_end: str, whole: list[Path], heads: list[Path], backbone: Path | None
) -> tuple[Network, str]:
    """The network that has the front end, and its name."""
    if front_end != "resnet" and heads:
        what = "was trained on stored features" if is_ours(heads[0]) else "is not one of STR-Live's"
        raise WeightsError(
            f"{heads[0]} {what}; such networks, and TCMR's and VIBE's, need SPIN's ResNet-50 as the front "
            f"end: add --front-end resnet --backbone PATH/{SPIN_FILE}"
        )
    if whole:
        network, name = load_network(whole[0]), whole[0].stem
        if network.config.front_end != front_end:
            raise WeightsError(
                f"{whole[0]} is for the front end {network.config.front_end!r}, not {front_end!r}: "
                f"choose that front end or give other --weights"
            )
    elif backbone is None:
        raise WeightsError(
            f"{heads[0] if heads else 'the front end resnet'} needs SPIN's checkpoint: give --backbone "
            f"PATH/{SPIN_FILE}"
        )
    else:
        network, name = Network(PUBLISHED), _short_name(backbone)
    if front_end == "resnet" and backbone is not None:
        load_spin(network, backbone)
    return network, name


def _add_head(network: Network, path: Path, holders: dict[str, str]) -> None:
    """Give the network the head that a file holds; `holders` says which file each head came from."""
    name, head = _trained_head(path) if is_ours(path) else _published_head(path, network.config.width)
    if name in holders:
        raise WeightsError(f"{path} and {holders[name]} both hold {NETWORK_NAMES[name]}: give one of them")
    if head.width != network.config.width:
        raise WeightsError(
            f"{path} was trained on features of {head.width} channels, and this front end gives "
            f"{network.config.width}: give one that was trained on its features"
        )
    network.heads[name] = head
    holders[name] = path.name


def _published_head(path: Path, width: int) -> tuple[str, Head]:
    loaded = load_rival(path, width=width)
    return loaded.name, Head(loaded.temporal, loaded.regressor)


def _trained_head(path: Path) -> tuple[str, Head]:
    """Of a training on stored features; those that the app does not run are refused."""
    network = load_network(path)
    [name] = network.networks
    if network.config.bypassed or name == "frame":
        raise WeightsError(
            f"{path} is {NETWORK_NAMES[name]} without {list(network.config.bypassed)}: the app runs whole "
            f"networks and bypasses modules itself, so train a configuration of the whole one"
        )
    return name, network.only_head


def _short_name(path: Path) -> str:
    """'tcmr_table4_3dpw_test' of tcmr_table4_3dpw_test.pth.tar."""
    return (
        path.name.removesuffix(".tar").removesuffix(".pth").removesuffix(".pt").removesuffix(".safetensors")
    )


def load_model_for(settings: Settings) -> NetworkRunner:
    """The network that the settings ask for; raises WeightsError or DeviceError."""
    return load_model(
        choose_front_end(settings).name,
        weights=[Path(path).expanduser() for path in settings.weights],
        backbone=_path(settings.backbone),
        device=resolve_device(settings.device),
        precision=settings.precision,
    )


def load_body_for(settings: Settings) -> Body:
    """The body that the settings ask for, on their device; raises BodyFileError (a ValueError)."""
    return load_body(_path(settings.body)).to(resolve_device(settings.device))


@dataclass(frozen=True, slots=True)
class Parts:
    """What an Engine runs: either may be missing, then the person is found all the same."""

    runner: Runner[Any] | None = None
    body: Body | None = None


def join_parts(model: NetworkRunner | None, body: Body | None, *, graphed: bool | None = None) -> Parts:
    """A network and a body as they run: on CUDA both together in one step.

    `graphed`: whether they run so (see GraphedRunner); None: on CUDA only.
    """
    if model is None or body is None:
        return Parts(model, body)
    if graphed is None:
        graphed = model.info.device.startswith("cuda")
    return Parts(GraphedRunner(model, body) if graphed else model, body)


def load_parts(settings: Settings) -> Parts:
    """Network and body that the settings ask for; raises as `load_model_for` and `load_body_for` do."""
    return join_parts(load_model_for(settings), load_body_for(settings))


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
