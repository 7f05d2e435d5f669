"""Ranges of seconds, as they are typed: '2.5:7', '2:', ':9.5'."""

from __future__ import annotations

Seconds = tuple[float, float]
"""From and to, after the first frame; infinite where there is no end."""


def seconds_from(text: str) -> Seconds:
    """The range that a text names; ValueError with a sentence where it names none."""
    start, colon, end = text.partition(":")
    try:
        times = float(start or 0), float(end) if end else float("inf")
    except ValueError:
        times = (0.0, 0.0)
    if not colon or not 0 <= times[0] < times[1]:
        raise ValueError(f"{text} is not a range of seconds as 2.0:9.5")
    return times
