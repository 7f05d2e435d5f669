"""An append-only file of checked rows: what is in it survives a killed process, a full disk or a power cut.

Layout: MAGIC, then rows of (length, CRC-32, payload), little endian. The first payload is a JSON header.
Reading ends at the first row that is short or damaged, so a row that was half written costs only itself.
"""

from __future__ import annotations

import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from str_live.record.leftovers import hold, take
from str_live.untrusted.unreadable import UnreadableError

MAGIC = b"STR-Live journal 1\n"
_ROW = struct.Struct("<II")
SYNC_SECONDS = 0.5
"""At most this much of a recording is lost when the power fails; a killed process loses nothing written."""


class JournalError(UnreadableError):
    """The file is not a journal, or another process is writing it; the text states which."""


class Journal:
    """Writes rows; owned by one thread."""

    def __init__(self, path: Path) -> None:
        """Take the name: the file must not exist yet, or be empty and held by no process (it was reserved).

        Raises FileExistsError, or JournalError where another program holds it.
        """
        self.path = path
        self._end = 0
        self._synced = 0.0
        try:
            self._file = take(path, buffering=0)
        except BlockingIOError as error:
            raise JournalError("is being written by another program", "take another name", path) from error

    def begin(self, header: dict[str, Any]) -> None:
        """Write what comes before all rows."""
        self._write(MAGIC)
        self.append(json.dumps(header).encode())
        self.sync()

    def append(self, payload: bytes) -> None:
        """Write one row. An OSError (disk full) leaves the file as it was before the row."""
        self._write(_ROW.pack(len(payload), zlib.crc32(payload)) + payload)
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Ask the system to put on the disk what was written so far."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Close the file; rows can be read afterwards."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        """Write all of `data`, or nothing."""
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError:
            self._file.truncate(self._end)
            self._file.seek(self._end)
            raise
        self._end += len(data)


def read_journal(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    """The header and all whole rows of a journal; ({}, []) where not even the header was written."""
    with held_journal(path) as content:
        return content


@contextmanager
def held_journal(path: Path) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
    """As `read_journal`, while no other process reads or writes it between `with` and its end."""
    with open(path, "rb") as file:
        if not hold(file):
            raise JournalError("is being written by another program", "let that end first", path)
        yield _parsed(file.read(), path)


def _parsed(data: bytes, path: Path) -> tuple[dict[str, Any], list[bytes]]:
    if not data.startswith(MAGIC):
        if MAGIC.startswith(data):
            return {}, []
        raise JournalError("is not a recording's journal", "choose another file", path)
    rows = _rows(data)
    if not rows:
        return {}, []
    try:
        header = json.loads(rows[0])
    except (ValueError, RecursionError) as error:
        raise JournalError("is a journal with a damaged beginning", "choose another file", path) from error
    return header if isinstance(header, dict) else {}, rows[1:]


def _rows(data: bytes) -> list[bytes]:
    """Payloads up to the first damaged row."""
    rows, position = [], len(MAGIC)
    while position + _ROW.size <= len(data):
        length, checksum = _ROW.unpack_from(data, position)
        payload = data[position + _ROW.size : position + _ROW.size + length]
        if len(payload) < length or zlib.crc32(payload) != checksum:
            break
        rows.append(payload)
        position += _ROW.size + length
    return rows
