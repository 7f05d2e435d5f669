"""`python -m str_live.train default`: train the weights of the landmark front end on the free motion.

Retargets the motion, simulates people and trains both stages, STR, TCMR and VIBE side by side; `make weights`
calls it with the options of the delivered weights. Goes on where an interrupted run stopped.
"""

from __future__ import annotations

import argparse
import json
import logging
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
from str_live.network.device import DeviceError, resolve_device
from str_live.settings import PRECISIONS, TEMPORAL_NETWORKS
from str_live.train.default.config import TrainingConfig
from str_live.train.default.simulator import Simulator
from str_live.train.default.trainer import DefaultTrainer
from str_live.train.loop import Loop
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError, read_notes

SAVE_MINUTES = 2.0
USER_ERRORS = (ConfigError, WeightsError, DeviceError)
"""What a user did or can mend; the message says how."""


def run(arguments: argparse.Namespace) -> None:
    """Load the free data, train the landmark front end; raises USER_ERRORS."""
    config = training_config(arguments)
    with torch.device(resolve_device(arguments.device)):  # tensors are made where they are used
        body = read_point_body(FREE_BODY)
        poses = read_poses(arguments.motion, body, arguments.motion_without.split(","), config.poses)
        simulator = Simulator(config, poses, body)
        trainer = DefaultTrainer(config, simulator, arguments.out, arguments.store, arguments.precision)
        state, curves = (arguments.out.with_name(arguments.out.name + end) for end in (".state", ".curves"))
        Loop(trainer, state, curves=curves, save_minutes=SAVE_MINUTES).run()


def training_config(arguments: argparse.Namespace) -> TrainingConfig:
    """The recipe that the arguments ask for; raises ConfigError, or WeightsError for a bad --start."""
    if arguments.start:
        read_notes(arguments.start)  # here, before the motion is read for nothing
    networks = (*(name for name in arguments.networks.split(",") if name), "frame")
    stages = [f"{stage}_{part}" for stage in ("frame", "window") for part in ("steps", "batch", "rate")]
    chosen = {name: getattr(arguments, name) for name in (*stages, "seed", "bypass")}
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


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `run` takes."""
    defaults = TrainingConfig()
    add = parser.add_argument
    add("--out", type=Path, default=DEFAULT_WEIGHTS["landmarks"], metavar="FILE",
        help="checkpoint to write; beside it lies the state to go on from, FILE.state")  # fmt: skip
    add("--motion", type=Path, default=Path("../shared/data/motion"),
        help="folder of the free motion, or a cache of it")  # fmt: skip
    add("--motion-without", default=",".join(FIRST_ONLY), metavar="SOURCES",
        help="leave these out (default\n%(default)s,\n"
        "as the delivered weights do); none, snu: what the licence names only as a whole")  # fmt: skip
    add("--networks", default=",".join(TEMPORAL_NETWORKS[:-1]), help="which learn (default all: %(default)s)")
    add("--start", type=Path, metavar="FILE", help="weights whose encoder and per-frame network to take")
    for stage in ("frame", "window"):
        for part, kind in (("steps", int), ("batch", int), ("rate", float)):
            name = f"{stage}_{part}"
            add(f"--{stage}-{part}", type=kind, default=getattr(defaults, name), help="(default %(default)s)")
    add("--bypass", type=float, default=defaults.bypass, help="share of window steps in which half of the\n"
        "sequences bypass modules of STR (default %(default)s)")  # fmt: skip
    add("--seed", type=int, default=defaults.seed)
    add("--store", choices=("half", "int8"), default="int8", help="how the file holds numbers (%(default)s)")
    add("--device", default="", help="cpu, cuda, ... (default: CUDA where there is one)")
    add("--precision", choices=PRECISIONS, default="auto", help="of the network, not of losses; auto, the\n"
        "default, measures which is faster here")  # fmt: skip
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help="a reading of STR (ttr_readout=mean), or an entry of model, poses, views, weights\n"
        "(model.encoder_hidden=1024, poses.variety=0.5)")  # fmt: skip
