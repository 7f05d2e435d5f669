"""Prints lines on stdout and stderr, and survives a reader that is gone: a closed pipe, a closed terminal."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from str_live.addresses import public_text


def program_name() -> str:
    """What the program was called as: `str-live` where it is installed, else `main.py`."""
    name = Path(sys.argv[0]).name
    return name if name.startswith("str-live") else "main.py"


def tell_new_name(old: str, new: str) -> NoReturn:
    """End a command that was called by its old name, such as 'str_live.bench', with one line; status 2."""
    complain(f"`python -m {old}` is `python -m {new}` now.")
    raise SystemExit(2)


def say(line: str) -> bool:
    """Print a line on stdout; whether it could be written."""
    try:
        print(line, flush=True)
    except (OSError, ValueError):  # ValueError: closed by ourselves
        _silence(1)
        return False
    return sys.stdout is not None


def complain(line: str) -> bool:
    """Print a line on stderr, without the secrets of addresses; whether it could be written."""
    if sys.stderr is None:  # print would take stdout instead
        return False
    try:
        print(public_text(line), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _silence(2)
        return False
    return True


def _silence(descriptor: int) -> None:
    """Discard further output: Python would fail on the rest of its buffer when it exits."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
