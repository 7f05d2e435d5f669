"""FBX 7.4 binary: a tree of nodes with typed properties, as bytes. What they mean is fbx.py's business."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

VERSION = 7400
_HEAD = b"Kaydara FBX Binary  \0\x1a\0" + struct.pack("<I", VERSION)
FILE_ID = bytes.fromhex("28b32aebb624ccc2bfc8b02aa92bfcf1")
CREATION_TIME = "1970-01-01 10:00:00:000"
_FOOT_ID = bytes.fromhex("fabcab09d0c8d466b176fb831cf7267e")
"""File id, creation time and this belong together: Autodesk's readers call a file corrupted otherwise."""
_FOOT_MAGIC = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
_END = bytes(13)
"""Closes a node's list of children."""
_ARRAYS = {"f": b"f", "d": b"d", "i": b"i", "l": b"l", "q": b"l"}
_COMPRESSED_FROM = 128
"""Bytes: shorter arrays are stored as they are."""


@dataclass(slots=True)
class Node:
    """A node; properties are bool, int32, int64, float, str, bytes or arrays, known by their types."""

    name: str
    properties: tuple[Any, ...] = ()
    children: list[Node] = field(default_factory=list)
    closed: bool = False
    """Whether an empty list of children is closed too, which some nodes have to be."""

    def add(self, name: str, *properties: Any, closed: bool = False) -> Node:
        """Append a child and return it."""
        child = Node(name, properties, closed=closed)
        self.children.append(child)
        return child


@dataclass(frozen=True, slots=True)
class Long:
    """An int64: what ids and times are."""

    value: int


def encode(nodes: list[Node]) -> bytes:
    """A whole file."""
    parts, position = [_HEAD], len(_HEAD)
    for node in nodes:
        data = b"".join(_node(node, position))
        parts.append(data)
        position += len(data)
    parts += [_END, _FOOT_ID, bytes(4)]
    position += len(_END) + len(_FOOT_ID) + 4
    parts += [bytes(16 - position % 16), struct.pack("<I", VERSION), bytes(120), _FOOT_MAGIC]
    return b"".join(parts)


def _node(node: Node, position: int) -> Iterator[bytes]:
    """The bytes of a node that begins at `position`, which its end offset counts from."""
    name = node.name.encode()
    properties = b"".join(_property(value) for value in node.properties)
    head = 13 + len(name) + len(properties)
    children, inside = [], position + head
    for child in node.children:
        data = b"".join(_node(child, inside))
        children.append(data)
        inside += len(data)
    if children or node.closed:
        children.append(_END)
        inside += len(_END)
    yield struct.pack("<IIIB", inside, len(node.properties), len(properties), len(name))
    yield name
    yield properties
    yield from children


def _property(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"C" + struct.pack("<B", value)
    if isinstance(value, int):
        return b"I" + struct.pack("<i", value)
    if isinstance(value, Long):
        return b"L" + struct.pack("<q", value.value)
    if isinstance(value, float):
        return b"D" + struct.pack("<d", value)
    if isinstance(value, str):
        text = value.encode()
        return b"S" + struct.pack("<I", len(text)) + text
    if isinstance(value, bytes):
        return b"R" + struct.pack("<I", len(value)) + value
    return _array(value)


def _array(array: np.ndarray) -> bytes:
    data = np.ascontiguousarray(array).tobytes()
    packed = len(data) >= _COMPRESSED_FROM
    if packed:
        data = zlib.compress(data, 6)
    return _ARRAYS[array.dtype.char] + struct.pack("<III", array.size, packed, len(data)) + data
