"""`python -m str_live.train`: train the default weights of the landmark front end on the free motion.

Retargets the motion, simulates people and trains both stages; a run that was interrupted goes on where it
stopped. `make weights` calls it with the defaults, which made the weights in assets/.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch

from str_live.model import ASSETS, DEFAULT_WEIGHTS
from str_live.train.landmarks import Simulator, Trainer, TrainingConfig
from str_live.train.motion import load_motion
from str_live.train.simulation.bodies import PointBody
from str_live.train.simulation.poses import PoseSampler

FREE_BODY = ASSETS / "body" / "free_body.npz"


def main() -> None:
    """Parse, load the free data, train."""
    defaults = TrainingConfig()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--motion", type=Path, default=Path("../shared/data/motion"), help="folder of the free motion")
    add("--out", type=Path, default=DEFAULT_WEIGHTS["landmarks"], help="checkpoint to write")
    add("--frame-steps", type=int, default=defaults.frame_steps)
    add("--window-steps", type=int, default=defaults.window_steps)
    add("--seed", type=int, default=defaults.seed)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")

    config = TrainingConfig(
        frame_steps=arguments.frame_steps, window_steps=arguments.window_steps, seed=arguments.seed
    )
    body = read_point_body(FREE_BODY)
    poses = read_poses(arguments.motion, body)
    Trainer(config, Simulator(config, poses, body), arguments.out).run()


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
    """All free motion, retargeted to the body's rest joints."""
    clips = load_motion(motion, body.joint_mean.numpy())
    lengths = [len(clip.rotmat) for clip in clips]
    logging.info("%d clips, %.1f minutes of motion", len(clips), sum(lengths) / 30 / 60)
    return PoseSampler(np.concatenate([clip.rotmat for clip in clips]), np.cumsum([0, *lengths[:-1]]))


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
