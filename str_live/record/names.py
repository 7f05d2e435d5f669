"""Default names of recordings: date and time, never that of an existing file."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

from str_live.files import PARTIAL_SUFFIX


def free_path(folder: Path, suffix: str, *others: str) -> Path:
    """`folder/2026-01-31_12-00-00` with `suffix`, or with `_2`, `_3` ... before it: free for all suffixes.

    The names are reserved from other programs by empty `.part` files, which their recorders take over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = time.strftime("%Y-%m-%d_%H-%M-%S")
    for number in count(1):
        name = stem if number == 1 else f"{stem}_{number}"
        paths = [folder / f"{name}{each}" for each in (suffix, *others)]
        if not any(path.exists() for path in paths) and _reserve(paths):
            return paths[0]
    raise AssertionError("count() has no end")


def _reserve(paths: list[Path]) -> bool:
    """Make the `.part` of each file, or of none; whether all were free."""
    made: list[Path] = []
    for path in paths:
        part = path.with_name(path.name + PARTIAL_SUFFIX)
        try:
            with open(part, "xb"):
                made.append(part)
        except FileExistsError:
            for each in made:
                each.unlink()
            return False
    return True
