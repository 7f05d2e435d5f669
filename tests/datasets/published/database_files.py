"""Writes small databases of the exact keys, shapes and types of the published ones, filled at random."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np

VIDEOS = {"downtown_0": 20, "short_1": 15, "office_0": 37}
"""Frames of each video, in order; the second is shorter than a window."""
FRAMES = sum(VIDEOS.values())
JOINTS = {"3dpw": 14, "mpii3d": 49, "h36m": 49, "posetrack": 49, "penn": 14, "video": 49, "freemocap": 49}


def arrays(dataset: str, frames: int = FRAMES) -> dict[str, np.ndarray]:
    """The dictionary of a training database."""
    rng = np.random.default_rng(1)
    names = np.concatenate([np.full(count, name) for name, count in VIDEOS.items()])[:frames]
    content = {
        "vid_name": names,
        "img_name": np.array([f"/home/author/{name}/{i:05}.jpg" for i, name in enumerate(names)]),
        "joints2D": rng.random((frames, JOINTS[dataset], 3)) * [640, 480, 1],
        "bbox": np.column_stack([rng.random((frames, 2)) * 400, np.full((frames, 2), 250.0)]),
        "features": rng.random((frames, 2048), np.float32),
    }
    if dataset in ("3dpw", "mpii3d", "h36m", "freemocap"):
        content |= {"frame_id": np.arange(frames), "joints3D": rng.normal(size=(frames, 49, 3))}
    if dataset in ("3dpw", "h36m", "freemocap"):
        content |= {"pose": rng.normal(size=(frames, 72)), "shape": rng.normal(size=(frames, 10))}
    if dataset in ("3dpw", "freemocap"):
        content["valid"] = rng.random(frames) > 0.2
    return content


class _JoblibPickler(pickle._Pickler):  # the pure Python pickler lets arrays be written in between
    """Writes what joblib.dump writes: after each wrapper the array's own bytes."""

    def __init__(self, file: io.BufferedIOBase, protocol: int, *, aligned: bool) -> None:
        super().__init__(file, protocol)
        self.file, self.aligned = file, aligned

    def save(self, obj: object, save_persistent_id: bool = True) -> None:
        if type(obj) is not np.ndarray:
            super().save(obj, save_persistent_id)
            return
        fortran = obj.flags.f_contiguous and not obj.flags.c_contiguous
        self.save_wrapper(obj, "F" if fortran else "C")
        if self.proto >= 4:
            self.framer.commit_frame(force=True)
        if obj.dtype.hasobject:
            pickle.dump(obj, self.file, protocol=2)
            return
        if self.aligned:
            padding = 16 - (self.file.tell() + 1) % 16
            self.file.write(bytes([padding]) + b"\xff" * padding)
        self.file.write(obj.tobytes("A" if fortran else "C"))

    def save_wrapper(self, array: np.ndarray, order: str) -> None:
        state = {"subclass": np.ndarray, "shape": array.shape, "order": order, "dtype": array.dtype}
        state |= {"allow_mmap": not array.dtype.hasobject}
        if self.aligned:
            state["numpy_array_alignment_bytes"] = 16
        name = ("joblib.numpy_pickle", "NumpyArrayWrapper")
        self.write(pickle.GLOBAL + "\n".join((*name, "")).encode())
        self.write(pickle.EMPTY_TUPLE + pickle.NEWOBJ)
        self.memoize(self.keep(object()))
        super().save(state)
        self.write(pickle.BUILD)

    def keep(self, thing: object) -> object:
        """Keeps a memoised object alive, so that no other gets its id."""
        self.kept = [*getattr(self, "kept", []), thing]
        return thing


def dump(content: object, path: Path, *, protocol: int = 3, aligned: bool = False) -> Path:
    """Like joblib.dump: protocol 3 unaligned is joblib 0.14's of 2019, protocol 4 aligned today's."""
    with path.open("wb") as file:
        _JoblibPickler(file, protocol, aligned=aligned).dump(content)
    return path
