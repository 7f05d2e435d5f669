"""The figures of the status bar in words: from the session's status and the result on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from str_live.view import palette

if TYPE_CHECKING:
    from str_live.live.status import SessionStatus

FRAME_MS = 1000 / 30
NOT_OF_THE_TICK = ("capture_age",)
"""Stages that say how old a picture was, not how long it took."""


def status_texts(
    status: SessionStatus, *, networks: str, lookahead: int, age_ms: float | None, shown_fps: float
) -> dict[str, str]:
    """Text of each field of the status bar; rich text but for the source, which may be cut.

    `networks` names those that run.
    """
    source, inference = status.source, status.inference
    rates = f"{source.rate:.0f}", f"{inference.tick_fps:.0f}", f"{shown_fps:.0f} fps"
    named = zip(("camera", "network", "screen"), rates, strict=True)
    return {
        "rates": " ".join(figure(name, rate) for name, rate in named),
        "tick": figure("tick", stages_text(inference.stages_ms)),
        "dropped": figure("dropped", str(status.frames_dropped)),
        "age": figure("age", age_text(age_ms, lookahead)),
        "device": f"{networks} {figure('on', inference.network.where)}" if inference.network else "–",
        "source": ": ".join(part for part in (source.name, source.mode) if part),
    }


def figure(label: str, value: str) -> str:
    """'dropped 3' with a quiet label."""
    return f"<span style='color:{palette.QUIET}'>{label}</span> {value}"


def stages_text(stages_ms: dict[str, float]) -> str:
    """'34 ms: person 20, temporal 9, body 5', longest first, without those that round to nothing."""
    stages = {name: value for name, value in stages_ms.items() if name not in NOT_OF_THE_TICK}
    parts = sorted(stages.items(), key=lambda item: -item[1])
    listed = ", ".join(f"{name} {value:.0f}" for name, value in parts if value >= 0.5)
    return f"{sum(stages.values()):.0f} ms" + (f": {listed}" if listed else "")


def age_text(age_ms: float | None, lookahead: int) -> str:
    """'187 ms (67 ms look-ahead)'."""
    if age_ms is None:
        return "–"
    return f"{age_ms:.0f} ms" + (f" ({lookahead * FRAME_MS:.0f} ms look-ahead)" if lookahead else "")
