"""What the camera manager reports to the window, and when its watchdog acts."""

from __future__ import annotations

from dataclasses import dataclass

from str_live.camera.transport import Position

EVENTS = {
    "opened": "a new source gives pictures; the text is its name and mode",
    "notice": "what the user must know about the source: why it was chosen, what of it could not be read",
    "error": "the requested source could not be opened (an old one goes on), or a file broke",
    "stalled": "a live source has given nothing for a while",
    "waiting": "a live source is gone and will be opened again as soon as it is back",
    "recovered": "a stalled or lost source gives pictures again",
    "ended": "a file that is not played again has come to its end",
}
"""The kinds that `on_event(kind, text)` is called with."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds after which the watchdog acts."""

    stalled_s: float = 1.0
    """Without a picture: report it. (At least three pictures' time at the source's own rate.)"""
    reopen_s: float = 3.0
    """Without a picture: close it and open it again."""
    backoff_first_s: float = 0.5
    backoff_last_s: float = 5.0
    """The pause between two attempts to open a lost source doubles from the first to the last."""
    first_frame_s: float = 15.0
    """From the request to the first picture; some drivers take long."""
    release_s: float = 2.0
    """For a source to close; after that its thread is left behind."""
    tick_s: float = 0.05
    """Between two looks of the watchdog."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What the window shows about the source."""

    state: str
    """'idle', 'opening', 'playing', 'stalled', 'waiting' or 'ended'."""
    name: str
    identity: str
    """The spec that finds it again: what to save."""
    mode: str
    notice: str
    live: bool
    size: tuple[int, int]
    fps: float
    """As the source states it, 0 where it does not."""
    rate: float
    """Frames a second as they come."""
    frame_count: int | None
    position: Position | None = None
    """How a file is played; None for what cannot be paused."""


IDLE = SourceStatus("idle", "", "", "", "", False, (0, 0), 0.0, 0.0, None)
