"""Arrays that hold numbers or text and nothing else. In: arrays of a file, out: the same, checked."""

from __future__ import annotations

import re

import numpy as np

from str_live.untrusted.unreadable import UnreadableError

KINDS = "biufSU"
"""numpy's kinds of types whose bytes mean nothing but numbers and text."""
_CODE = re.compile(r"[<>|=]?[biufSUO]\d{1,9}")


def plain_dtype(code: object, byteorder: object = "=") -> np.dtype:
    """The type of a code such as 'f8' or 'U12', or of objects; a record, or anything else, is refused."""
    if not isinstance(code, str) or not _CODE.fullmatch(code) or byteorder not in ("<", ">", "=", "|"):
        raise UnreadableError("holds an array that is neither number nor text")
    dtype = np.dtype(code)
    return dtype.newbyteorder(byteorder) if byteorder in ("<", ">") else dtype


def finite_numbers(array: np.ndarray) -> bool:
    """Whether all are numbers, also in float32, in which they will be used: a double can be too large."""
    if array.dtype.kind not in "fiub":
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(array.astype(np.float32, copy=False)).all())


def plain(array: np.ndarray) -> np.ndarray:
    """The array in this machine's byte order; refused where it is of another kind or its text is none."""
    if array.dtype.kind not in KINDS:
        raise UnreadableError(f"holds an array of the type {array.dtype}, which is neither number nor text")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind == "U" and array.size:
        letters = np.ascontiguousarray(array).reshape(-1).view(np.uint32)
        if letters.max(initial=0) > 0x10FFFF or ((letters >= 0xD800) & (letters < 0xE000)).any():
            raise UnreadableError("is damaged: a text in it has letters that do not exist")
    return array
