"""Tells files that a crash left from those being written, and names files so that none is replaced."""

from __future__ import annotations

import errno
import os
from itertools import count
from pathlib import Path
from typing import IO, Any, BinaryIO

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


def take(path: Path, buffering: int = -1) -> BinaryIO:
    """Make the file, or take over an empty one that was reserved, and hold it until it is closed.

    Raises FileExistsError where it holds something, BlockingIOError where another process holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    file = open(descriptor, "r+b", buffering=buffering)  # noqa: SIM115 - stays open
    if not hold(file):
        file.close()
        raise BlockingIOError(errno.EWOULDBLOCK, "It is being written by another program", str(path))
    if os.fstat(descriptor).st_size:
        file.close()
        raise FileExistsError(errno.EEXIST, "What was interrupted has this name", str(path))
    return file


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


def place(temporary: Path, path: Path, *, overwrite: bool = False) -> Path:
    """Give a whole file the name `path`; its new path.

    What has come to be there meanwhile is replaced only with `overwrite`; else `name-2`, `-3` ... are tried.
    """
    taken = path
    for number in count(2):
        try:
            if not overwrite:
                with open(taken, "xb"):  # takes the name from every other program
                    pass
            temporary.replace(taken)
            return taken
        except FileExistsError:
            taken = path.with_name(f"{path.stem}-{number}{path.suffix}")
    raise AssertionError("count() has no end")
