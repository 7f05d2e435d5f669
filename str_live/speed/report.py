"""From milliseconds of each frame to medians and ratios. In: what Bench timed, out: a table."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

EAGER = " in eager float32"
"""Ends the name of what stands beside a faster way to run the same network."""


def report(times: dict[str, list[float]]) -> dict[str, Any]:
    """Medians and 95th percentiles in milliseconds, and ratios."""
    whole = [person + tick for person, tick in zip(times["person"], times["tick A"], strict=True)]
    times = {**times, "whole tick": whole}
    stages = {
        name: {"median": float(np.median(times[name])), "p95": float(np.percentile(times[name], 95))}
        for name in sorted(times, key=lambda name: "tick" in name)
    }
    against = {
        f"{name.removeprefix('tick ')} / {base(name)}": ratio(times[name], times[f"tick {base(name)}"])
        for name in times
        if name.startswith("tick ") and name != "tick A"
    }
    ratios = {"everything after mediapipe / mediapipe": ratio(times["tick A"], times["person"]), **against}
    return {"stages_ms": stages, "ratios": ratios}


def base(name: str) -> str:
    """What a tick is compared with: an eager one with its faster self, any other with A."""
    return name.removeprefix("tick ").removesuffix(EAGER) if name.endswith(EAGER) else "A"


def ratio(above: list[float], below: list[float]) -> float:
    """Median of the frames' own ratios."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def table(found: dict[str, Any]) -> str:
    """The report as lines of text."""
    lines = [f"{'':40}{'median ms':>12}{'p95 ms':>10}"]
    lines += [f"{name:40}{row['median']:12.2f}{row['p95']:10.2f}" for name, row in found["stages_ms"].items()]
    lines += ["", f"{'ratio':40}{'median':>12}"]
    lines += [f"{name:40}{value:12.3f}" for name, value in found["ratios"].items()]
    if "headless_ratios" in found:
        lines += ["", f"{'main.py --headless / this':40}{'ratio':>12}"]
        lines += [f"{name:40}{value:12.2f}" for name, value in found["headless_ratios"].items()]
    return "\n".join(lines)
