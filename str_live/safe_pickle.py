"""Reads pickled arrays without running what the file asks for. In: a pickle file. Out: plain numpy and lists.

A pickle may call any function by name. Here only a short list of names that rebuild arrays is known; chumpy
and scipy objects become stubs that keep their state, and `dense_array` turns a stub into a numpy array with
checks of its own. So neither chumpy is needed nor can a broken sparse matrix reach scipy's unchecked C code.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np


class UnsafePickleError(ValueError):
    """A pickle that is broken, or that asks for something outside the allow-list."""


class Stub:
    """Stands in for an object of a library that is not there: keeps the state, does nothing."""

    state: dict[str, object]

    def __new__(cls, *_arguments: object) -> Stub:  # pickle may skip __init__
        stub = super().__new__(cls)
        stub.state = {}
        return stub

    def __setstate__(self, state: object) -> None:
        parts = state if isinstance(state, tuple) else (state,)  # (dict, slots) where the class has slots
        for part in parts:
            if isinstance(part, dict):
                self.state.update(part)


class ChumpyStub(Stub):
    """A chumpy expression: its array sits in `x`, that of a selection in `a` and `idxs`."""


class SparseStub(Stub):
    """A scipy sparse matrix: `data`, `indices`, `indptr` (or `row`, `col`) and `_shape`."""

    layout = ""


class CscStub(SparseStub):
    """Compressed by columns."""

    layout = "csc"


class CsrStub(SparseStub):
    """Compressed by rows."""

    layout = "csr"


class CooStub(SparseStub):
    """A list of entries."""

    layout = "coo"


def _reconstruct_stub(cls: type, base: type, state: object) -> Stub:
    """`copyreg._reconstructor`, for stubs only."""
    if not (isinstance(cls, type) and issubclass(cls, Stub)) or base is not object:
        raise UnsafePickleError(f"it rebuilds {cls!r}, which is not a known kind of array")
    return cls()


def _encode_latin1(text: str, encoding: str = "latin1") -> bytes:
    """`_codecs.encode` as numpy's own pickles use it: bytes hidden in text."""
    if encoding not in ("latin1", "latin-1"):
        raise UnsafePickleError(f"it decodes text as {encoding!r}")
    return text.encode("latin1")


# numpy's own rebuilding functions, asked from numpy: their modules move from version to version.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_SCALAR = np.float64(0).__reduce__()[0]
_FROM_BUFFER = np.empty(1).__reduce_ex__(5)[0]
_BUILTINS = (object, set, frozenset, dict, list, complex, bytes, bytearray)
_STUBS = {"csc": CscStub, "csr": CsrStub, "coo": CooStub}
ALLOWED: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("_codecs", "encode"): _encode_latin1,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}
"""Module and name in the pickle -> what to use for it."""
for _builtins in ("builtins", "__builtin__"):
    ALLOWED |= {(_builtins, kind.__name__): kind for kind in _BUILTINS}
for _copyreg in ("copyreg", "copy_reg"):
    ALLOWED[_copyreg, "_reconstructor"] = _reconstruct_stub
for _core in ("numpy.core", "numpy._core"):
    ALLOWED[f"{_core}.multiarray", "_reconstruct"] = _RECONSTRUCT
    ALLOWED[f"{_core}.multiarray", "scalar"] = _SCALAR
    ALLOWED[f"{_core}.numeric", "_frombuffer"] = _FROM_BUFFER
for _layout, _stub in _STUBS.items():
    for _module in ("scipy.sparse", f"scipy.sparse.{_layout}", f"scipy.sparse._{_layout}"):
        ALLOWED[_module, f"{_layout}_matrix"] = ALLOWED[_module, f"{_layout}_array"] = _stub


class RestrictedUnpickler(pickle.Unpickler):
    """Unpickler that knows `ALLOWED`, chumpy's names, and what the caller adds; anything else raises."""

    def __init__(
        self, file: BinaryIO, *, name: str, extra: Mapping[tuple[str, str], object] | None = None
    ) -> None:
        super().__init__(file, encoding="latin1")
        self._name = name
        self._known = {**ALLOWED, **(extra or {})}

    def find_class(self, module: str, name: str) -> object:
        """What the pickle means by `module.name`."""
        if (module, name) in self._known:
            return self._known[module, name]
        if module == "chumpy" or module.startswith("chumpy."):
            return ChumpyStub
        raise UnsafePickleError(
            f"{self._name} asks to load {module}.{name}: that is no array, so the file may be harmful and "
            "was not read"
        )


def load_pickle(path: Path, extra: Mapping[tuple[str, str], object] | None = None) -> object:
    """Content of a pickle file; `extra` widens the allow-list, (module, name) -> replacement."""
    with path.open("rb") as file:
        return load_stream(file, path.name, extra)


def load_stream(file: BinaryIO, name: str, extra: Mapping[tuple[str, str], object] | None = None) -> object:
    """Content of an open pickle stream; `name` is what messages call it."""
    try:
        return RestrictedUnpickler(file, name=name, extra=extra).load()
    except UnsafePickleError:
        raise
    except Exception as error:  # a broken pickle can raise whatever its rebuilding functions raise
        raise UnsafePickleError(
            f"{name} is not a readable pickle ({type(error).__name__}: {error})"
        ) from error


def load_npz(path: Path, keys: tuple[str, ...]) -> dict[str, object]:
    """Those of the wanted arrays that an npz file holds; pickled ones go through the restricted unpickler."""
    result: dict[str, object] = {}
    with np.load(path, allow_pickle=False) as archive:
        for key in set(keys) & set(archive.files):
            try:
                result[key] = archive[key]
            except ValueError:  # an array of objects
                content = io.BytesIO(archive.zip.read(f"{key}.npy"))
                _skip_npy_header(content)
                result[key] = load_stream(content, f"{path.name}, {key}")
    return result


def _skip_npy_header(content: io.BytesIO) -> None:
    version = np.lib.format.read_magic(content)
    read: Callable = (
        np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    )
    read(content)


def dense_array(value: object) -> np.ndarray:
    """Numpy array of an array, a chumpy stub or a sparse stub; anything else raises UnsafePickleError."""
    if isinstance(value, ChumpyStub):
        return _from_chumpy(value.state)
    if isinstance(value, SparseStub):
        return _from_sparse(value.state, value.layout)
    array = np.asarray(value)
    if array.dtype == object:
        if array.ndim == 0 and isinstance(array.item(), Stub):
            return dense_array(array.item())
        raise UnsafePickleError(f"it holds {type(value).__name__} where numbers are expected")
    return array


def _from_chumpy(state: Mapping[str, object]) -> np.ndarray:
    if "x" in state:
        return dense_array(state["x"])
    if "a" in state and "idxs" in state:  # chumpy.reordering.Select
        picked = dense_array(state["a"]).ravel()[dense_array(state["idxs"]).astype(np.int64)]
        shape = state.get("preferred_shape")
        return picked if shape is None else picked.reshape(tuple(np.atleast_1d(dense_array(shape)).tolist()))
    raise UnsafePickleError(f"it holds a chumpy object without an array (only {sorted(state)})")


def _from_sparse(state: Mapping[str, Any], layout: str) -> np.ndarray:
    try:
        height, width = (int(size) for size in state.get("_shape", state.get("shape")))
        data = dense_array(state["data"])
        if layout == "coo":
            rows, columns = state["coords"] if "coords" in state else (state["row"], state["col"])
            rows, columns = dense_array(rows), dense_array(columns)
        else:
            minor = dense_array(state["indices"])
            major = np.repeat(np.arange(len(state["indptr"]) - 1), np.diff(dense_array(state["indptr"])))
            rows, columns = (major, minor) if layout == "csr" else (minor, major)
        result = np.zeros((height, width), dtype=data.dtype)
        if len(data) and (min(rows.min(), columns.min()) < 0):
            raise UnsafePickleError("it holds a sparse matrix with negative indices")
        np.add.at(result, (rows, columns), data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UnsafePickleError(f"it holds a broken sparse matrix ({error})") from error
    return result
