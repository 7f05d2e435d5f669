"""The one error of files that cannot be read. In: whatever goes wrong while reading, out: one sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from str_live.untrusted.nature import nature_of

AGAIN = "download or copy it again"
_MOST_LETTERS = 200
"""Of what a library says about a file: some quote half of it."""
_NOT_THE_CONTENT = {
    errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO, errno.ENAMETOOLONG,
    errno.EMFILE, errno.ENFILE, errno.ESTALE,
}  # fmt: skip
"""System errors that speak of the file itself; others come from damaged content, such as offsets before 0."""


class UnreadableError(ValueError):
    """A file that cannot be read. Its text is one sentence: the file's name, what is wrong, a remedy."""

    def __init__(self, problem: str, remedy: str = AGAIN, path: Path | None = None) -> None:
        """`problem` goes on after the file's name: "is cut off". `reading` adds the path where it lacks."""
        self.problem, self.remedy, self.path = problem, remedy, path
        super().__init__(f"{path.name if path else 'the file'} {problem}: {remedy}")


@contextmanager
def reading(path: Path, *expected: str) -> Iterator[None]:
    """Turn all that goes wrong inside into UnreadableError.

    Readers of damaged files raise whatever happens to fail first: zlib's errors, tokenize's, KeyError,
    MemoryError and a dozen others. `expected`: natures (nature.py) that the reader takes; where the file is
    of another one, the error says of which.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NOT_THE_CONTENT:
            problem = f"cannot be opened ({os.strerror(error.errno)})"
            raise UnreadableError(problem, "check its path and permissions", path) from error
        raise _explained(path, expected, error) from error
    except Exception as error:
        raise _explained(path, expected, error) from error


def _explained(path: Path, expected: tuple[str, ...], error: Exception) -> UnreadableError:
    nature = nature_of(path)
    if nature is not None and nature.name not in expected:
        return UnreadableError(nature.problem, nature.remedy, path)
    if isinstance(error, UnreadableError):
        return UnreadableError(error.problem, error.remedy, path)
    return UnreadableError(problem_of(error), path=path)


def problem_of(error: Exception) -> str:
    """What an error of a reader means, to go on after the file's name."""
    if isinstance(error, MemoryError):
        return "claims to hold more than this computer's memory"
    if isinstance(error, NotImplementedError):
        return f"is written in a way that cannot be read here ({in_one_line(error)})"
    if isinstance(error, EOFError):
        return "ends too early, as a download that was cut short"
    return f"is damaged ({type(error).__name__}: {in_one_line(error)})"


def in_one_line(error: object) -> str:
    """What an error says, without line breaks and not at length."""
    return " ".join(str(error).split())[:_MOST_LETTERS] or "no reason given"
