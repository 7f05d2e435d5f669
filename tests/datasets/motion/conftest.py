"""A small body for the retargeting: human proportions, T-pose, no files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from str_live.datasets.motion import MotionClip, load_motion
from str_live.datasets.motion.packs import read_pack
from str_live.skeleton import JOINT, PARENTS

SHARED_MOTION = Path(__file__).parents[4] / "shared" / "data" / "motion"
LARGEST = ("uiprmd_50fps", "snu_basketball", "snu_tiling")
HALF = {  # parent-relative offsets in metres; the right side mirrors the left
    "left_hip": (0.10, -0.05, 0.0),
    "left_knee": (0.03, -0.42, 0.02),
    "left_ankle": (0.03, -0.42, -0.03),
    "left_foot": (0.0, -0.05, 0.15),
    "spine1": (0.0, 0.07, 0.0),
    "spine2": (0.0, 0.10, 0.0),
    "spine3": (0.0, 0.20, 0.0),
    "neck": (0.0, 0.20, 0.02),
    "head": (0.0, 0.10, 0.03),
    "left_collar": (0.03, 0.12, 0.02),
    "left_shoulder": (0.15, 0.0, 0.0),
    "left_elbow": (0.28, 0.0, 0.0),
    "left_wrist": (0.25, 0.0, 0.0),
    "left_hand": (0.10, 0.0, 0.0),
}


@pytest.fixture
def rest_joints() -> np.ndarray:
    joints = np.zeros((24, 3))
    for name, index in JOINT.items():
        if index:
            offset = np.array(HALF[name.replace("right", "left")])
            mirror = [-1, 1, 1] if name.startswith("right") else [1, 1, 1]
            joints[index] = joints[PARENTS[index]] + offset * mirror
    return joints


@pytest.fixture(scope="session")
def free_motion() -> list[MotionClip]:
    """All but the largest sources, for the tests that need frames: a quarter of a minute of work."""
    if not SHARED_MOTION.is_dir():
        pytest.skip(f"{SHARED_MOTION} is absent")
    return load_motion(SHARED_MOTION, left_out=LARGEST)


@pytest.fixture(scope="session")
def recordings(free_motion) -> list[MotionClip]:
    """Every recording; those of the largest sources without their frames."""
    packs = [read_pack(SHARED_MOTION / "more" / f"{source}.npz") for source in LARGEST]
    empty = np.zeros((0, 24, 3, 3), np.float32), np.zeros((0, 3), np.float32)
    return free_motion + [MotionClip(name, pack.source, "", *empty) for pack in packs for name in pack.names]
