"""`python -m str_live.train`: train the default weights, or with a CONFIG the paper on its databases.

Without a CONFIG it trains the weights of the landmark front end on the free motion: retargets it, simulates
people and trains both stages, STR, TCMR and VIBE side by side; `make weights` calls it with the defaults.
With one (a JSON file, or a name in str_live/train/configs) it trains STR, TCMR or VIBE on the published
databases; `torchrun --nproc-per-node N -m str_live.train CONFIG` spreads each batch over N cards. Either goes
on where an interrupted run stopped.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from str_live.dataclass_json import ConfigError, as_json, change_entry, config_from
from str_live.datasets.motion import load_motion
from str_live.datasets.motion.catalogue import FIRST_ONLY
from str_live.datasets.motion.split import clips_of
from str_live.datasets.simulated.bodies import PointBody, read_point_body
from str_live.datasets.simulated.poses import PoseConfig, PoseSampler
from str_live.files import FREE_BODY
from str_live.interruption import interruptible
from str_live.network.device import DeviceError, resolve_device
from str_live.process import prepare_to_train
from str_live.settings import TEMPORAL_NETWORKS
from str_live.train.landmarks import Simulator, Trainer, TrainingConfig
from str_live.train.paper.command import BASE, DATABASES, USER_ERRORS, train_paper
from str_live.train.paper.options import PRECISIONS, RunOptions
from str_live.weights.own import DEFAULT_WEIGHTS, read_notes


def main(argv: list[str] | None = None) -> None:
    """Parse, then train one thing or the other."""
    arguments = build_parser().parse_args(argv)
    # Of the processes that torchrun starts, the first speaks for all.
    level = logging.INFO if os.environ.get("RANK", "0") == "0" else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    try:
        if arguments.config is None:
            train_default_weights(arguments)
            return
        train_paper(
            arguments.config,
            databases=arguments.databases,
            base=None if arguments.free_body else arguments.base,
            out=arguments.out,
            changes=arguments.set,
            device=arguments.device,
            options=RunOptions(
                workers=arguments.workers,
                precision=arguments.precision or RunOptions().precision,
                compile=arguments.compile,
                save_minutes=arguments.save_minutes,
            ),
        )
    except (*USER_ERRORS, DeviceError) as error:
        raise SystemExit(str(error)) from error


def build_parser() -> argparse.ArgumentParser:
    """Both trainings' options."""
    defaults = TrainingConfig()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config", nargs="?", help="train the paper: a JSON file or a name in configs/")
    parser.add_argument(
        "--out", type=Path, help="checkpoint of the default weights to write, or the paper's folder"
    )
    add = parser.add_argument_group("default weights (without CONFIG)").add_argument
    add(
        "--motion",
        type=Path,
        default=Path("../shared/data/motion"),
        help="folder of the free motion, or a cache of it",
    )
    add(
        "--motion-without",
        default=",".join(FIRST_ONLY),
        metavar="SOURCES",
        help="leave these out (default\n"
        "%(default)s, as the delivered weights do); none, snu: what the licence names only as a whole",
    )
    add("--networks", default=",".join(TEMPORAL_NETWORKS[:-1]), help="which learn (default all: %(default)s)")
    add("--start", type=Path, metavar="FILE", help="weights whose encoder and per-frame network to take")
    for stage in ("frame", "window"):
        for part, kind in (("steps", int), ("batch", int), ("rate", float)):
            name = f"{stage}_{part}"
            add(f"--{stage}-{part}", type=kind, default=getattr(defaults, name), help="(default %(default)s)")
    add(
        "--alone",
        type=float,
        default=defaults.alone,
        help="share of window steps in which TTR, STE or the\n"
        "halves of the window carry alone (default %(default)s)",
    )
    add("--seed", type=int, default=defaults.seed)
    add("--store", choices=("half", "int8"), default="int8", help="how the file holds numbers (%(default)s)")
    add = parser.add_argument_group("both").add_argument
    add("--device", default="", help="cpu, cuda, ... (default: CUDA where there is one)")
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help="network.temporal=tcmr; without CONFIG a reading of STR (ttr_readout=mean), or an entry of\n"
        "model, poses, views, weights (model.encoder_hidden=1024, poses.variety=0.5)")  # fmt: skip
    options = RunOptions()
    add("--precision", choices=PRECISIONS, help="of the network, not of losses; auto measures which is\n"
        f"faster here (default auto; with CONFIG {options.precision})")  # fmt: skip
    add = parser.add_argument_group("the paper (with CONFIG)").add_argument
    add("--databases", type=Path, default=DATABASES, help=f"folder of *_db.pt files (default {DATABASES})")
    add("--base", type=Path, default=BASE, help=f"SMPL, its regressors, SPIN's weights (default {BASE})")
    add("--free-body", action="store_true", help="no SMPL: train on the free body instead")
    add("--workers", type=int, default=options.workers, help="processes that load sequences")
    add("--compile", action="store_true", help="torch.compile the network: slow to start, then faster")
    add("--save-minutes", type=float, default=options.save_minutes, metavar="M",
        help="minutes after which the state is kept within an epoch (default %(default)s)")  # fmt: skip
    return parser


def train_default_weights(arguments: argparse.Namespace) -> None:
    """Load the free data, train the landmark front end; raises USER_ERRORS."""
    config, precision = training_config(arguments), arguments.precision or "auto"
    if precision == "float16":
        raise ConfigError("precision float16 is for the paper's networks on CUDA: choose auto")
    with torch.device(resolve_device(arguments.device)):  # tensors are made where they are used
        body = read_point_body(FREE_BODY)
        poses = read_poses(arguments.motion, body, arguments.motion_without.split(","), config.poses)
        out = arguments.out or DEFAULT_WEIGHTS["landmarks"]
        Trainer(config, Simulator(config, poses, body), out, arguments.store, precision).run()


def training_config(arguments: argparse.Namespace) -> TrainingConfig:
    """The recipe that the arguments ask for; raises ConfigError, or WeightsError for a bad --start."""
    if arguments.start:
        read_notes(arguments.start)  # here, before the motion is read for nothing
    networks = (*(name for name in arguments.networks.split(",") if name), "frame")
    stages = [f"{stage}_{part}" for stage in ("frame", "window") for part in ("steps", "batch", "rate")]
    chosen = {name: getattr(arguments, name) for name in (*stages, "seed", "alone")}
    try:
        parts = changed_parts(arguments.set)
        model = replace(parts.pop("model"), networks=networks)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return TrainingConfig(model=model, start=str(arguments.start or ""), **parts, **chosen)


def changed_parts(changes: Sequence[str]) -> dict[str, Any]:
    """The recipe's parts, with changes such as 'poses.variety=0.5'.

    A name without a part is a reading of STR: 'ttr_readout=mean' is 'model.switches.ttr_readout=mean'.
    """
    defaults = TrainingConfig()
    parts = {name: getattr(defaults, name) for name in ("model", "poses", "views", "weights")}
    content: dict[str, Any] = {name: json.loads(as_json(part)) for name, part in parts.items()}
    for change in changes:
        part = change.partition("=")[0].partition(".")[0]
        change_entry(content, change if part in parts else f"model.switches.{change}")
    return {name: config_from(type(part), content[name], f"{name}.") for name, part in parts.items()}


def read_poses(motion: Path, body: PointBody, left_out: Sequence[str], config: PoseConfig) -> PoseSampler:
    """The free motion that is learnt from, retargeted to the body's rest joints; raises USER_ERRORS."""
    try:
        clips = clips_of(load_motion(motion, body.joint_mean.cpu().numpy(), left_out), "train")
    except (ValueError, NotADirectoryError) as error:
        raise ConfigError(str(error)) from error
    logging.info("%d clips, %.1f minutes of motion", len(clips), sum(map(len, clips)) / 30 / 60)
    return PoseSampler.of_clips(clips, config)


if __name__ == "__main__":
    prepare_to_train()
    with interruptible("the same command goes on from the state last kept"):
        main()
