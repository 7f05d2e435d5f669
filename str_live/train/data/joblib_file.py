"""Reads and writes joblib's dictionaries of arrays, without joblib and without running what is in them.

In: an uncompressed joblib file. Out: its dictionary with numpy arrays. joblib writes a pickle in which each
array is a small `NumpyArrayWrapper` object, directly followed, in the middle of the pickle, by the array's
bytes. Here the restricted unpickler meets a stub that reads those bytes at that very moment; nothing else
that joblib knows is understood.
"""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, TypeGuard

import numpy as np

from str_live.files import written_whole
from str_live.safe_pickle import Stub, UnsafePickleError, load_stream

_PLAIN_KINDS = "biufSU"
"""Kinds of numpy data types whose bytes mean nothing but numbers and text."""
_MAX_DIMENSIONS = 8


class _ExactFile:
    """A file that offers no `peek`: so the unpickler takes no byte more than it needs, and arrays follow."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.read, self.readline, self.readinto = file.read, file.readline, file.readinto
        self._file, self._size = file, size

    def left(self) -> int:
        """Bytes up to the end of the file."""
        return self._size - self._file.tell()


class _ArrayStub(Stub):
    """joblib's NumpyArrayWrapper: `array` is what follows it in the file."""

    array: np.ndarray


def load_joblib(path: Path) -> dict[str, object]:
    """The dictionary in a joblib file; raises UnsafePickleError for anything else, OSError if unreadable."""
    with path.open("rb") as file:
        start = file.read(2)
        file.seek(0)
        if start[:1] != b"\x80":
            kind = "a torch.save or npz file" if start == b"PK" else "compressed or no joblib file"
            raise UnsafePickleError(f"it is {kind}, where an uncompressed joblib.dump is expected")
        exact = _ExactFile(file, os.fstat(file.fileno()).st_size)
        wrapper = _stub_reading_from(exact, path.name)
        known = {("joblib.numpy_pickle", "NumpyArrayWrapper"): wrapper}
        content = load_stream(exact, path.name, known)  # pyright: ignore[reportArgumentType]
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise UnsafePickleError(f"it holds a {type(content).__name__} instead of named arrays")
    return {key: value.array if isinstance(value, _ArrayStub) else value for key, value in content.items()}


def save_joblib(content: Mapping[str, object], path: Path) -> None:
    """Write a dictionary of arrays that `load_joblib` and joblib.load read, in one go.

    A plain pickle: joblib's own wrappers spare memory, but it reads files without them as well. Protocol 4 is
    what Python 3.7 knows, which TCMR's and VIBE's code was written for.
    """
    with written_whole(path) as partial, partial.open("wb") as file:
        pickle.dump(dict(content), file, protocol=4)


def _stub_reading_from(file: _ExactFile, name: str) -> type[_ArrayStub]:
    """The stub class of one file: pickle gives an object its state just before the array's bytes."""

    class Reading(_ArrayStub):
        def __setstate__(self, state: object) -> None:
            super().__setstate__(state)
            self.array = _read_array(self.state, file, name)

    return Reading


def _read_array(state: dict[str, object], file: _ExactFile, name: str) -> np.ndarray:
    shape, order, dtype = state.get("shape"), state.get("order"), state.get("dtype")
    if not isinstance(dtype, np.dtype) or order not in ("C", "F") or not _is_shape(shape):
        raise UnsafePickleError(f"an array in it has the shape {shape!r}, order {order!r}, type {dtype!r}")
    if dtype == np.dtype(object):
        return _read_objects(file, name)
    if dtype.kind not in _PLAIN_KINDS:
        raise UnsafePickleError(f"an array in it has the type {dtype}, which is neither number nor text")
    if state.get("numpy_array_alignment_bytes") is not None:  # joblib from 1.2 on aligns arrays
        file.read(int.from_bytes(file.read(1), "little"))
    size = math.prod(shape) * dtype.itemsize
    if size > file.left():
        raise UnsafePickleError(f"it is cut off: an array of {size} bytes, {file.left()} left")
    if size == 0:
        return np.zeros(shape, dtype)
    content = np.empty(size, np.uint8)
    if file.readinto(content.data) != size:
        raise UnsafePickleError("it is cut off within an array")
    array = content.view(dtype)
    return array.reshape(shape) if order == "C" else array.reshape(shape[::-1]).transpose()


def _is_shape(shape: object) -> TypeGuard[tuple[int, ...]]:
    if not isinstance(shape, tuple) or len(shape) > _MAX_DIMENSIONS:
        return False
    return all(isinstance(side, int) and 0 <= side < 2**48 for side in shape)


def _read_objects(file: _ExactFile, name: str) -> np.ndarray:
    """An array of objects is a pickle of its own within the file: only text is let through."""
    array = load_stream(file, name)  # pyright: ignore[reportArgumentType]
    if not isinstance(array, np.ndarray) or not all(isinstance(entry, str | bytes) for entry in array.flat):
        raise UnsafePickleError("it holds objects that are neither numbers nor text")
    return array
