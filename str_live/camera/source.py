"""What every source of pictures promises, and the ways in which it may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from str_live.messages import Frame


class SourceError(Exception):
    """The source cannot be opened or used. The message is one sentence with the reason and a remedy."""


class SourceLost(SourceError):
    """A live source vanished or stopped giving pictures; opening it again may help."""


class SourceEnded(Exception):
    """A file has given its last picture and is not played again. Not an error."""


class Source(Protocol):
    """A sequence of pictures: a webcam, a file, a folder, a stream.

    One thread owns a source: it calls `open`, then `read` again and again, then `close`; nothing in here is
    locked. Making a source costs nothing and holds nothing, `open` may take seconds. The attributes may be
    read from any thread; those marked (open) mean something only once `open` has returned.
    Sources are subclasses, so that what they do not know has its default.
    """

    name: str
    """Its name in the window and in messages."""
    identity: str
    """The `SourceSettings.spec` that finds this very source again: for a camera its stable id."""
    live: bool
    """Pictures come at their own pace and may stop coming; False: a file, which has an end."""
    notice: str = ""
    """What the user must know about this source, at its choice or later while it is read; '' mostly."""
    mode: str = ""
    """(open) Size, rate and format in words; for cameras what was asked for beside what was obtained."""
    size: tuple[int, int] = (0, 0)
    """(open) Width and height of the newest picture, pixels. May change from picture to picture."""
    fps: float = 0.0
    """(open) Pictures a second as the source states it, 0 where it does not."""
    frame_count: int | None = None
    """(open) Pictures until the end, as the source states it; None where unknown or endless."""
    unreadable: int = 0
    """(open) Pictures that could not be read; of films it is known once they have ended."""

    def open(self) -> None:
        """Make ready to read; does nothing when open already.

        Raises SourceError when that cannot be done, and holds nothing then.
        """
        ...

    def read(self) -> Frame | None:
        """The next picture, or None when none came within a moment (ask again).

        Waits for a tenth of a second where it can; a camera's driver may take longer. Raises SourceEnded
        after a file's last picture, SourceLost when a live source is gone, SourceError when a file breaks.
        """
        ...

    def close(self) -> None:
        """Give everything back; does nothing when closed already, raises nothing."""
        ...


def frames(source: Source, until: Callable[[], bool] = lambda: False) -> Iterator[Frame]:
    """Every picture of `source` in this thread, opened before the first and closed after the last.

    For headless runs: with `realtime=False` and `loop=False` each picture of a file comes exactly once. A
    live source goes on until it raises SourceLost. `until` is asked before each picture is waited for.
    """
    source.open()
    try:
        while not until():
            try:
                frame = source.read()
            except SourceEnded:
                return
            if frame is not None:
                yield frame
    finally:
        source.close()
