"""All clips in one compressed npz: arrays end to end, with the offset at which each clip starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from str_live.datasets.motion.clip import FPS, MotionClip
from str_live.untrusted.arrays import read_arrays


def write_motion_cache(path: Path, clips: Sequence[MotionClip], rest_joints: np.ndarray) -> None:
    """Write clips and the rest joints (24, 3) that they were fitted to; all clips share one rate."""
    if not clips or any(clip.fps != FPS for clip in clips):
        raise ValueError(f"the cache holds one clip or more, all at {FPS} fps")
    if Path(path).suffix != ".npz":
        raise ValueError(f"{path}: a cache file ends in .npz")
    np.savez_compressed(
        path,
        rotmat=np.concatenate([clip.rotmat for clip in clips]),  # (sum N, 24, 3, 3)
        root=np.concatenate([clip.root for clip in clips]),  # (sum N, 3)
        starts=np.cumsum([0, *map(len, clips)]),  # (C + 1,) the last one is sum N
        names=np.array([clip.name for clip in clips]),
        sources=np.array([clip.source for clip in clips]),
        licences=np.array([clip.licence for clip in clips]),
        fps=np.array(FPS),
        rest_joints=np.asarray(rest_joints, dtype=np.float32),
    )


def rest_joints_of_cache(path: Path) -> np.ndarray:
    """(24, 3) metres: of the body that a cache was made for. Raises ValueError for a file that is none."""
    return _stored(path, ("rest_joints",))["rest_joints"]


def read_motion_cache(path: Path) -> list[MotionClip]:
    """Return the clips of a file from write_motion_cache; their arrays are views into two large ones.

    Raises ValueError, with the file's name, for a file that is none.
    """
    data = _stored(path, ("rotmat", "root", "starts", "names", "sources", "licences", "fps"))
    spans = zip(data["starts"][:-1], data["starts"][1:], strict=True)
    return [
        MotionClip(
            name=str(data["names"][i]),
            source=str(data["sources"][i]),
            licence=str(data["licences"][i]),
            rotmat=data["rotmat"][a:b],
            root=data["root"][a:b],
            fps=int(data["fps"]),
        )
        for i, (a, b) in enumerate(spans)
    ]


def _stored(path: Path, keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    try:
        stored = read_arrays(path, keys)
        return {key: stored[key] for key in keys}
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"{path} is no cache of motion: make one with python -m str_live.datasets.motion"
        ) from error
