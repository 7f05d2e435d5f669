"""What the floor options do to recordings. usage: PYTHONPATH=. python floor_figures.py take.npz ...

Prints for none, level and lock how fast the stance toe slides (median and 90th percentile) and how far apart
the lower toe's heights lie (5th to 95th percentile), and by how much the take was turned.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from str_live.body.skinning import load_body
from str_live.export import Take, TakeOptions, make_take
from str_live.export.contract import FLOORS
from str_live.export.floor import TOES
from str_live.record.read import load_recording


def stance_speed(take: Take) -> np.ndarray:
    """(N-1,) metres a second along the floor of the toe that is the lower one."""
    toes = take.joints()[:, TOES]
    lower = toes[..., 1].argmin(axis=1)[1:]
    steps = np.diff(toes[..., (0, 2)], axis=0)[np.arange(take.frames - 1), lower]
    return np.linalg.norm(steps, axis=1) * take.fps


def spread(take: Take) -> float:
    """Metres between the 5th and the 95th percentile of the lower toe's height."""
    heights = take.joints()[:, TOES, 1].min(axis=1)
    return float(np.diff(np.percentile(heights, [5, 95]))[0])


def turned_degrees(take: Take, raw: Take) -> float:
    """By how much the whole take was turned."""
    turn = take.world_rotations()[0, 0] @ raw.world_rotations()[0, 0].T
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))


def main() -> None:
    body = load_body()
    print("| recording | floor | stance toe, m/s | lower toe's spread, cm | turned |\n|---|---|---|---|---|")
    for path in map(Path, sys.argv[1:]):
        recording = load_recording(path)
        takes = {
            floor: make_take(recording, body, TakeOptions(floor=floor), name=path.stem) for floor in FLOORS
        }
        for floor, take in takes.items():
            median, high = np.percentile(stance_speed(take), [50, 90])
            turned = turned_degrees(take, takes["none"])
            print(
                f"| {path.stem}, {take.fps:g} frames/s | {floor} | {median:.2f} / {high:.2f} "
                f"| {100 * spread(take):.1f} | {turned:.0f}° |"
            )


if __name__ == "__main__":
    main()
