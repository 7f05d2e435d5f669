"""`python -m str_live.train`: train the default weights, or with a CONFIG the paper on its databases.

Without a CONFIG it trains the weights of the landmark front end on the free motion: retargets it, simulates
people and trains both stages; `make weights` calls it with the defaults, which made the weights in assets/.
With one (a JSON file, or a name in str_live/train/configs) it trains STR, TCMR or VIBE on the published
databases; `torchrun --nproc-per-node N -m str_live.train CONFIG` spreads each batch over N cards. Either goes
on where an interrupted run stopped.
"""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

import numpy as np
import torch

from str_live.model import ASSETS, DEFAULT_WEIGHTS
from str_live.train.landmarks import Simulator, Trainer, TrainingConfig
from str_live.train.motion import load_motion
from str_live.train.motion.split import clips_of
from str_live.train.paper.command import BASE, DATABASES, USER_ERRORS, train_paper
from str_live.train.simulation.bodies import PointBody
from str_live.train.simulation.poses import PoseSampler

FREE_BODY = ASSETS / "body" / "free_body.npz"


def main(argv: list[str] | None = None) -> None:
    """Parse, then train one thing or the other."""
    arguments = build_parser().parse_args(argv)
    # Of the processes that torchrun starts, the first speaks for all.
    level = logging.INFO if os.environ.get("RANK", "0") == "0" else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    if arguments.config is None:
        train_default_weights(arguments)
        return
    try:
        train_paper(
            arguments.config,
            databases=arguments.databases,
            base=None if arguments.free_body else arguments.base,
            out=arguments.out,
            changes=arguments.set,
            device=arguments.device,
            workers=arguments.workers,
        )
    except USER_ERRORS as error:
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
    add("--motion", type=Path, default=Path("../shared/data/motion"), help="folder of the free motion")
    add("--frame-steps", type=int, default=defaults.frame_steps)
    add("--window-steps", type=int, default=defaults.window_steps)
    add("--seed", type=int, default=defaults.seed)
    add = parser.add_argument_group("the paper (with CONFIG)").add_argument
    add("--databases", type=Path, default=DATABASES, help=f"folder of *_db.pt files (default {DATABASES})")
    add("--base", type=Path, default=BASE, help=f"SMPL, its regressors, SPIN's weights (default {BASE})")
    add("--free-body", action="store_true", help="no SMPL: train on the free body instead")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="such as network.temporal=tcmr")
    add("--device", default="", help="cpu, cuda, ... (default: CUDA where there is one)")
    add("--workers", type=int, default=0, help="processes that load sequences")
    return parser


def train_default_weights(arguments: argparse.Namespace) -> None:
    """Load the free data, train the landmark front end."""
    config = TrainingConfig(
        frame_steps=arguments.frame_steps, window_steps=arguments.window_steps, seed=arguments.seed
    )
    body = read_point_body(FREE_BODY)
    poses = read_poses(arguments.motion, body)
    out = arguments.out or DEFAULT_WEIGHTS["landmarks"]
    Trainer(config, Simulator(config, poses, body), out).run()


def read_point_body(path: Path) -> PointBody:
    """The free body's file as the few points that training needs."""
    with np.load(path, allow_pickle=False) as file:
        parents = file["kintree_table"][0].astype(np.int64)
        return PointBody(
            v_template=file["v_template"],
            shapedirs=file["shapedirs"],
            j_regressor=file["J_regressor"],
            weights=file["weights"],
            parents=np.where(np.arange(len(parents)) == 0, -1, parents),
            landmark_regressor=file["landmark_regressor"],
        )


def read_poses(motion: Path, body: PointBody) -> PoseSampler:
    """The free motion that is learnt from, retargeted to the body's rest joints."""
    clips = clips_of(load_motion(motion, body.joint_mean.cpu().numpy()), "train")
    lengths = [len(clip) for clip in clips]
    logging.info("%d clips, %.1f minutes of motion", len(clips), sum(lengths) / 30 / 60)
    return PoseSampler(np.concatenate([clip.rotmat for clip in clips]), np.cumsum([0, *lengths[:-1]]))


if __name__ == "__main__":
    # Small tensors: a thread that waits for a busy core costs more than a second one brings.
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
    main()
