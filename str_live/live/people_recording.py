"""One recording for each person who comes into view. In: BodyResults, out: OUT_p1.npz, OUT_p2.npz ..."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from str_live.live.one_person import LOST_S
from str_live.messages import BodyResult
from str_live.record import RecordingWriter


class PeopleRecording:
    """Starts a writer with the first body of each person. One thread.

    While somebody is out of sight for longer than the window remembers him, nothing is written of him: his
    recording goes on, with its own times, when he is back.
    """

    def __init__(self, path: Path, start_writer: Callable[[Path], RecordingWriter]) -> None:
        self._path, self._start_writer = path, start_writer
        self._writers: dict[int, RecordingWriter] = {}

    def put(self, result: BodyResult) -> None:
        """Write everybody's body of one frame."""
        for number in result.numbers:
            own = result.of(number)
            if not own.bodies or own.held_s > LOST_S:
                continue
            if number not in self._writers:
                self._writers[number] = self._start_writer(person_path(self._path, number))
            self._writers[number].put(own, wait=True)

    def stop(self) -> None:
        """Wait until all is on the disk."""
        for writer in self._writers.values():
            writer.stop(timeout=None)

    @property
    def saved(self) -> dict[int, str]:
        """The finished files by person's number."""
        return {number: str(writer.saved) for number, writer in self._writers.items() if writer.saved}


def person_path(path: Path, number: int) -> Path:
    """The recording of one person: out.npz -> out_p1.npz."""
    return path.with_name(f"{path.stem}_p{number}{path.suffix}")
