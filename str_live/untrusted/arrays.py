"""Reads numpy's files: named arrays of an .npz, or the one of an .npy. In: a path, out: arrays.

Only what is asked for is read: a file may hold a pickled dictionary beside the arrays that matter. What a
header claims is held against the file's size before any memory is taken for it.
"""

from __future__ import annotations

import ast
import io
import math
import re
import struct
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from str_live.untrusted.pickles import load_stream
from str_live.untrusted.plain import plain
from str_live.untrusted.unreadable import UnreadableError, reading

MOST_EXPANSION = 1100
"""Deflate cannot make more than 1032 bytes of one."""
BOMB_BYTES = 512 << 20
BOMB_RATIO = 100
"""Something as large that shrank as much holds nothing that anybody measured."""
_MOST_HEADER = 1 << 16
_MOST_DIMENSIONS = 8
_BLOCK = 1 << 20
_ENCRYPTED = 0x1
_END = struct.Struct("<4sHHHHIIH")
"""The end of a zip: signature, two numbers of disks, entries on this one and in all, size, place, comment."""
_MORE_THAN_COUNTED = 0xFFFF
"""What stands there where another record counts."""


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """What an array in a file is."""

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    """Its last index changes slowest."""

    @property
    def pickled(self) -> bool:
        """It is no array of numbers or text, but a pickle."""
        return self.dtype.hasobject

    @property
    def bytes(self) -> int:
        """Of the array's content."""
        return math.prod(self.shape) * self.dtype.itemsize


def array_headers(path: Path) -> dict[str, ArrayHeader]:
    """Names and kinds of the arrays of an .npz, none of which is read."""
    with reading(path, "npz"), zipfile.ZipFile(path) as archive:
        return {name: _header_of(archive, member) for name, member in _members(archive).items()}


def read_arrays(
    path: Path, names: Collection[str] | None = None, *, pickled: bool = False
) -> dict[str, np.ndarray]:
    """Those of the named arrays that an .npz holds, all where no names are given; UnreadableError.

    An array of objects is refused; with `pickled` it comes as an array of what `pickles.load_stream` makes of
    them.
    """
    with reading(path, "npz"), zipfile.ZipFile(path) as archive:
        members = _members(archive)
        if names is None and len(members) < len(archive.namelist()):
            raise UnreadableError("holds something else than arrays")
        chosen = members.keys() if names is None else members.keys() & set(names)
        return {name: _read(archive, members[name], name, path, pickled) for name in sorted(chosen)}


def read_array(path: Path) -> np.ndarray:
    """The array of an .npy; UnreadableError."""
    with reading(path, "npy"), path.open("rb") as file:
        header = _header(file)
        left = path.stat().st_size - file.tell()
        if header.pickled:
            raise UnreadableError("holds a pickled object instead of an array of numbers")
        _check_size(header, left)
        return _filled(file, header)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Array's name -> its entry."""
    if _promised(archive) not in (len(archive.infolist()), _MORE_THAN_COUNTED):
        raise UnreadableError("is damaged: its directory is incomplete")
    members = {
        info.filename.removesuffix(".npy"): info
        for info in archive.infolist()
        if info.filename.endswith(".npy")
    }
    if not members:
        raise UnreadableError("holds no arrays", "give an .npz that numpy.savez wrote")
    return members


def _promised(archive: zipfile.ZipFile) -> int:
    """How many entries the archive's end says it has: zipfile does not compare."""
    assert archive.fp is not None
    archive.fp.seek(-_END.size, 2)
    signature, *_, total = _END.unpack(archive.fp.read(_END.size))[:5]
    return total if signature == b"PK\x05\x06" else _MORE_THAN_COUNTED  # followed by a comment


def _header_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> ArrayHeader:
    with _opened(archive, info) as file:
        return _header(file)


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableError("is encrypted", "unpack it with its password and give what was inside")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableError("is compressed in a way that numpy does not write", "save it with numpy.savez")
    return archive.open(info)


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, path: Path, pickled: bool
) -> np.ndarray:
    _check_entry(info, name, path.stat().st_size)
    with _opened(archive, info) as file:
        header = _header(file)
        if header.pickled:
            if not pickled:
                raise UnreadableError(f"holds a pickled object in place of the array {name!r}")
            return _objects(file.read(info.file_size))
        _check_size(header, info.file_size - file.tell())
        array = _filled(file, header)
        file.read(1)  # the checksum is compared at the end
        return array


def _check_entry(info: zipfile.ZipInfo, name: str, file_size: int) -> None:
    """Whether an entry can be as large as it says."""
    packed = info.compress_size
    possible = packed if info.compress_type == zipfile.ZIP_STORED else packed * MOST_EXPANSION
    if packed > file_size or info.file_size > possible:
        raise UnreadableError(f"claims {info.file_size} bytes for the array {name!r}, more than it can hold")
    if info.file_size > BOMB_BYTES and info.file_size > BOMB_RATIO * packed:
        raise UnreadableError(
            f"would unpack the array {name!r} of {packed} bytes to {info.file_size}: it may be harmful and "
            "was not read",
            "save it uncompressed with numpy.savez",
        )


def _check_size(header: ArrayHeader, left: int) -> None:
    if header.dtype.itemsize == 0 and math.prod(header.shape) > _BLOCK:
        raise UnreadableError(f"claims an array of the shape {header.shape} that holds nothing")
    if header.bytes > left:
        raise UnreadableError(f"is cut off: an array of {header.bytes} bytes, {left} left")
    if header.bytes < left:
        raise UnreadableError(f"is damaged: an array of {header.bytes} bytes has {left}")


def _header(file: IO[bytes]) -> ArrayHeader:
    """Read an npy header; leaves the file at the array's first byte."""
    start = file.read(8)
    if start[:6] != b"\x93NUMPY" or len(start) < 8:
        raise UnreadableError("is damaged: an array in it does not begin as arrays do")
    size = int.from_bytes(file.read(2 if start[6] == 1 else 4), "little")
    if size > _MOST_HEADER:
        raise UnreadableError(f"is damaged: an array's header of {size} bytes")
    text = file.read(size).decode("ascii" if start[6] < 3 else "utf-8")
    # What Python 2 wrote has 12L for 12. A backslash could make the parser warn on stderr.
    text = re.sub(r"(\d)L\b", r"\1", text.replace("\\", ""))
    return _parsed(ast.literal_eval(text.strip()))


def _parsed(found: object) -> ArrayHeader:
    """The header's dictionary, checked."""
    if not isinstance(found, dict) or found.keys() != {"descr", "fortran_order", "shape"}:
        raise UnreadableError("is damaged: an array's header lacks its shape or its type")
    shape, descr = found["shape"], found["descr"]
    sane = isinstance(shape, tuple) and len(shape) <= _MOST_DIMENSIONS
    if not sane or not all(isinstance(side, int) and 0 <= side < 1 << 48 for side in shape):
        raise UnreadableError("is damaged: an array in it has no possible shape")
    if not isinstance(descr, str):
        raise UnreadableError("holds an array of records where numbers are expected")
    return ArrayHeader(shape, np.dtype(descr), bool(found["fortran_order"]))


def _filled(file: IO[bytes], header: ArrayHeader) -> np.ndarray:
    """The array that follows its header."""
    content = np.empty(header.bytes, np.uint8)
    view, position = content.data, 0
    while position < len(content):
        block = file.read(min(_BLOCK, len(content) - position))
        if not block:
            raise EOFError
        view[position : position + len(block)] = block
        position += len(block)
    if header.dtype.itemsize == 0:
        return np.zeros(header.shape, header.dtype)
    array = content.view(header.dtype)
    shaped = array.reshape(header.shape[::-1]).T if header.fortran else array.reshape(header.shape)
    return plain(shaped)


def _objects(content: bytes) -> np.ndarray:
    """The pickle behind an npy header: an array of objects."""
    value = load_stream(io.BytesIO(content))
    if isinstance(value, np.ndarray):
        return value
    raise UnreadableError("is damaged: an array of objects is none")
