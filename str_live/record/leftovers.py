"""Tells what a crash left behind from what is being written, and names what is made of it."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed anyway
    fcntl = None


def hold(file: IO[Any]) -> bool:
    """Claim an open file until it is closed; False if another process holds it. True where there is no flock.

    Without it a second window would take the first one's running recording for a leftover of a crash.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def recovered_path(path: Path, *, keep_name: bool = True) -> Path:
    """What to call a file that is recovered: `path` where that is free, else `name-recovered`, `-2` ...

    Without `keep_name` never `path` itself: a new file is about to be made under that name.
    """
    if keep_name and not path.exists():
        return path
    for number in count(1):
        suffix = "-recovered" if number == 1 else f"-recovered-{number}"
        recovered = path.with_name(f"{path.stem}{suffix}{path.suffix}")
        if not recovered.exists():
            return recovered
    raise AssertionError("count() has no end")
