"""Damages files as disks, downloads and attackers do. In: bytes and a seed, out: other bytes."""

from __future__ import annotations

import random
from collections.abc import Callable

EDGE = 96
"""Bytes at either end that hold headers and directories."""


def flip(data: bytearray, dice: random.Random) -> None:
    """One to eight bits anywhere."""
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def cut(data: bytearray, dice: random.Random) -> None:
    """The end is missing."""
    del data[dice.randrange(len(data)) :]


def block(data: bytearray, dice: random.Random) -> None:
    """A stretch of zeros."""
    start = dice.randrange(len(data))
    length = min(dice.randint(1, 200), len(data) - start)
    data[start : start + length] = bytes(length)


def header(data: bytearray, dice: random.Random) -> None:
    """Some of the first bytes are others."""
    for _ in range(dice.randint(1, 4)):
        data[dice.randrange(min(EDGE, len(data)))] = dice.randrange(256)


def tail(data: bytearray, dice: random.Random) -> None:
    """Some of the last bytes are others."""
    for _ in range(dice.randint(1, 4)):
        data[-1 - dice.randrange(min(EDGE, len(data)))] = dice.randrange(256)


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, cut, block, header, tail)


def mutated(data: bytes, seed: int) -> bytes:
    """The bytes after one kind of damage; the same seed gives the same damage."""
    changed = bytearray(data)
    MUTATIONS[seed % len(MUTATIONS)](changed, random.Random(seed))
    return bytes(changed)
