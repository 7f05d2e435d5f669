"""`python -m str_live.train.paper.export_for_app`: networks trained here over SPIN's backbone, in one file.

In: checkpoints of `python -m str_live.train paper CONFIG`, at most one each of STR, TCMR, VIBE, and SPIN's.
Out: weights for the app's front end "resnet" (`python main.py --front-end resnet --weights FILE`), SPIN
itself included as its per-frame network. SPIN's licence holds for the file, so it is the user's own to make
and to keep.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from str_live.network.network import PUBLISHED, Network, NetworkConfig
from str_live.network.video_network import VideoNetwork, VideoNetworkConfig
from str_live.settings import NETWORK_NAMES
from str_live.weights.own import WeightsError, save_network
from str_live.weights.published import load_spin
from str_live.weights.video import load_video_network


def export_for_app(checkpoints: Sequence[Path], spin: Path, out: Path) -> None:
    """Write `out`, in float16; raises WeightsError with one sentence."""
    trained: dict[str, VideoNetwork] = {}
    for path in checkpoints:
        network = load_video_network(path)
        _demand_whole(network.config, path, trained)
        trained[network.config.temporal] = network
    network = Network(_model_config([network.config for network in trained.values()]))
    load_spin(network, spin)
    for name, part in trained.items():
        network.head(name).temporal.load_state_dict(part.temporal.state_dict())
        network.head(name).regressor.load_state_dict(part.regressor.state_dict())
    made_of = ", ".join(path.name for path in (*checkpoints, spin))
    save_network(network, out, notes={"made_of": made_of}, precision="half")


def _demand_whole(config: VideoNetworkConfig, path: Path, taken: dict[str, VideoNetwork]) -> None:
    """Refuse what the app does not run: ablated and per-frame networks, and a second one of a kind."""
    if config.bypassed or config.temporal == "frame":
        raise WeightsError(
            f"{path} is {config.temporal} without {list(config.bypassed)}: the app runs whole networks and "
            f"bypasses modules itself, so train a configuration of the whole one"
        )
    if config.temporal in taken:
        raise WeightsError(f"{path} is a second {NETWORK_NAMES[config.temporal]}: give one of each")


def _model_config(configs: Sequence[VideoNetworkConfig]) -> NetworkConfig:
    """What the app needs to rebuild networks of these configurations over SPIN's ResNet-50."""
    sizes = {
        (config.width, config.switches.attention_width, config.regressor_hidden, config.regressor_dropout)
        for config in configs
    }
    if len(sizes) > 1:
        raise WeightsError(f"the checkpoints differ in their sizes ({sizes}): train them alike")
    switches = next((config.switches for config in configs if config.temporal == "str"), configs[0].switches)
    return replace(
        PUBLISHED,
        networks=(*(config.temporal for config in configs), "frame"),
        switches=switches,
        **{f"{config.temporal}_hidden": config.hidden for config in configs if config.temporal != "str"},
        regressor_hidden=configs[0].regressor_hidden,
        regressor_dropout=configs[0].regressor_dropout,
    )


def main(argv: list[str] | None = None) -> None:
    """Parse and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint", type=Path, nargs="+", help="best.safetensors of a run, of each network")
    parser.add_argument("spin", type=Path, help="spin_model_checkpoint.pth.tar")
    parser.add_argument("out", type=Path, help="the file to write, .safetensors")
    arguments = parser.parse_args(argv)
    try:
        export_for_app(arguments.checkpoint, arguments.spin, arguments.out)
    except (WeightsError, ValueError) as error:
        raise SystemExit(str(error)) from error
    print(f"{arguments.out}: start the app with --front-end resnet --weights {arguments.out}")


if __name__ == "__main__":
    main()
