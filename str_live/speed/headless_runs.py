"""Holds the bench against what is run: stages of real headless runs over the bench's own.

In: arguments of main.py, and the bench's milliseconds. Out: ratios; 1 where the bench agrees.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence

WHOLE = "all stages"
Stages = dict[str, float]
"""Median milliseconds by stage."""


class HeadlessError(RuntimeError):
    """A headless run failed; the message is its own."""


def run_headless(arguments: Sequence[str], frames: int) -> Stages:
    """`main.py --headless` in a process of its own; raises HeadlessError."""
    command = [sys.executable, "-m", "str_live", "--headless", "--frames", str(frames), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise HeadlessError((ended.stderr.strip().splitlines() or ["main.py --headless failed"])[-1])
    stages = json.loads(ended.stdout)["stages_ms"]
    return {name: stage["median"] for name, stage in stages.items()}


def headless_ratios(runs: Sequence[Stages], bench_ms: Mapping[str, float]) -> dict[str, float]:
    """How many times the bench's own milliseconds the mean of the runs takes, by stage and for all in sum.

    Runs before and after the bench have a mean that belongs to its time, on a machine whose load changes.
    """
    names = [name for name in bench_ms if all(name in run for run in runs)]
    means = {name: statistics.fmean(run[name] for run in runs) for name in names}
    ratios = {name: means[name] / bench_ms[name] for name in names if bench_ms[name] > 0}
    return {**ratios, WHOLE: sum(means.values()) / sum(bench_ms[name] for name in names)}
