"""`python -m str_live.evaluate.damage`: what bad light, blur and occlusion do to the app's observations.

Runs the app's detector over three clips as they are and damaged in each way, and takes the errors of its 21
points apart: against the undamaged observation, and on the built-in clip against the truth. Beside them
stands what the simulation of each condition reports, whose numbers are fitted to these. Lengths in half sides
of the points' box, memory from frame to frame; share of frames, and length of runs in frames.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from str_live.datasets.simulated.conditions import CONDITIONS
from str_live.evaluate.damage import CONDITION_DAMAGES, DAMAGES
from str_live.evaluate.damage.errors import Errors, Run, Track, track_errors
from str_live.evaluate.damage.fit import expected_errors
from str_live.evaluate.damage.simulated import simulated_tracks
from str_live.evaluate.damage.tracks import (
    BUILT_IN,
    Clip,
    damaged_landmarks,
    landmarks,
    measured_clips,
    pictures,
    points_of,
    true_points,
)
from str_live.interruption import interruptible
from str_live.process import prepare_to_run
from str_live.untrusted.arrays import read_array

logger = logging.getLogger(__name__)

TEMPORAL_RATE = 30
SIMULATED = 20
"""Simulated observations of the built-in clip's motion."""
COLUMNS = ("median", "90 %", "bias", "slow", "memory", "white", "unsteady", "outlier", "size", "limb",
           "swapped", "lost")  # fmt: skip

Observations = dict[tuple[str, str, int], np.ndarray]
"""Clip, damage ('' for none) and seed -> (T, 21, 2) pixels."""


def main(argv: list[str] | None = None) -> None:
    """Measure, print, write."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        clips = measured_clips(arguments.clips)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    observations = observe_clips(clips, arguments.damage, arguments.seeds, arguments.landmarks)
    tables = measured_tables(observations, clips)
    for title, rows in tables.items():
        print(f"{title}\n{as_table(rows)}\n")
    if arguments.out:
        content = {title: {name: asdict(row) for name, row in rows.items()} for title, rows in tables.items()}
        arguments.out.write_text(json.dumps(content, indent=1), encoding="utf-8")


def measured_tables(observations: Observations, clips: list[Clip]) -> dict[str, dict[str, Errors]]:
    """Title -> rows by name."""
    real = against_undamaged(observations, [clip for clip in clips if clip.name != BUILT_IN])
    built_in = against_undamaged(observations, [clip for clip in clips if clip.name == BUILT_IN])
    simulation = simulated()
    targets = {}
    for condition, damages in CONDITION_DAMAGES.items():
        parts = [rows[damage] for rows in (real, built_in) for damage in damages if damage in rows]
        if len(parts) == 2 * len(damages):  # not where some were left out
            targets[condition] = expected_errors(simulation["normal"], parts)
    return {
        "Against the undamaged observation, real clips": real,
        "Against the undamaged observation, built-in clip": built_in,
        "Against the truth, built-in clip": against_truth(observations),
        "Wanted of the simulation, against the truth": targets,
        "Simulated, against the truth": simulation,
    }


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--clips", type=Path, default=Path("../shared/data/clips"), help="folder of the real clips")
    add("--damage", nargs="+", choices=DAMAGES, default=list(DAMAGES), help="default: all")
    add("--seeds", type=int, default=2, help="how often each clip is damaged anew")
    add("--landmarks", type=Path, help="folder to keep the detector's landmarks in, and to take them from")
    add("--out", type=Path, help="write the figures as JSON")
    return parser


def observe_clips(clips: list[Clip], damages: list[str], seeds: int, folder: Path | None) -> Observations:
    """All clips, undamaged and with every damage and seed; each clip is damaged by other random numbers."""
    found: Observations = {}
    for number, clip in enumerate(clips):
        own = kept(folder, clip.name, partial(landmarks, pictures(clip), clip.rate))
        found[clip.name, "", 0] = points_of(own)
        for name, seed in product(damages, range(seeds)):
            measure = partial(damaged_landmarks, clip, DAMAGES[name], 100 * number + seed, own)
            found[clip.name, name, seed] = points_of(kept(folder, f"{clip.name}_{name}_{seed}", measure))
    return found


def kept(folder: Path | None, name: str, measure: Callable[[], np.ndarray]) -> np.ndarray:
    """What is measured, or was in an earlier run with the same folder."""
    path = None if folder is None else folder / f"{name}.npy"
    if path is not None and path.exists():
        return read_array(path)
    logger.info("%s", name)
    result = measure()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, result)
    return result


def against_undamaged(observations: Observations, clips: list[Clip]) -> dict[str, Errors]:
    """Damage -> errors relative to what is seen of the same picture undamaged."""
    tracks: dict[str, list[Track]] = {}
    rates = {clip.name: clip.rate for clip in clips}
    for (clip, damage, _), points in observations.items():
        if damage and clip in rates:
            track = Track(points, observations[clip, "", 0], temporal=rates[clip] == TEMPORAL_RATE)
            tracks.setdefault(damage, []).append(track)
    return {damage: track_errors(found) for damage, found in tracks.items()}


def against_truth(observations: Observations) -> dict[str, Errors]:
    """Damage -> errors on the built-in clip, with those of normal light first."""
    true = true_points().pixels
    tracks: dict[str, list[Track]] = {}
    for (clip, damage, _), points in observations.items():
        if clip == BUILT_IN:
            tracks.setdefault(damage or "undamaged", []).append(Track(points, true))
    return {damage: track_errors(found) for damage, found in tracks.items()}


def simulated() -> dict[str, Errors]:
    """Condition -> errors of its simulation."""
    points = true_points().points_cam
    return {
        name: track_errors(simulated_tracks(config, points, SIMULATED, seed=0))
        for name, config in CONDITIONS.items()
    }


def as_table(rows: dict[str, Errors]) -> str:
    """A line for each row, in Markdown."""
    lines = [f"| | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {name.replace('_', ' ')} | {' | '.join(_cells(row))} |" for name, row in rows.items()]
    return "\n".join(lines)


def _cells(row: Errors) -> list[str]:
    lengths = (row.median, row.percentile_90, row.bias, row.slow, row.memory, row.white, row.unsteady)
    cells = [*map(_number, lengths), _run(row.outlier), _number(row.outlier_size)]
    return [*cells, _run(row.limb), _run(row.swapped), _run(row.lost)]


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _run(run: Run) -> str:
    """Share in percent, and the mean length of a run."""
    if run.share == 0:
        return "0"
    length = "" if math.isnan(run.frames) else f" × {run.frames:.1f}"
    return f"{100 * run.share:.1f} %{length}"


if __name__ == "__main__":
    prepare_to_run()
    with interruptible("start it again"):
        main()
