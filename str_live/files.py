"""Where the program's own files lie, and how any file is written whole. Imports the standard library only."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _resources(name: str) -> Path:
    """A folder that came with the package: inside it where it is installed, beside it in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


ASSETS = _resources("assets")
SHADERS = _resources("shaders")
FREE_BODY = ASSETS / "body" / "free_body.npz"
CLIP_FOLDER = ASSETS / "clip"

PARTIAL_SUFFIX = ".part"
"""Of a file that is being written."""


def cache_folder() -> Path:
    """Where this user's programs keep what can be made anew."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "str-live"


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """The path to write to in place of `path`, which it becomes at the end; if that fails nothing changes.

    The file gets the rights of any new one, whatever its writer gave it (safetensors: its owner's alone).
    Two processes that write one file do not meet: the last one to end wins.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL_SUFFIX}")
    try:
        yield partial
        partial.chmod(0o666 & ~_umask())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's mask of rights, which can only be asked for by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def interrupted_hint(path: Path) -> str:
    """What to say beside 'there is no such file', where a recording or film of that name was interrupted."""
    left = path.with_name(path.name + ".part")
    return f", but {left}, left by an interrupted one: open that" if left.is_file() else ""
