"""What a stream does, for people. No torch: the window shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SenderStatus:
    """What a stream does, for people."""

    name: str
    """'vmc', 'ws'."""
    address: str
    sent: int = 0
    """Bodies so far."""
    sent_per_s: float = 0.0
    age_ms: float = 0.0
    """From the picture's capture to the newest body's way out."""
    receivers: int | None = None
    """How many listen; None: not known."""
    error: str = ""
    """Why it has ended, one sentence; '' while it runs."""
