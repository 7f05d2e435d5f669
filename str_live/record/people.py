"""The files of a recording of several people: one that holds them together, and one for each beside it."""

from __future__ import annotations

from pathlib import Path

from str_live.record.content import person_suffix
from str_live.record.npz import beside, is_of
from str_live.untrusted.arrays import read_arrays
from str_live.untrusted.unreadable import UnreadableError

MOST_FILES = 10_000
"""What claims to hold more together is damaged."""


def people_files(path: Path) -> dict[int, Path]:
    """Each person's file by number; {} where `path` holds nobody together, or cannot be read.

    Files may have been renamed along with `path`, or left as they were. One that is missing, or another
    recording's, has the name that it should have.
    """
    try:
        arrays = read_arrays(path, ("people", "people_files", "recording"))
        recording = str(arrays["recording"])
        numbers = [int(number) for number in arrays["people"][:MOST_FILES]]
        names = [Path(str(name)).name for name in arrays["people_files"][:MOST_FILES]]
    except (UnreadableError, KeyError, ValueError, TypeError, IndexError):
        return {}
    files = {}
    for number, name in zip(numbers, names, strict=False):
        places = [person_path(path, number), path.with_name(name)]
        files[number] = next((place for place in places if is_of(place, recording)), places[0])
    return files


def person_path(path: Path, number: int) -> Path:
    """What one person's file is called beside that of all: out.npz -> out_p1.npz."""
    return beside(path, person_suffix(number))


def move_recording(path: Path, target: Path) -> Path:
    """Rename a recording, with the files of its people; `target`."""
    for number, file in people_files(path).items():
        if file.is_file():
            file.replace(person_path(target, number))
    return path.replace(target)
