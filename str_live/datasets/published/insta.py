"""Reads VIBE's InstaVariety database, insta_train_db.h5 (18 GB): too large to keep in memory.

In: an HDF5 file of 'vid_name' (N,), 'joints2D' (N, 25, 3) in pixels of the 224 crop, 'features' (N, 2048).
Out: frames on demand. Each worker process opens the file for itself, at its first read: HDF5 handles do not
survive a fork. h5py is imported here only; nothing else of STR-Live needs it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from str_live.datasets.joint_sets import INSTA_25, to_spin_49
from str_live.datasets.published.checksums import md5_of
from str_live.datasets.published.databases import FEATURES, DatabaseError

MD5 = "8ec335d1d48bd54687ad5c9a6eeb2999"
"""Of the published file."""


class InstaDatabase:
    """N frames with 2D joints, read from the file piece by piece. May be handed to other processes."""

    def __init__(self, path: Path, *, width: int = FEATURES) -> None:
        """`width`: channels of its features, where another backbone made them."""
        self.path, self.width = path, width
        self._file: Any = None
        self._process = -1
        file = self._open()
        self._check(file)
        self.video: np.ndarray = file["vid_name"][:]
        """(N,) bytes: the video and person a frame belongs to."""
        self.close()

    def __len__(self) -> int:
        return len(self.video)

    def describe(self) -> str:
        """One line for the log and for tables: name, md5, shapes. The first time it reads the whole file."""
        md5 = md5_of(self.path)
        whose = "the published file" if md5 == MD5 else f"not the published file, which has {MD5}"
        size = self.path.stat().st_size / 1e9
        return (
            f"insta: {self.path.name}, {size:.2f} GB, md5 {md5} ({whose}), {len(self)} frames of "
            f"{len(np.unique(self.video))} videos; features {(len(self), self.width)}"
        )

    def read(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Frames first to last: (n, 2048) float32 features and (n, 49, 3) joints.

        SPIN's order, pixels of the 224 crop and confidence, 0 for joints that lack.
        """
        file = self._open()
        features = np.asarray(file["features"][first : last + 1], np.float32)
        joints = np.asarray(file["joints2D"][first : last + 1], np.float32)
        return features, to_spin_49(joints, INSTA_25)

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        if self._file is not None and self._process == os.getpid():
            self._file.close()
        self._file = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_file": None, "_process": -1}

    def _open(self) -> Any:
        if self._file is not None and self._process == os.getpid():
            return self._file
        if not self.path.is_file():
            raise DatabaseError(self.path, "there is no such file")
        try:
            import h5py
        except ImportError as error:
            raise DatabaseError(
                self.path, "reading it needs the package h5py, which only this file does: pip install h5py"
            ) from error
        try:
            self._file, self._process = h5py.File(self.path, "r"), os.getpid()
        except OSError as error:
            raise DatabaseError(self.path, f"it is damaged or no HDF5 file ({error})") from error
        return self._file

    def _check(self, file: Any) -> None:
        frames = -1
        rows = {"vid_name": (), "joints2D": (len(INSTA_25), 3), "features": (self.width,)}
        for key, row in rows.items():
            problem = _problem(file, key)
            if not problem:
                frames = file[key].shape[0] if frames < 0 and file[key].shape else frames
                if frames < 1 or file[key].shape != (frames, *row):
                    expected = ", ".join(map(str, ("N", *row)))
                    problem = f"{key!r} has the shape {file[key].shape} instead of ({expected})"
            if problem:
                self.close()
                raise DatabaseError(self.path, problem)


def _problem(file: Any, key: str) -> str:
    """What keeps an entry of an HDF5 file from being a plain array, '' if nothing."""
    import h5py

    # A link, a virtual or an external array can lead to any other file of this machine.
    if not isinstance(file.get(key, getlink=True), h5py.HardLink):
        return f"it lacks {key!r}"
    if not isinstance(file[key], h5py.Dataset) or file[key].is_virtual or file[key].external:
        return f"{key!r} is no plain array"
    if file[key].dtype.kind not in ("SO" if key == "vid_name" else "iuf"):
        return f"{key!r} has the type {file[key].dtype}"
    return ""
