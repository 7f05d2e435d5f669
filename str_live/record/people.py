"""The files of a recording of several people: one that holds them together, and one for each beside it."""

from __future__ import annotations

from pathlib import Path

from str_live.record.content import person_suffix
from str_live.record.npz import is_of, person_path
from str_live.untrusted.arrays import array_headers, read_arrays

MOST_FILES = 10_000
"""What claims to hold more together is damaged."""


def people_files(path: Path) -> dict[int, Path]:
    """Each person's file by number; {} where `path` holds nobody together. UnreadableError.

    Files may have been renamed along with `path`, or left as they were. One that is missing, or another
    recording's, has the name that it should have.
    """
    if "people" not in array_headers(path):
        return {}
    arrays = read_arrays(path, ("people", "people_files", "recording"))
    recording = str(arrays["recording"])
    files = {}
    named = zip(arrays["people"][:MOST_FILES].tolist(), arrays["people_files"].tolist(), strict=False)
    for number, name in named:
        places = [person_path(path, person_suffix(number)), path.with_name(Path(name).name)]
        files[number] = next((place for place in places if is_of(place, recording)), places[0])
    return files


def move_recording(path: Path, target: Path) -> Path:
    """Rename a recording, with the files of its people; `target`."""
    for number, file in people_files(path).items():
        if file.is_file():
            file.replace(person_path(target, person_suffix(number)))
    return path.replace(target)
