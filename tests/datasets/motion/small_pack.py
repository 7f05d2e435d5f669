"""A pack of motion small enough for a test, written as the format says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.skeleton import JOINT, PARENTS

QUATERNION_STEP, ROOT_STEP_M = 1 / 8192, 1e-4


def small_pack(
    rest_joints: np.ndarray, turns: list[Rotation], root: list[np.ndarray], *, names: list[str], fps: float
) -> dict[str, np.ndarray]:
    """Arrays of a pack with SMPL's own joints: for each clip (N * 24,) local rotations and (N, 3) places."""
    quaternions, places = [], []
    for clip, place in zip(turns, root, strict=True):
        values = clip.as_quat(canonical=True)[:, [3, 0, 1, 2]].reshape(len(place), len(JOINT), 4)
        steps = np.round(values / QUATERNION_STEP).astype(int)
        quaternions.append(np.diff(steps, axis=0, prepend=0))
        moved = np.round((place - place[0]) / ROOT_STEP_M).astype(int)
        places.append(np.diff(moved, axis=0, prepend=0))
    offsets = rest_joints - np.where(np.arange(24)[:, None] > 0, rest_joints[list(PARENTS)], 0)
    offsets[0] = 0
    return {
        "about": np.array(json.dumps({"licence": "made up", "origin": {}})),
        "joints": np.array(list(JOINT)),
        "parents": np.array(PARENTS, np.int16),
        "offsets": offsets[None].astype(np.float32),
        "target": np.arange(24, dtype=np.int16),
        "clip_names": np.array(names),
        "clip_fps": np.full(len(names), fps, np.float32),
        "clip_floor": np.zeros(len(names), np.float32),
        "clip_skeleton": np.zeros(len(names), np.int16),
        "clip_first": np.cumsum([0, *map(len, root)]).astype(np.int32),
        "clip_root": np.array([place[0] for place in root], np.float32),
        "quat_steps": np.concatenate(quaternions).transpose(1, 2, 0).astype(np.int16),
        "root_steps": np.concatenate(places).T.astype(np.int16),
    }


def write(folder: Path, arrays: dict[str, np.ndarray], source: str = "snu_woody") -> Path:
    """The pack as a file of this source below the motion folder."""
    path = folder / "more" / f"{source}.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **arrays)
    return path
