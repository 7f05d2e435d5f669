"""Reads VIBE's and TCMR's databases (`*_db.pt`): 3DPW, MPI-INF-3DHP, Human3.6M, PoseTrack, PennAction.

In: a joblib file of arrays over the N frames of all videos, or an npz of the same arrays, as the free
benchmark's are. Out: a Database, its keys, shapes and types checked, all 2D joints in SPIN's order. Wrong
databases are the usual cause of results that do not reproduce, so name, md5 and shapes of each file are
logged.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from str_live.datasets.joint_sets import COMMON_14, POSETRACK_17, SPIN_49, to_spin_49
from str_live.datasets.published.checksums import md5_of
from str_live.untrusted.arrays import read_arrays
from str_live.untrusted.joblib_dump import load_joblib
from str_live.untrusted.plain import finite_numbers
from str_live.untrusted.unreadable import UnreadableError

logger = logging.getLogger(__name__)

FEATURES = 2048
"""Channels of SPIN's backbone, by which all databases were made."""
_ADVICE = {
    ".pt": "take the preprocessed databases that VIBE and TCMR publish",
    ".npz": "build the free benchmark's with `python -m str_live.benchmark build`",
}
"""Ending of a file -> where a good one comes from."""


class DatabaseError(ValueError):
    """A database that cannot be used: says which, why, and where a good one comes from."""

    def __init__(self, path: Path, problem: str) -> None:
        advice = _ADVICE.get(path.suffix, _ADVICE[".pt"])
        super().__init__(f"The database {path} cannot be used: {problem}; {advice}.")


@dataclass(frozen=True, slots=True)
class Format:
    """What a dataset's files hold."""

    joints2d: tuple[tuple[str, ...], ...]
    """Orders that its 2D joints may have, told apart by their number."""
    joints3d: tuple[int, ...] = ()
    """Numbers of 3D joints that its files may have; () for a dataset without."""
    smpl: bool = False
    """It has 'pose' and 'shape'."""
    valid: str = ""
    """Key of its validity, where its files may have one."""
    w_3d: float = 0.0
    """How much its 3D joints count in training, by default."""
    w_smpl: float = 0.0
    """How much its SMPL parameters count in training, by default."""


FORMATS = {
    "3dpw": Format((COMMON_14,), (49, 14), smpl=True, valid="valid", w_3d=1.0, w_smpl=1.0),
    "mpii3d": Format((SPIN_49,), (49,), valid="valid_i", w_3d=1.0),
    # STR was trained without Human3.6M's SMPL parameters, which appeared later: hence w_smpl = 0.
    "h36m": Format((SPIN_49,), (49,), smpl=True, w_3d=1.0),
    "posetrack": Format((SPIN_49, POSETRACK_17)),
    # VIBE reads these 14 in PennAction's own order of 13, but the file holds the common order.
    "penn": Format((COMMON_14,)),
    # The user's own videos (train/extract): 2D joints by mediapipe.
    "video": Format((SPIN_49,)),
    # The free benchmark (str_live/benchmark).
    "freemocap": Format((SPIN_49,), (49,), smpl=True, valid="valid", w_3d=1.0, w_smpl=1.0),
}
"""Dataset -> format. To add one of this kind: a line here."""
_KEYS = {"vid_name", "features", "joints2D", "bbox", "joints3D", "pose", "shape"}
_KEYS |= {form.valid for form in FORMATS.values()}


@dataclass(frozen=True, slots=True)
class Database:
    """N frames of many videos, one after the other. The arrays are read-only: many samples share them."""

    dataset: str
    """Key of FORMATS."""
    path: Path
    md5: str
    video: np.ndarray
    """(N,) text: the video and person a frame belongs to."""
    features: np.ndarray
    """(N, 2048) float32, SPIN's backbone on each crop."""
    joints2d: np.ndarray
    """(N, 49, 3) float32, SPIN's order: pixels of the full image and confidence, 0 for joints that lack."""
    boxes: np.ndarray
    """(N, 4) float32 pixels: centre x, y, width, height, before the crop's scale."""
    joints3d: np.ndarray | None
    """(N, 49, 3) float32 metres in SPIN's order, or (N, 14, 3) in 3DPW's validation and test sets."""
    pose: np.ndarray | None
    """(N, 72) float32 axis-angle, global orientation in the camera frame; None without SMPL parameters."""
    betas: np.ndarray | None
    """(N, 10) float32."""
    valid: np.ndarray
    """(N,) bool: what evaluation counts (3DPW 'valid', MPI-INF-3DHP 'valid_i'); all where it has none."""

    def __len__(self) -> int:
        return len(self.video)

    def describe(self) -> str:
        """One line for the log and for tables: name, md5, shapes."""
        arrays = {name: getattr(self, name) for name in ("features", "joints2d", "joints3d", "pose", "betas")}
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items() if array is not None)
        return (
            f"{self.dataset}: {self.path.name}, md5 {self.md5}, {len(self)} frames of "
            f"{len(np.unique(self.video))} videos, {int(self.valid.sum())} valid; {shapes}"
        )


def read_database(path: Path, dataset: str, *, width: int = FEATURES) -> Database:
    """Read and check one `*_db.pt` or `*_db.npz` file of a dataset in FORMATS; raises DatabaseError.

    `width`: channels of its features, where another backbone made them.
    """
    form = FORMATS[dataset]
    if not path.is_file():
        raise DatabaseError(path, "there is no such file")
    try:
        raw = read_arrays(path, _KEYS) if path.suffix == ".npz" else load_joblib(path)
    except UnreadableError as error:
        raise DatabaseError(path, f"it {error.problem}") from error
    needed = ["vid_name", "features", "joints2D", "bbox"]
    needed += ["joints3D"] if form.joints3d else []
    needed += ["pose", "shape"] if form.smpl else []
    missing = [key for key in needed if key not in raw]
    if missing:
        raise DatabaseError(path, f"it lacks {', '.join(map(repr, missing))}, so it is not one of {dataset}")
    database = _checked(_Reader(path, raw), dataset, form, width)
    logger.info(database.describe())
    return database


class _Reader:
    """Takes arrays out of a database's dictionary and checks each against the number of frames."""

    def __init__(self, path: Path, raw: Mapping[str, object]) -> None:
        self.path, self.raw = path, raw
        self.video = self._text("vid_name")
        self.frames = len(self.video)

    def numbers(self, key: str, *shapes: tuple[int, ...], finite: bool = True) -> np.ndarray:
        """(N, *one of shapes) float32."""
        array = self.raw[key]
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            raise DatabaseError(self.path, f"{key!r} is no array of numbers")
        if array.shape not in [(self.frames, *shape) for shape in shapes]:
            expected = " or ".join(str((self.frames, *shape)) for shape in shapes)
            raise DatabaseError(self.path, f"{key!r} has the shape {array.shape} instead of {expected}")
        if finite and not finite_numbers(array):
            raise DatabaseError(self.path, f"{key!r} holds values that are not finite")
        return np.ascontiguousarray(array, np.float32)

    def _text(self, key: str) -> np.ndarray:
        array = self.raw[key]
        if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.kind not in "SUO":
            raise DatabaseError(self.path, f"{key!r} is no list of names")
        if not len(array):
            raise DatabaseError(self.path, "it holds no frames")
        if array.dtype.kind == "U":
            return array
        names = [entry.decode("latin1") if isinstance(entry, bytes) else entry for entry in array]
        if not all(isinstance(name, str) for name in names):
            raise DatabaseError(self.path, f"{key!r} is no list of names")
        return np.array(names)


def _checked(reader: _Reader, dataset: str, form: Format, width: int) -> Database:
    joints2d = reader.numbers("joints2D", *((len(names), 3) for names in form.joints2d))
    names = next(names for names in form.joints2d if len(names) == joints2d.shape[1])
    valid = np.ones(reader.frames, bool)
    if form.valid in reader.raw:
        valid = reader.numbers(form.valid, (), (1,)).reshape(-1) != 0
    database = Database(
        dataset=dataset,
        path=reader.path,
        md5=md5_of(reader.path),
        video=reader.video,
        features=reader.numbers("features", (width,)),
        joints2d=joints2d if names == SPIN_49 else to_spin_49(joints2d, names),
        # Frames without a visible joint have no box; `sequences` gives their 2D joints no confidence.
        boxes=reader.numbers("bbox", (4,), finite=False),
        joints3d=reader.numbers("joints3D", *((j, 3) for j in form.joints3d)) if form.joints3d else None,
        pose=reader.numbers("pose", (72,)) if form.smpl else None,
        betas=reader.numbers("shape", (10,)) if form.smpl else None,
        valid=valid,
    )
    for name in ("features", "joints2d", "boxes", "joints3d", "pose", "betas", "valid"):
        if getattr(database, name) is not None:
            getattr(database, name).setflags(write=False)
    return database
