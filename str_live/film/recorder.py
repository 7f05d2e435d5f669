"""The recorder of films: paints each result and writes it. Its thread owns the GL context it paints with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from str_live.film.choice import FilmChoice
from str_live.film.clock import FilmClock
from str_live.film.layout import arrange, check_room
from str_live.film.painter import FilmPainter, Staging
from str_live.messages import BodyResult
from str_live.record import CannotRecord, RecordingInfo
from str_live.record.film import FilmError, FilmFile, part_path, recover_film
from str_live.record.leftovers import take
from str_live.view.headless import create_context, release_context


class FilmRecorder:
    """Writes one film; owned by the recorder thread."""

    suffix = ".mp4"
    noun = "film"
    remedy = "make room and name that file .mp4: it plays"
    capacity = 16
    """Results hold whole pictures: half a second of them evens out the time that drawing takes."""

    def __init__(
        self, ask: Callable[[], Staging], choice: FilmChoice | None = None, *, overwrite: bool = False
    ) -> None:
        """`ask` is called for each frame, on the recorder's thread; `choice`: what is shown, and how large.

        `overwrite`: whether a film that has the name is replaced, once the new one is whole.
        """
        self._ask, self._choice, self._overwrite = ask, choice or FilmChoice(), overwrite
        self._taken: BinaryIO | None = None
        self._path = Path()
        self._clock = FilmClock()
        self._painter: FilmPainter | None = None
        self._file: FilmFile | None = None

    def start(self, path: Path, info: RecordingInfo) -> None:
        """Reserve the name. The film begins with the first frame, which determines the picture's size.

        Raises CannotRecord where the parts do not fit into the size, where there is no OpenGL 3.3, where
        nothing may be written, or where another program writes this film.
        """
        self._path = Path(path)
        try:
            check_room(self._choice)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            release_context(create_context())
            part = part_path(self._path)
            if part.exists() and part.stat().st_size:
                recover_film(part, keep_name=False)
            self._taken = take(part)
        except (OSError, RuntimeError, ValueError, FilmError) as error:
            raise CannotRecord(f"No film can be made: {error}.") from error

    def write(self, result: BodyResult) -> None:
        """Append one frame. Raises OSError when the disk is full."""
        if self._painter is None:
            height, width = result.frame.image.shape[:2]
            self._painter = FilmPainter(arrange((width, height), self._choice), self._choice)
        layout = self._painter.layout
        if self._file is None:
            size, given = (layout.width, layout.height), {"taken": self._taken, "overwrite": self._overwrite}
            self._file, self._taken = FilmFile(self._path, *size, **given), None
        picture = self._painter.paint(result, self._ask())
        ticks = self._clock.ticks(result.frame.time_s, result.frame.epoch)
        self._file.write(picture, ticks, self._clock.usual_ticks)

    def flush(self) -> None:
        """Nothing to do: whatever is encoded is written at once."""

    def stop(self) -> Path | None:
        """Make the film whole and return its path; None if no frame ever came."""
        if self._painter is not None:
            self._painter.release()
            self._painter = None
        if self._taken is not None:
            self._taken.close()
            part_path(self._path).unlink(missing_ok=True)
        return self._file.close() if self._file is not None else None
