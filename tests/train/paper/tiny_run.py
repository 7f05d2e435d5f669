"""A run of the paper's training small enough for a test: made-up sequences in memory and the free body."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from str_live.datasets.joint_sets import SPIN_49
from str_live.datasets.measured_body import MeasuredBody, load_measured_body
from str_live.datasets.published.databases import Database
from str_live.datasets.published.sequences import Sequence
from str_live.network.network import Network
from str_live.temporal import STRConfig
from str_live.train.loop import Loop
from str_live.train.paper.batches import make_shares
from str_live.train.paper.config import DatabaseConfig, NetworkChoice, PaperConfig
from str_live.train.paper.distributed import Processes
from str_live.train.paper.learner import Learner
from str_live.train.paper.options import RunOptions
from str_live.train.paper.trainer import PaperTrainer, TrainingData

WIDTH = 16


class Fake(Dataset[Sequence]):
    """`size` random sequences, some with 3D joints and SMPL parameters, some without."""

    def __init__(self, size: int, w_3d: float, w_smpl: float, told: int = 1) -> None:
        """`told`: frames of a window whose truth is given."""
        self.size, self.w_3d, self.w_smpl, self.told = size, w_3d, w_smpl, told

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Sequence:
        generator = torch.Generator().manual_seed(index + 1000 * self.size)

        def draw(*shape: int) -> torch.Tensor:
            return torch.randn(*shape, generator=generator)

        told = self.told
        theta = draw(told, 85) * 0.3
        weights = torch.tensor(self.w_3d), torch.tensor(self.w_smpl)
        kp_2d, kp_3d = draw(told, 49, 3).abs() * 0.3, draw(told, 49, 3) * 0.3
        return Sequence(draw(16, WIDTH).relu(), kp_2d, kp_3d, theta, *weights)


def config(network: dict[str, Any] | None = None, **changes: object) -> PaperConfig:
    """Of a tiny run, with changes to it and to its network."""
    tiny: dict[str, Any] = {"width": WIDTH, "regressor_hidden": 16, "regressor_dropout": 0.5}
    chosen = NetworkChoice(**(tiny | {"switches": STRConfig(attention_width=8)} | (network or {})))
    defaults = {"about": "a test", "epochs": 2, "step": 1, "network": chosen, "iterations": 3, "batch_2d": 3,
                "batch_3d": 2, "learning_rate": 1e-3, "start_from_spin": False}  # fmt: skip
    return PaperConfig(
        train=(DatabaseConfig("insta", ""), DatabaseConfig("3dpw", "")),
        validation=DatabaseConfig("3dpw", ""),
        **(defaults | changes),
    )


def validation(frames: int = 18) -> Database:
    rng = np.random.default_rng(3)
    return Database(
        dataset="3dpw",
        path=Path("3dpw_val_db.pt"),
        md5="",
        video=np.full(frames, "downtown_0"),
        features=rng.random((frames, WIDTH), np.float32),
        joints2d=np.zeros((frames, len(SPIN_49), 3), np.float32),
        boxes=np.ones((frames, 4), np.float32),
        joints3d=rng.normal(size=(frames, 14, 3)).astype(np.float32),
        pose=rng.normal(size=(frames, 72)).astype(np.float32),
        betas=np.zeros((frames, 10), np.float32),
        valid=np.ones(frames, bool),
    )


def material(settings: PaperConfig) -> TrainingData:
    told = 16 if settings.network.learns_all_frames else 1
    datasets = [Fake(7, 0.0, 0.0, told)], [Fake(5, 1.0, 1.0, told), Fake(4, 1.0, 0.0, told)]
    shares = make_shares(*datasets, (settings.batch_2d, settings.batch_3d))
    return TrainingData(shares, validation(), load_measured_body(None), {"databases": "made up"})


def learner(
    settings: PaperConfig,
    body: MeasuredBody,
    *,
    options: RunOptions | None = None,
    processes: Processes | None = None,
    device: str = "cpu",
) -> Learner:
    torch.manual_seed(settings.seed)
    network = Network(settings.network.config())
    return Learner(settings, network, body, device=torch.device(device), options=options, processes=processes)


def training(
    settings: PaperConfig,
    out: Path,
    processes: Processes | None = None,
    options: RunOptions | None = None,
) -> Loop:
    """A run in the folder `out`, whose recipe is a PaperTrainer."""
    read = material(settings)
    learns = learner(settings, read.body, options=options, processes=processes)
    trainer = PaperTrainer(settings, read, learns, out)
    return Loop(trainer, out / "state.pt", curves=out, save_minutes=learns.options.save_minutes)
