"""Opens motions that other programs wrote: AMASS's, WHAM's, GVHMR's. In: a path, out: a Motion.

Arrays lie in an .npz by name, or in dictionaries within a pickle; of the latter the one in world coordinates
is used, and of several people the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch

from str_live.record.motion import READ_NAMES, Motion, has_pose, motion_of
from str_live.untrusted.arrays import ArrayHeader, array_headers, read_arrays
from str_live.untrusted.joblib_dump import load_any_joblib
from str_live.untrusted.nature import nature_of
from str_live.untrusted.stubs import Stub
from str_live.untrusted.tensors import is_dense, read_torch
from str_live.untrusted.unreadable import UnreadableError

HOW_TO_SAVE = (
    "save its arrays by name, as numpy.savez(path, poses=poses, trans=trans, betas=betas, mocap_framerate=60)"
)


def read_motion(path: Path) -> Motion:
    """Read another program's file; UnreadableError, or ValueError with what is wrong with an array."""
    nature = nature_of(path)
    if nature is not None and nature.name in ("pickle", "torch"):
        content = load_any_joblib(path) if nature.name == "pickle" else read_torch(path)
        arrays, notes = _chosen({"the file": content}, ())
        return motion_of(arrays, set(arrays), notes)
    headers = array_headers(path)
    plain = [name for name in headers if name in READ_NAMES and not headers[name].pickled]
    arrays = read_arrays(path, plain)
    notes: list[str] = []
    if not has_pose(arrays):
        arrays, notes = _unpacked(path, headers)
    return motion_of(arrays, {*headers, *arrays}, notes)


def _unpacked(path: Path, headers: Mapping[str, ArrayHeader]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Arrays of a pickled dictionary in the file, the one in world coordinates where there are several."""
    pickled = [name for name in headers if headers[name].pickled]
    if not pickled:
        raise UnreadableError(
            f"holds no poses ({', '.join(sorted(headers)[:6])}): it is no motion that is known", HOW_TO_SAVE
        )
    found = read_arrays(path, pickled, pickled=True)
    contents = {name: value.item() if value.ndim == 0 else None for name, value in found.items()}
    return _chosen(contents, pickled)


def _chosen(
    contents: Mapping[str, object], pickled: Collection[str]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """The arrays of the dictionary that is a motion, of all that was pickled under some names; and notes."""
    found: dict[str, dict[str, object]] = {}
    for name, value in contents.items():
        found |= dict(_dictionaries(name, value, set()))
    if any("smpl_thetas" in entry for entry in found.values()):
        raise UnreadableError(
            "is ROMP's result for a single picture, in which a row is a person and not a frame", HOW_TO_SAVE
        )
    motions = {name: entry for name, entry in found.items() if has_pose(entry)}
    if not motions:
        names = f" ({', '.join(sorted(pickled)[:6])})" if pickled else ""
        raise UnreadableError(f"holds pickled objects{names} without poses in them", HOW_TO_SAVE)
    in_world = [name for name in motions if "global" in name or "world" in name]
    names = in_world or list(motions)
    chosen = {key: array for key, array in motions[names[0]].items() if isinstance(array, np.ndarray)}
    return chosen, [f"the first of its {len(names)} people"] if len(names) > 1 else []


def _dictionaries(name: str, value: object, visited: set[int]) -> Iterator[tuple[str, dict[str, object]]]:
    """A dictionary of arrays and those inside it, each once, however deep: {person: {poses, ...}}."""
    if not isinstance(value, dict) or id(value) in visited:
        return
    visited.add(id(value))
    plain = {str(key): entry for key, entry in value.items() if not isinstance(entry, dict | Stub)}
    yield name, {key: _array(entry) for key, entry in plain.items()}
    for key, entry in value.items():
        yield from _dictionaries(f"{name} {key}", entry, visited)


def _array(value: object) -> object:
    """A tensor as an array, and what is neither as it is."""
    if isinstance(value, torch.Tensor) and is_dense(value):
        return value.detach().float().numpy()
    return np.asarray(value) if isinstance(value, int | float | str | np.generic) else value
