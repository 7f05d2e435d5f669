"""SMPL sequences as AMASS-style .npz. In: BodyResult, out: `name.npz`, also `name_p1.npz` ... of several.

A .npz is a zip, and a zip's directory is written last: one that was being written when the process died
cannot be read. So rows go into a journal beside it (`name.npz.part`) as they come, and `stop` makes the .npz
of it. `recover` does the same for a journal that a crash left behind. Several people share one journal, a row
of which holds everybody of one frame; `name.npz` then holds their files together.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from str_live.messages import BodyResult, RecordingInfo
from str_live.record.config import change_between, config_of
from str_live.record.content import files_of, recording_of
from str_live.record.journal import Journal, JournalError, held_journal, read_journal
from str_live.record.leftovers import place, recovered_path
from str_live.record.rows import (
    CHANGE,
    FORMAT_VERSION,
    FRAME,
    NOBODY,
    NUMBERED,
    PEOPLE,
    PEOPLE_VERSION,
    ROW,
    row_from_result,
    rows_of_people,
)
from str_live.untrusted.arrays import read_arrays
from str_live.untrusted.unreadable import UnreadableError

logger = logging.getLogger(__name__)

JOURNAL_SUFFIX = ".part"
_SPARE_BYTES = 65536
_SPARE_FRAMES = 60
"""Written until the space on the disk is looked at again, with some to spare."""


class NpzRecorder:
    """Writes one sequence; owned by the recorder thread."""

    suffix = ".npz"
    noun = "recording"
    remedy = "make room and open that file to get the recording"
    capacity = 64
    """Two seconds of frames: longer pauses of the disk cost frames, which are counted, not memory."""

    def __init__(self, *, overwrite: bool = False) -> None:
        """`overwrite`: whether a file that has the name is replaced, once the new one is whole."""
        self._overwrite = overwrite
        self._journal: Journal | None = None
        self._path = Path()
        self._info: RecordingInfo | None = None
        """What made the last frame."""
        self._config: dict[str, Any] = {}
        self.rows = 0

    def start(self, path: Path, info: RecordingInfo) -> None:
        """Take the name: the journal is there from now on. Its header waits for the first picture's size.

        What a crash left under the name is recovered under another one. Raises JournalError where another
        program is recording to it.
        """
        self._path = Path(path)
        self._info, self._config = info, config_of(info)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        leftover = journal_path(self._path)
        if leftover.exists() and leftover.stat().st_size:
            recover(leftover, keep_name=False)
        self._journal = Journal(leftover)

    def write(self, result: BodyResult) -> None:
        """Append one frame. Raises OSError when the disk is full."""
        assert self._journal is not None, "start() first"
        if self.rows % 30 == 0:
            self._check_space()
        if self.rows == 0:
            height, width = result.frame.image.shape[:2]
            self._journal.begin(self._header(width, height))
        self._note_change(self._journal, result.made_by)
        self._journal.append(self._row(result))
        self.rows += 1

    def flush(self) -> None:
        """Put on the disk what came so far."""
        if self._journal is not None:
            self._journal.sync()

    def stop(self) -> Path | None:
        """Make the .npz of the journal and return its path; None if no frame ever came."""
        if self._journal is None:
            return None
        self._journal.close()
        return finalise(self._journal.path, self._path, overwrite=self._overwrite)

    def _header(self, width: int, height: int) -> dict[str, Any]:
        return {"format_version": FORMAT_VERSION, "image_size": [width, height], "config": self._config}

    def _row(self, result: BodyResult) -> bytes:
        """The journal's row of one frame."""
        return FRAME + row_from_result(result).tobytes()

    def _bytes_needed(self) -> int:
        """Upper bound of what the files take that are made of the rows, and of some more."""
        return (self.rows + _SPARE_FRAMES) * ROW.itemsize

    def _note_change(self, journal: Journal, made_by: RecordingInfo | None) -> None:
        """Append the changes of the config between the last frame and the next."""
        assert self._info is not None, "start() first"
        if made_by is None:
            return
        now = replace(made_by, source=made_by.source or self._info.source)
        if now == self._info:
            return
        config = config_of(now)
        change = change_between(self._config, config)
        if change:
            journal.append(CHANGE + json.dumps(change).encode())
        self._info, self._config = now, config

    def _check_space(self) -> None:
        """Stop while there is still room for the .npz, which is smaller than the journal."""
        free = shutil.disk_usage(self._path.parent).free
        if free < self._bytes_needed() + _SPARE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class PeopleRecorder(NpzRecorder):
    """Writes everybody: a file of his own for each, and one that holds them together."""

    def __init__(self, *, overwrite: bool = False) -> None:
        super().__init__(overwrite=overwrite)
        self._recording = uuid.uuid4().hex
        self._records = 0
        self._most_people = 1
        self._counted: tuple[object, ...] = ()
        """Source, size, people and detector of the last frame: where one changes, numbers begin anew."""
        self._highest = self._taken = NOBODY
        """The highest number so far, and that before numbers began anew."""

    def _header(self, width: int, height: int) -> dict[str, Any]:
        version = {"format_version": PEOPLE_VERSION, "recording": self._recording}
        return {**super()._header(width, height), **version}

    def _row(self, result: BodyResult) -> bytes:
        rows = rows_of_people(result)
        self._keep_numbers_apart(rows, result)
        self._records += len(rows)
        self._most_people = max(self._most_people, len(rows))
        return PEOPLE + rows.tobytes()

    def _keep_numbers_apart(self, rows: np.ndarray, result: BodyResult) -> None:
        """Count on where the tracker begins at 1 again: nobody gets into another's file."""
        settings = None if result.made_by is None else result.made_by.settings
        asked = () if settings is None else (settings.people, settings.detector)
        counted = (result.frame.epoch, result.frame.image.shape, *asked)
        if counted != self._counted:
            self._counted, self._taken = counted, self._highest
        rows["number"][rows["number"] != NOBODY] += self._taken
        self._highest = max(self._highest, int(rows["number"].max()))

    def _bytes_needed(self) -> int:
        spare = _SPARE_FRAMES * self._most_people
        return (self._records + self.rows + spare) * NUMBERED.itemsize + self._highest * _SPARE_BYTES


def recorder_of(people: int, *, overwrite: bool = False) -> NpzRecorder:
    """What records one person, or up to so many."""
    return PeopleRecorder(overwrite=overwrite) if people > 1 else NpzRecorder(overwrite=overwrite)


def journal_path(path: Path) -> Path:
    """`name.npz` -> `name.npz.part`."""
    return path.with_name(path.name + JOURNAL_SUFFIX)


def finalise(journal: Path, path: Path, *, overwrite: bool = False) -> Path | None:
    """Make the .npz of a closed journal, then remove the journal; None, and no file, if it has no frame.

    What was written is called `path`, or by the next free name where a file has come to be there meanwhile
    that may not be replaced. Of several people it is what holds them together, and theirs lie beside it.
    """
    saved = None
    with held_journal(journal) as (header, payloads):
        files = files_of(journal, header, payloads)
        recording = recording_of(header) if files else ""
        if recording:
            saved = _save_people(files, _free_path(path, files, recording, overwrite=overwrite), overwrite)
        elif files:
            saved = _save(files[""], path, overwrite=overwrite)
    journal.unlink()
    return saved


def _free_path(path: Path, files: dict[str, Any], recording: str, *, overwrite: bool) -> Path:
    """`path`, or `name-2.npz`, `-3` ..., so that none of the files replaces one that may not be."""
    for candidate in _names(path):
        taken = (beside(candidate, suffix) for suffix in files)
        if overwrite or not any(each.exists() and not is_of(each, recording) for each in taken):
            return candidate
    raise AssertionError("count() has no end")


def _names(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))


def _save_people(files: dict[str, dict[str, np.ndarray]], path: Path, overwrite: bool) -> Path:
    """Each person's file, then the one that holds them together; the path of that.

    What an earlier try to save them left is replaced.
    """
    together = files[""]
    recording, names = str(together["recording"]), []
    for suffix in (each for each in files if each):
        target = beside(path, suffix)
        saved = _save(files[suffix], target, overwrite=overwrite or is_of(target, recording))
        names.append(saved.name)
    return _save({**together, "people_files": np.array(names, np.str_)}, path, overwrite=overwrite)


def beside(path: Path, suffix: str) -> Path:
    """A file of the same recording: out.npz, '_p1' -> out_p1.npz."""
    return path.with_name(f"{path.stem}{suffix}{path.suffix}")


def is_of(path: Path, recording: str) -> bool:
    """Whether a file is one of that recording of several people."""
    if not path.is_file():
        return False
    try:
        found = read_arrays(path, ("recording",))
    except UnreadableError:
        return False
    return str(found.get("recording", "")) == recording


def _save(arrays: dict[str, np.ndarray], path: Path, *, overwrite: bool) -> Path:
    """Write the .npz, whole or not at all; its path."""
    archive = io.BytesIO()  # a zip that fails half-way on a full disk complains when it is collected
    np.savez(archive, **arrays)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(archive.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        return place(temporary, path, overwrite=overwrite)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def recover(journal: Path, *, keep_name: bool = True) -> Path | None:
    """Make the .npz of a journal that a crash left behind; None if it holds no frame.

    An existing .npz of that name is not replaced: the recovered one gets another name, as it always does
    without `keep_name`, for when a new recording is about to be made under the old name.
    """
    path = journal.with_name(journal.name.removesuffix(JOURNAL_SUFFIX))
    path = recovered_path(path, keep_name=keep_name)
    saved = finalise(journal, path)
    if saved is None:
        logger.info("%s held no frame of an interrupted recording and was removed", journal)
    else:
        logger.warning("an interrupted recording was recovered from %s: %s", journal, saved)
    return saved


def recover_leftovers(folder: Path) -> list[Path]:
    """Recover every journal in the recordings folder (at start-up); those that cannot be
    recovered are left, with a warning.
    """
    saved = []
    for journal in sorted(folder.glob(f"*.npz{JOURNAL_SUFFIX}")):
        try:
            path = recover(journal)
        except (OSError, JournalError) as error:
            logger.warning("the interrupted recording %s was left alone: %s", journal, error)
            continue
        if path is not None:
            saved.append(path)
    return saved


def files_from_journal(journal: Path) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of the files that a journal becomes; see content.py."""
    return files_of(journal, *read_journal(journal))
