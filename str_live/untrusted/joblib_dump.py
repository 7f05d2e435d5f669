"""Reads joblib's dictionaries of arrays, without joblib and without running what is in them.

In: an uncompressed joblib file. Out: its dictionary with numpy arrays. joblib writes a pickle in which each
array is a small `NumpyArrayWrapper` object, directly followed, in the middle of the pickle, by the array's
bytes. Here the restricted unpickler meets a stub that reads those bytes at that very moment; nothing else
that joblib knows is understood.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from str_live.untrusted.pickles import BoundedFile, DtypeStub, Stub, is_shape, load_stream
from str_live.untrusted.plain import plain
from str_live.untrusted.unreadable import UnreadableError, reading


class _ArrayStub(Stub):
    """joblib's NumpyArrayWrapper: `array` is what follows it in the file."""

    array: np.ndarray


def load_joblib(path: Path) -> dict[str, object]:
    """The dictionary in a joblib file; raises UnreadableError for anything else."""
    with reading(path, "pickle"):
        content = load_any_joblib(path)
        if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
            raise UnreadableError(
                f"holds a {type(content).__name__} instead of named arrays",
                "give an uncompressed joblib.dump of a dictionary",
            )
        return content


def load_any_joblib(path: Path) -> object:
    """The content of a joblib file, or of a plain pickle, whatever it is; UnreadableError."""
    with reading(path, "pickle"), path.open("rb") as file:
        exact = BoundedFile(file)
        known = {("joblib.numpy_pickle", "NumpyArrayWrapper"): _stub_reading_from(exact)}
        return _content_of(load_stream(exact, known), {})


def _content_of(value: object, met: dict[int, dict]) -> object:
    """What an entry of a dictionary is, arrays checked; `met`: dictionaries that were looked into, by id."""
    if isinstance(value, dict):
        if id(value) not in met:
            met[id(value)] = value
            value.update({key: _content_of(entry, met) for key, entry in value.items()})
        return value
    if isinstance(value, _ArrayStub):
        return value.array
    return plain(value) if isinstance(value, np.ndarray) and not value.dtype.hasobject else value


def _stub_reading_from(file: BoundedFile) -> type[_ArrayStub]:
    """The stub class of one file: pickle gives an object its state just before the array's bytes."""

    class Reading(_ArrayStub):
        def __setstate__(self, state: object) -> None:
            super().__setstate__(state)
            self.array = _read_array(self.state, file)

    return Reading


def _read_array(state: dict[str, Any], file: BoundedFile) -> np.ndarray:
    shape, order, stub = state.get("shape"), state.get("order"), state.get("dtype")
    if not isinstance(stub, DtypeStub) or order not in ("C", "F") or not is_shape(shape):
        raise UnreadableError("is damaged: an array in it has no possible shape, order or type")
    dtype = stub.dtype
    if dtype.hasobject:
        return _read_objects(file)
    if state.get("numpy_array_alignment_bytes") is not None:  # joblib from 1.2 on aligns arrays
        file.read(int.from_bytes(file.read(1), "little"))
    size = math.prod(shape) * dtype.itemsize
    if size > file.left():
        raise UnreadableError(f"is cut off: an array of {size} bytes, {file.left()} left")
    if size == 0:
        return np.zeros(tuple(side if math.prod(shape) == 0 else 0 for side in shape), dtype)
    content = np.empty(size, np.uint8)
    if file.readinto(content.data) != size:
        raise EOFError
    array = content.view(dtype)
    return plain(array.reshape(shape) if order == "C" else array.reshape(shape[::-1]).transpose())


def _read_objects(file: BoundedFile) -> np.ndarray:
    """An array of objects is a pickle of its own within the file: only text is let through."""
    array = load_stream(file)
    if not isinstance(array, np.ndarray) or not all(isinstance(entry, str | bytes) for entry in array.flat):
        raise UnreadableError("holds objects that are neither numbers nor text")
    return array
