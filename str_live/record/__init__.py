"""Recorders: what writes a body sequence to a file. Adding one is a file here and a line in RECORDERS."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from str_live.messages import BodyResult, RecordingInfo
from str_live.record.npz import NpzRecorder, PeopleRecorder, recorder_of, recover, recover_leftovers
from str_live.record.people import move_recording, people_files
from str_live.record.writer import CannotRecord, RecordingWriter

__all__ = [
    "RECORDERS",
    "CannotRecord",
    "NpzRecorder",
    "PeopleRecorder",
    "Recorder",
    "RecordingInfo",
    "RecordingWriter",
    "move_recording",
    "people_files",
    "recorder_of",
    "recover",
    "recover_leftovers",
]


class Recorder(Protocol):
    """Contract: start, write per frame, stop. All calls come from one thread, the writer's.

    After `start`, which may raise CannotRecord, the recorder owns its files. `write` may raise OSError (disk
    full); `stop` is still called then and must save all that was written before.
    """

    suffix: str
    """Of the file it makes, with the dot."""
    noun: str
    """What it makes, in sentences: 'recording', 'film'."""
    remedy: str
    """What to do with the `.part` of a file that could not be finished."""
    capacity: int
    """Frames that may wait for it."""

    def start(self, path: Path, info: RecordingInfo) -> None: ...

    def write(self, result: BodyResult) -> None: ...

    def flush(self) -> None: ...

    def stop(self) -> Path | None: ...


RECORDERS: dict[str, type[Recorder]] = {"npz": NpzRecorder}
