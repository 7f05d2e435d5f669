"""Which sources can be run from beginning to end. No torch."""

from __future__ import annotations

from str_live.camera.kinds import kind_of

_REASONS = {
    "webcam": "A camera has no end: open a film, or film it first.",
    "stream": "A network camera has no end: open a film.",
    "recording": "On a recording no network runs: open the film that it was made of.",
    "synthetic": "Nobody is in the test pattern: open a film.",
}


def why_no_film(spec: str) -> str:
    """Why a source cannot be run from beginning to end, in a sentence; '' where it can."""
    return _REASONS.get(kind_of(spec), "")
