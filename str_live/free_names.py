"""Names for recordings that nobody named: by date and time, never over another one."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

from str_live.files import PARTIAL_SUFFIX


def free_path(folder: Path, suffix: str, *others: str) -> Path:
    """`folder/2026-01-31_12-00-00` with `suffix`, or with `_2`, `_3` ... before it: free for all suffixes."""
    stem = time.strftime("%Y-%m-%d_%H-%M-%S")
    for number in count(1):
        path = folder / f"{stem}{'' if number == 1 else f'_{number}'}{suffix}"
        names = [path.with_suffix(each).name for each in (suffix, *others)]
        if not any((folder / f"{name}{part}").exists() for name in names for part in ("", PARTIAL_SUFFIX)):
            return path
    raise AssertionError("count() has no end")
