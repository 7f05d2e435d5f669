"""Stands in for objects of libraries that are not there, and makes numpy arrays of them.

chumpy and scipy objects in a pickle become stubs that keep their state; `dense_array` turns a stub into a
numpy array with checks of its own. So neither chumpy is needed nor can a broken sparse matrix reach scipy's
unchecked C code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from str_live.untrusted.plain import plain
from str_live.untrusted.unreadable import UnreadableError

MOST_CELLS = 1 << 27
"""Of a sparse matrix made dense: SMPL-X's joint regressor has half a million."""


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


def dense_array(value: object) -> np.ndarray:
    """Array of numbers or text of an array, a number, a text or a stub; anything else is refused."""
    if isinstance(value, ChumpyStub):
        return _from_chumpy(value.state)
    if isinstance(value, SparseStub):
        return _from_sparse(value.state, value.layout)
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        if value.ndim == 0 and isinstance(value.item(), Stub):
            return dense_array(value.item())
        raise UnreadableError("holds objects where numbers are expected")
    if isinstance(value, np.ndarray | np.generic | bool | int | float | str | bytes):
        return plain(np.asarray(value))
    raise UnreadableError(f"holds a {type(value).__name__} where numbers are expected")


def _from_chumpy(state: Mapping[str, object]) -> np.ndarray:
    if "x" in state:
        return dense_array(state["x"])
    if "a" in state and "idxs" in state:  # chumpy.reordering.Select
        picked = dense_array(state["a"]).ravel()[dense_array(state["idxs"]).astype(np.int64)]
        shape = state.get("preferred_shape")
        return picked if shape is None else picked.reshape(_shape(shape))
    raise UnreadableError("holds a chumpy object without an array")


def _shape(value: object) -> tuple[int, ...]:
    """A shape that was kept as a tuple or an array."""
    sides = value if isinstance(value, tuple | list) else np.atleast_1d(dense_array(value)).tolist()
    return tuple(int(side) for side in sides)


def _from_sparse(state: Mapping[str, Any], layout: str) -> np.ndarray:
    try:
        height, width = (int(side) for side in state.get("_shape", state.get("shape")))
        if min(height, width) < 0 or height * width > MOST_CELLS:
            raise ValueError(f"its size is {height} x {width}")
        data = dense_array(state["data"])
        rows, columns = _entries(state, layout)
        if len(data) and min(rows.min(), columns.min()) < 0:
            raise ValueError("an index is negative")
        result = np.zeros((height, width), dtype=data.dtype)
        np.add.at(result, (rows, columns), data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UnreadableError(f"holds a broken sparse matrix ({error})") from error
    return result


def _entries(state: Mapping[str, Any], layout: str) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each entry."""
    if layout == "coo":
        rows, columns = state["coords"] if "coords" in state else (state["row"], state["col"])
        return dense_array(rows), dense_array(columns)
    minor, starts = dense_array(state["indices"]), dense_array(state["indptr"])
    counts = np.diff(starts)
    if (counts < 0).any() or counts.sum() != len(minor):
        raise ValueError("its rows do not add up")
    major = np.repeat(np.arange(len(starts) - 1), counts)
    return (major, minor) if layout == "csr" else (minor, major)
