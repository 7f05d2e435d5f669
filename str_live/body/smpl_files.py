"""Finds and reads body files: the free body, or a user's SMPL, SMPL-H or SMPL-X as .pkl or .npz.

In: a path. Out: BodyArrays for `skinning.py`, checked. Whatever is wrong becomes one BodyFileError sentence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from str_live.body.other_kinds import as_smpl, foreign_kind
from str_live.files import ASSETS, FREE_BODY
from str_live.skeleton import JOINT_NAMES, PARENTS
from str_live.untrusted.arrays import array_headers, read_arrays
from str_live.untrusted.nature import nature_of
from str_live.untrusted.pickles import load_pickle
from str_live.untrusted.plain import finite_numbers
from str_live.untrusted.stubs import dense_array
from str_live.untrusted.unreadable import UnreadableError

logger = logging.getLogger(__name__)

BETAS = 10

_NEEDED = ("v_template", "shapedirs", "J_regressor", "weights", "kintree_table", "f")
_OPTIONAL = ("posedirs", "landmark_regressor", "vertex_part", "part_names", "licence")
_NUMBERS = (*_NEEDED, "posedirs", "landmark_regressor", "vertex_part")
_KNOWN_NAME = re.compile(
    r"(?:basicmodel|smpl)_(neutral|male|female|n|m|f)(?:[_.-].*)?\.(?:pkl|npz)", re.IGNORECASE
)
_GENDERS = {"n": "neutral", "m": "male", "f": "female"}
_ADVICE = (
    "get SMPL from https://smpl.is.tue.mpg.de (neutral v1.0.0: https://smplify.is.tue.mpg.de), put the .pkl "
    f"or .npz into {ASSETS}, or leave the choice empty to use the free body"
)


class BodyFileError(ValueError):
    """A body file that cannot be used; the message says which, why, and where to get a good one."""

    def __init__(self, path: Path, problem: str, remedy: str = "") -> None:
        remedy = f"{remedy}, or {_ADVICE}" if remedy else _ADVICE
        super().__init__(f"The body file {path} cannot be used: {problem}. To mend it, {remedy}.")
        self.path = path


@dataclass(frozen=True, slots=True)
class BodyArrays:
    """A body in SMPL's format with ten shape components; metres, y up, facing +z, left = +x."""

    name: str
    v_template: np.ndarray  # (V, 3) float32
    shapedirs: np.ndarray  # (V, 3, 10) float32
    posedirs: np.ndarray | None  # (V, 3, 207) float32; None where the body has no pose blend shapes
    joint_regressor: np.ndarray  # (24, V) float32
    weights: np.ndarray  # (V, 24) float32
    faces: np.ndarray  # (F, 3) int32
    landmark_regressor: np.ndarray | None  # (33, V) float32, one row per mediapipe landmark; None on SMPL
    vertex_part: np.ndarray  # (V,) int64 index into part_names
    part_names: tuple[str, ...]
    licence: str


def find_body_files(folder: Path = ASSETS) -> dict[str, Path]:
    """SMPL files under known names in `folder` and below: gender ("neutral", "male", "female") -> path.

    Of several for one gender the first in alphabetical order counts.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        match = _KNOWN_NAME.fullmatch(path.name)
        if match and path.is_file():
            tag = match.group(1).lower()
            found.setdefault(_GENDERS.get(tag, tag), path)
    return found


def resolve_body_path(path: Path | None, gender: str = "neutral") -> Path:
    """`path` itself, in a folder the file of that gender, for None the free body."""
    if path is None:
        return FREE_BODY
    if path.is_dir():
        found = find_body_files(path)
        if gender not in found:
            raise BodyFileError(path, f"the folder holds no {gender} SMPL file under a known name")
        return found[gender]
    return path


def read_body(path: Path) -> BodyArrays:
    """Read and check one body file; raises BodyFileError."""
    if not path.is_file():
        raise BodyFileError(path, "there is no such file")
    try:
        keys, arrays = _read_raw(path)
    except UnreadableError as error:
        raise BodyFileError(path, f"it {error.problem}", error.remedy) from error
    kind = foreign_kind(keys, arrays)
    if kind:
        raise BodyFileError(path, f"it is {kind}, but SMPL is needed")
    missing = [key for key in _NEEDED if key not in arrays]
    if missing:
        raise BodyFileError(path, f"it lacks {', '.join(missing)}, so it is not in SMPL's format")
    arrays, model = as_smpl(arrays)
    problem = _problem(arrays)
    if problem:
        raise BodyFileError(path, problem)
    if model:
        logger.info("%s is %s: fingers and face stay at rest", path.name, model)
    return _body_arrays(path, arrays)


def _read_raw(path: Path) -> tuple[Collection[str], dict[str, np.ndarray]]:
    """All names in a file, and the arrays that a body consists of."""
    nature = nature_of(path)
    if nature is not None and nature.name == "npz":
        keys: Collection[str] = array_headers(path).keys()
        # posedirs of the free body are 16 MB of zeros: its licence tag marks it, and they are not unpacked
        names = {*_NEEDED, *_OPTIONAL} - ({"posedirs"} if "licence" in keys else set())
        content: dict[str, object] = {**read_arrays(path, names, pickled=True)}
    else:
        found = load_pickle(path)
        if not isinstance(found, dict):
            raise UnreadableError(f"holds a {type(found).__name__} instead of named arrays", "")
        keys = {key for key in found if isinstance(key, str)}
        content = found
    return keys, {key: dense_array(content[key]) for key in _NEEDED + _OPTIONAL if key in content}


def _problem(arrays: dict[str, np.ndarray]) -> str:
    """What is wrong with the arrays, '' if nothing."""
    vertices = len(arrays["v_template"]) if arrays["v_template"].ndim else 0
    shapes = {
        "v_template": (vertices, 3),
        "J_regressor": (24, vertices),
        "weights": (vertices, 24),
        "kintree_table": (2, 24),
    }
    for key, shape in shapes.items():
        if arrays[key].shape != shape:
            return f"{key} has the shape {arrays[key].shape} instead of {shape}"
    basis = arrays["shapedirs"].shape
    if len(basis) != 3 or basis[:2] != (vertices, 3) or basis[2] < BETAS:
        return f"shapedirs has the shape {basis} instead of ({vertices}, 3, {BETAS} or more)"
    posedirs = arrays.get("posedirs")
    if posedirs is not None and posedirs.shape not in ((vertices, 3, 207), (vertices, 3, 0)):
        return f"posedirs has the shape {posedirs.shape} instead of ({vertices}, 3, 207)"
    return _value_problem(arrays, vertices) or _extra_problem(arrays, vertices)


def _value_problem(arrays: dict[str, np.ndarray], vertices: int) -> str:
    for key in _NUMBERS:
        if key in arrays and not finite_numbers(arrays[key]):
            return f"{key} holds something else than finite numbers"
    faces = arrays["f"]
    if faces.ndim != 2 or faces.shape[1] != 3 or not len(faces):
        return f"f has the shape {faces.shape} instead of (faces, 3)"
    if faces.min() < 0 or faces.max() >= vertices:
        return "its faces point to vertices that do not exist"
    if tuple(arrays["kintree_table"][0, 1:].astype(np.int64)) != PARENTS[1:]:
        return "its kinematic tree is not SMPL's"
    for key, axis in (("weights", 1), ("J_regressor", 1)):
        if np.abs(arrays[key].sum(axis) - 1).max() > 0.01:
            return f"the rows of {key} do not sum to one"
    return ""


def _extra_problem(arrays: dict[str, np.ndarray], vertices: int) -> str:
    landmarks, part = arrays.get("landmark_regressor"), arrays.get("vertex_part")
    if landmarks is not None and landmarks.shape != (33, vertices):
        return f"landmark_regressor has the shape {landmarks.shape} instead of (33, {vertices})"
    names = arrays.get("part_names", np.empty(0))
    fits = part is None or (part.shape == (vertices,) and names.ndim == 1)
    if not fits or (part is not None and (part.min() < 0 or part.max() >= len(names))):
        return "vertex_part does not fit its vertices and part_names"
    return ""


def _body_arrays(path: Path, arrays: dict[str, np.ndarray]) -> BodyArrays:
    posedirs = arrays.get("posedirs")
    weights = arrays["weights"].astype(np.float32)
    landmarks = arrays.get("landmark_regressor")
    has_parts = "vertex_part" in arrays
    return BodyArrays(
        name=path.stem,
        v_template=arrays["v_template"].astype(np.float32),
        shapedirs=np.ascontiguousarray(arrays["shapedirs"][:, :, :BETAS], dtype=np.float32),
        posedirs=posedirs.astype(np.float32) if posedirs is not None and posedirs.any() else None,
        joint_regressor=arrays["J_regressor"].astype(np.float32),
        weights=weights,
        faces=np.ascontiguousarray(arrays["f"], dtype=np.int32),
        landmark_regressor=None if landmarks is None else landmarks.astype(np.float32),
        vertex_part=arrays["vertex_part"].astype(np.int64) if has_parts else weights.argmax(axis=1),
        part_names=tuple(map(str, arrays["part_names"])) if has_parts else JOINT_NAMES,
        licence=str(arrays.get("licence", "SMPL's own licence, see https://smpl.is.tue.mpg.de")),
    )
