"""Interprets the arrays of a motion. In: arrays under AMASS's, smplx's or their users' names. Out: a Motion.

AMASS's own writer and those who build on it differ in names and leave things out: what is missing is
assumed where that is harmless, what cannot be shown is left out, and `notes` say both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from str_live.rotation import rotmat_from_axis_angle

POSES = ("pose_world", "poses", "pose", "full_pose", "fullpose", "smpl_poses", "smpl_pose", "thetas")
ROOTS = ("root_orient", "global_orient")
BODIES = ("pose_body", "body_pose")
PLACES = ("trans_world", "trans", "transl", "translation", "root_trans", "smpl_trans")
SHAPES = ("betas", "beta", "shape", "smpl_betas")
RATES = ("mocap_framerate", "mocap_frame_rate", "fps", "framerate", "frame_rate", "mocap_fps")
LENGTH = "mocap_time_length"
"""Seconds: AMASS's later files have it beside the rate."""
AMASS_ONLY = {
    "mocap_framerate",
    "mocap_frame_rate",
    "root_orient",
    "pose_body",
    "dmpls",
    "surface_model_type",
}
READ_NAMES = {*POSES, *ROOTS, *BODIES, *PLACES, *SHAPES, *RATES, LENGTH, "gender", "surface_model_type"}
HANDS = {"pose_hand", "left_hand_pose", "right_hand_pose"}
MODELS = {"smplh": "SMPL-H", "smplx": "SMPL-X"}
FACE = {"pose_jaw", "pose_eye", "jaw_pose", "expression", "expressions"}
ASSUMED_RATE = 30.0
SENSIBLE_RATES = (0.1, 2000.0)
BODY_JOINTS = 22
"""Joints that SMPL, SMPL-H and SMPL-X share; the hands of the last two are not SMPL's joints 22 and 23."""
BETAS = 10
MOST_RADIANS, MOST_METRES = 100.0, 10_000.0
"""Larger values are taken for damage."""


@dataclass(frozen=True, slots=True)
class Motion:
    """N frames in axes that are not known."""

    rotmat: np.ndarray
    """(N, 24, 3, 3) float32 local rotations, [0] the global orientation."""
    trans: np.ndarray
    """(N, 3) float32 metres."""
    betas: np.ndarray
    """(N, 10) float32."""
    good: np.ndarray
    """(N,) bool: False where a frame holds no numbers; it has those of its neighbour."""
    rate: float
    """Frames a second."""
    usual_axes: str
    """Name of the axes that files of this kind mostly have, '' where they have none."""
    notes: tuple[str, ...]
    """What was assumed and what is not shown, in a few words each."""


def has_pose(names: Mapping[str, object]) -> bool:
    """Whether arrays of these names hold a pose of the whole body."""
    return any(name in names for name in POSES) or (
        any(name in names for name in ROOTS) and any(name in names for name in BODIES)
    )


def motion_of(arrays: Mapping[str, np.ndarray], names: set[str], notes: list[str]) -> Motion:
    """The motion in `arrays`. `names`: all names in the file; `notes`: those that are known already."""
    rotmat, columns = _rotations(arrays)
    frames = len(rotmat)
    trans = _places(arrays, frames, notes)
    betas = _betas(arrays, frames, notes)
    rate = _rate(arrays, frames, notes)
    good = _plausible(rotmat, trans, betas)
    if not good.any():
        raise ValueError("no frame holds numbers only")
    if not good.all():
        notes.append(f"{_frames(np.flatnonzero(~good))} of {frames}: no numbers, shown as nobody")
        nearest = _nearest_good(good)
        rotmat, trans, betas = rotmat[nearest], trans[nearest], betas[nearest]
    ignored = ", ".join(_ignored(arrays, names, columns))
    notes += [f"not shown: {ignored}"] if ignored else []
    usual = "z up" if names & AMASS_ONLY else ""
    return Motion(rotmat, trans, betas, good, rate, usual, tuple(notes))


def _first(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> tuple[str, np.ndarray] | None:
    """The first of the names that is there, and its array."""
    return next(((name, arrays[name]) for name in names if name in arrays), None)


def _rotations(arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, int]:
    """(N, 24, 3, 3) float32, not checked for numbers yet, and how many joints the file has."""
    found = _first(arrays, POSES)
    if found is not None and found[1].shape[-1:] != (BODY_JOINTS * 3 - 3,):
        return _local_rotations(*found)
    root, body = _first(arrays, ROOTS), _first(arrays, BODIES)
    if root is None or (body is None and found is None):
        name = found[0] if found else "the pose"
        raise ValueError(f"{name} lacks the root's orientation: 66 columns or more are needed")
    name, rest = body or found or root
    return _local_rotations(
        f"{root[0]} and {name}", np.concatenate([_flat(*root), _flat(name, rest)], axis=1)
    )


def _flat(name: str, array: np.ndarray) -> np.ndarray:
    """(N, 3 J) or (N, 9 J) numbers."""
    if array.dtype.kind not in "fiu" or array.ndim < 1:
        raise ValueError(f"{name} is no array of numbers")
    if array.size == 0:
        raise ValueError("it holds no frame")
    if array.ndim > 2 and len(array) == 1 and array.shape[-1] > 9:
        array = array[0]
    return array.reshape(1, -1) if array.ndim == 1 else array.reshape(len(array), -1)


def _local_rotations(name: str, array: np.ndarray) -> tuple[np.ndarray, int]:
    """Axis-angle or matrices of J joints in any shape -> (N, 24, 3, 3) float32 matrices, and J."""
    flat = _flat(name, array).astype(np.float32)
    if array.shape[-2:] == (3, 3) or flat.shape[1] == 24 * 9:
        return _checked_matrices(name, flat)
    if flat.shape[1] % 3 or flat.shape[1] < BODY_JOINTS * 3 or array.shape[-1] in (4, 6):
        raise ValueError(f"{name} has the shape {array.shape}, not (N, 66 or more) in axis-angle")
    joints = flat.shape[1] // 3
    axis_angle = np.zeros((len(flat), 24, 3), np.float32)
    used = 24 if joints == 24 else BODY_JOINTS
    axis_angle[:, :used] = flat.reshape(len(flat), joints, 3)[:, :used]
    axis_angle[np.abs(axis_angle) > MOST_RADIANS] = np.nan
    return rotmat_from_axis_angle(torch.from_numpy(axis_angle)).numpy(), joints


def _checked_matrices(name: str, flat: np.ndarray) -> tuple[np.ndarray, int]:
    """(N, 9 J) -> (N, 24, 3, 3) and J; ValueError where they are no rotations."""
    joints = flat.shape[1] // 9
    if joints < BODY_JOINTS:
        raise ValueError(f"{name} has {joints} joints, not 22 or more")
    matrices = flat.reshape(len(flat), joints, 3, 3)
    product = matrices @ np.swapaxes(matrices, -1, -2)
    off = np.abs(product - np.eye(3)).reshape(len(flat), -1).max(axis=1)
    if np.isfinite(off).any() and np.nanmedian(off) > 0.05:
        raise ValueError(f"{name} holds matrices that are no rotations")
    rotmat = np.tile(np.eye(3, dtype=np.float32), (len(flat), 24, 1, 1))
    used = 24 if joints == 24 else BODY_JOINTS
    rotmat[:, :used] = matrices[:, :used]
    return rotmat, joints


def _places(arrays: Mapping[str, np.ndarray], frames: int, notes: list[str]) -> np.ndarray:
    found = _first(arrays, PLACES)
    if found is None:
        notes.append("no trans: it stays in place")
        return np.zeros((frames, 3), np.float32)
    name, array = found
    array = array.reshape(-1, 3) if array.ndim == 3 and array.shape[1:] == (1, 3) else array
    array = array[0] if array.ndim == 3 and len(array) == 1 else array
    if array.shape != (frames, 3) or array.dtype.kind not in "fiu":
        raise ValueError(f"{name} has the shape {array.shape}, not ({frames}, 3)")
    return array.astype(np.float32)


def _betas(arrays: Mapping[str, np.ndarray], frames: int, notes: list[str]) -> np.ndarray:
    """(N, 10), zeros where there are none."""
    found = _first(arrays, SHAPES)
    betas = np.zeros((frames, BETAS), np.float32)
    if found is None:
        notes.append("no betas: the mean shape")
        return betas
    name, array = found
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2) or array.size == 0:
        raise ValueError(f"{name} has the shape {array.shape}, not (10 or more) or ({frames}, 10 or more)")
    if array.ndim == 2 and len(array) not in (1, frames):
        raise ValueError(f"{name} has the shape {array.shape}, not ({frames}, 10 or more)")
    given = np.atleast_2d(array)[:, :BETAS].astype(np.float32)
    if not np.isfinite(given).any():
        notes.append("betas without numbers: the mean shape")
        return betas
    betas[:, : given.shape[1]] = given
    return betas


def _rate(arrays: Mapping[str, np.ndarray], frames: int, notes: list[str]) -> float:
    """Frames a second."""
    found = _first(arrays, RATES)
    if found is not None:
        rate = _number(*found)
    elif LENGTH in arrays and frames > 1:
        rate = frames / max(_number(LENGTH, arrays[LENGTH]), 1e-9)
    else:
        notes.append(f"no frame rate: {ASSUMED_RATE:.0f} frames a second assumed")
        return ASSUMED_RATE
    if not SENSIBLE_RATES[0] <= rate <= SENSIBLE_RATES[1]:
        raise ValueError(f"its rate of {rate:g} frames a second cannot be")
    return rate


def _number(name: str, array: np.ndarray) -> float:
    """A single number, stored alone, in a list or as text."""
    values = {str(text_of(value)) for value in array.reshape(-1)[:1000]}
    match = re.search(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?", values.pop()) if len(values) == 1 else None
    if match is None:
        raise ValueError(f"{name} is no single number")
    return float(match.group())


def text_of(value: object) -> object:
    """Bytes as text, anything else as it is."""
    return value.decode("latin1") if isinstance(value, bytes) else value


def _plausible(rotmat: np.ndarray, trans: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """(N,) bool."""
    finite = [np.isfinite(part.reshape(len(part), -1)).all(axis=1) for part in (rotmat, trans, betas)]
    with np.errstate(invalid="ignore"):
        return np.logical_and.reduce([*finite, (np.abs(trans) < MOST_METRES).all(axis=1)])


def _nearest_good(good: np.ndarray) -> np.ndarray:
    """(N,) index of the good frame at or before each; before the first, the first."""
    indices = np.where(good, np.arange(len(good)), -1)
    return np.maximum(np.maximum.accumulate(indices), np.flatnonzero(good)[0])


def _frames(indices: np.ndarray) -> str:
    """'frame 100', 'frames 3, 4, 5', 'frames 3, 4, 5, 6 and 20 more'."""
    shown = ", ".join(map(str, indices[:4]))
    more = f" and {len(indices) - 4} more" if len(indices) > 4 else ""
    return f"frame{'s' if len(indices) > 1 else ''} {shown}{more}"


def _ignored(arrays: Mapping[str, np.ndarray], names: set[str], joints: int) -> Iterator[str]:
    """Names of the contents that are not shown."""
    model = _text(arrays.get("surface_model_type")) or {52: "smplh", 55: "smplx"}.get(joints, "")
    gender = _text(arrays.get("gender"))
    if model and model != "smpl":
        yield f"its body model {MODELS.get(model, model)}"
    if gender and gender != "neutral":
        yield f"its gender {gender}"
    if joints > 24 or names & HANDS:
        yield "fingers"
    if names & FACE:
        yield "the face"
    if "dmpls" in names:
        yield "soft tissue (dmpls)"


def _text(array: np.ndarray | None) -> str:
    """The text in an array of one string, cut to 20 characters; '' where there is none."""
    if array is None or array.size != 1 or array.dtype.kind not in "US":
        return ""
    return " ".join(str(text_of(array.reshape(-1)[0])).split())[:20]
