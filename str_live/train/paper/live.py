"""`python -m str_live.train.paper.live`: put a trained STR and SPIN's backbone into one file for the app.

In: a checkpoint of `python -m str_live.train CONFIG` and SPIN's own. Out: weights for the app's front end
"resnet" (`python main.py --front-end resnet --weights FILE`), SPIN itself included as its per-frame network.
SPIN's licence holds for the file, so it is the user's own to make and to keep.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from str_live.model import ModelConfig, Network, WeightsError, load_spin, save_network
from str_live.train.paper.network import load_video_network


def export_for_app(checkpoint: Path, spin: Path, out: Path) -> None:
    """Write `out`, in float16; raises WeightsError with one sentence."""
    trained = load_video_network(checkpoint)
    config = trained.config
    if config.temporal != "str" or config.bypassed:
        raise WeightsError(
            f"{checkpoint} is {config.temporal} without {list(config.bypassed)}: the app runs the whole STR "
            f"only, so train a configuration of that"
        )
    model_config = ModelConfig(
        "resnet",
        config.switches,
        regressor_hidden=config.regressor_hidden,
        regressor_dropout=config.regressor_dropout,
    )
    network = Network(model_config)
    load_spin(network, spin, frame_regressor=True)
    network.temporal.load_state_dict(trained.temporal.state_dict())
    network.regressor.load_state_dict(trained.regressor.state_dict())
    save_network(network, out, notes={"made_of": f"{checkpoint.name} and {spin.name}"}, half=True)


def main(argv: list[str] | None = None) -> None:
    """Parse and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="best.safetensors of a run")
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
