"""Open Sound Control 1.0 as VMC needs it: messages of text, int32 and float32, and bundles of messages.

In: values. Out: bytes for one UDP packet.
"""

from __future__ import annotations

import struct

_IMMEDIATELY = struct.pack(">Q", 1)
"""The time tag of a bundle that is to be played as soon as it comes."""


def message(address: str, *values: str | int | float) -> bytes:
    """One message; the type of each value is the type that it has in Python."""
    tags, body = ",", b""
    for value in values:
        if isinstance(value, str):
            tags, body = tags + "s", body + _text(value)
        elif isinstance(value, int):
            tags, body = tags + "i", body + struct.pack(">i", value)
        else:
            tags, body = tags + "f", body + struct.pack(">f", value)
    return _text(address) + _text(tags) + body


def bundle(messages: list[bytes]) -> bytes:
    """Several messages that belong together."""
    return _text("#bundle") + _IMMEDIATELY + b"".join(struct.pack(">i", len(one)) + one for one in messages)


def _text(text: str) -> bytes:
    """UTF-8, ended by a zero, filled up with zeros to a multiple of four bytes."""
    encoded = text.encode() + b"\0"
    return encoded + bytes(-len(encoded) % 4)
