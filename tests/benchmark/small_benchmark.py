"""A benchmark small enough for a test: two short made-up clips for each split, and an untrained front end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from str_live.benchmark import build
from str_live.benchmark.build import Plan
from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.motion.split import TEST, VALIDATION
from str_live.network.network import Network, NetworkConfig
from str_live.rotation import rotmat_from_axis_angle
from str_live.temporal import STRConfig
from str_live.weights.own import save_network

WIDTH = 16
PLAN = Plan(training_scenes=6, training_frames=20, training_people=5, validation_people=2, test_people=3)
LENGTHS = {"train": 40, "validation": 24, "test": 30}


def clips() -> list[MotionClip]:
    """Two of each split, under the names of real recordings where they are held out."""
    names = {
        "train": ("walk", "run"),
        "validation": VALIDATION["cmu_bvh"][:2],
        "test": TEST["cmu_bvh"][:2],
    }
    return [
        clip(name, LENGTHS[split], seed)
        for seed, (split, name) in enumerate((split, name) for split in names for name in names[split])
    ]


def clip(name: str, frames: int, seed: int) -> MotionClip:
    """Somebody who waves all limbs, slowly."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / 30
    swing = np.sin(2 * np.pi * (rng.uniform(0.3, 0.8, (1, 24, 3)) * time + rng.random((1, 24, 3))))
    turns = torch.from_numpy(0.2 * rng.normal(size=(1, 24, 3)) * swing)
    rotmat = rotmat_from_axis_angle(turns).float().numpy()
    return MotionClip(name, "cmu_bvh", "made up", rotmat, np.zeros((frames, 3), np.float32))


def weights(folder: Path, networks: tuple[str, ...] = ("frame",)) -> Path:
    """An untrained front end and networks."""
    torch.manual_seed(0)
    config = NetworkConfig(
        networks=networks,
        switches=STRConfig(width=WIDTH, attention_width=8),
        encoder_hidden=16,
        encoder_blocks=1,
        regressor_hidden=16,
    )
    path = folder / "weights.safetensors"
    save_network(Network(config), path)
    return path


def build_small(folder: Path, monkeypatch, name: str = "data") -> Path:
    """All files of it, in a new folder."""
    monkeypatch.setattr(build, "load_motion", lambda *_: clips())
    build.build(folder, weights(folder), folder / name, PLAN)
    return folder / name
