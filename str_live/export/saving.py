"""Whole files or none, and in words why none: files.written_whole, folders made and errors explained."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from str_live.export.contract import ExportError
from str_live.files import written_whole


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """The name to write to in place of `path`, as files.written_whole; ExportError for an OSError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as partial:
            yield partial
    except OSError as error:
        raise ExportError(_sentence(path, error)) from error


def _sentence(path: Path, error: OSError) -> str:
    """What went wrong and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no room left for {path}: free some space on its disk, or choose another folder."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path} may not be written: choose a folder that you may write to."
    if error.errno in (errno.EISDIR, errno.ENOTEMPTY):
        return f"{path} is a folder: choose another name."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{path} lies under something that is no folder: choose another."
    return f"{path} cannot be written ({error.strerror or error}): choose another place."
