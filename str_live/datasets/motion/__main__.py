"""`python -m str_live.datasets.motion --motion DIR --out FILE.npz`: retarget motion once, print a table."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from str_live.datasets.motion import (
    MotionClip,
    load_rest_joints,
    usable_pieces,
    whole_clips,
    write_motion_cache,
)
from str_live.datasets.motion.catalogue import KINDS, take_of
from str_live.datasets.motion.quality import HYPEREXTENDED_DEG, knee_flexion_deg
from str_live.datasets.motion.retarget import impossible, jumps
from str_live.datasets.motion.split import SPLITS, split_of
from str_live.files import FREE_BODY as DEFAULT_BODY
from str_live.interruption import interruptible

DEFAULT_MOTION = Path("../shared/data/motion")


def main() -> None:
    """Read, retarget, cut, write and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--motion", type=Path, default=DEFAULT_MOTION, help="folder of the motion files")
    parser.add_argument("--out", type=Path, required=True, help="cache to write (.npz)")
    parser.add_argument(
        "--body", type=Path, default=DEFAULT_BODY, help="SMPL-format npz to fit the motion to"
    )
    parser.add_argument(
        "--motion-without", default="none", metavar="SOURCES", help="sources to leave out, comma-separated"
    )
    arguments = parser.parse_args()

    started = time.perf_counter()
    rest_joints = load_rest_joints(arguments.body)
    try:
        whole = list(whole_clips(arguments.motion, rest_joints, arguments.motion_without.split(",")))
    except (ValueError, NotADirectoryError) as error:
        raise SystemExit(str(error)) from error
    if not whole:
        raise SystemExit(f"{arguments.motion} holds no motion file that a reader knows")
    pieces = [piece for clip in whole for piece in usable_pieces(clip)]
    write_motion_cache(arguments.out, pieces, rest_joints)
    print_table(whole, pieces, rest_joints)
    print_kinds(pieces)
    print(f"{arguments.out} written, {time.perf_counter() - started:.1f} s")


def print_table(whole: list[MotionClip], pieces: list[MotionClip], rest_joints: np.ndarray) -> None:
    """Print files, clips, minutes, cuts and hyperextended knees per source."""
    print("source                   files clips minutes jumps impossible  knees beyond")
    print(f"                                                    frames       {HYPEREXTENDED_DEG:.0f} deg")
    for source in [*dict.fromkeys(clip.source for clip in whole), "all"]:
        files = [clip for clip in whole if source in (clip.source, "all")]
        kept = [clip for clip in pieces if source in (clip.source, "all")]
        total = sum(len(clip) / clip.fps for clip in kept) / 60
        cuts = sum(len(jumps(clip.rotmat)) for clip in files)
        bad = sum(int(impossible(clip.rotmat).sum()) for clip in files)
        knees = [knee_flexion_deg(clip.rotmat, rest_joints) < HYPEREXTENDED_DEG for clip in kept]
        share = 100 * float(np.mean(np.concatenate(knees))) if knees else 0.0
        print(f"{source:24} {len(files):5} {len(kept):5} {total:7.2f} {cuts:5} {bad:10} {share:13.3f} %")


def print_kinds(pieces: list[MotionClip]) -> None:
    """Print the minutes of each kind in each split."""
    minutes: dict[tuple[str, str], float] = defaultdict(float)
    for piece in pieces:
        minutes[take_of(piece).kind, split_of(piece)] += len(piece) / piece.fps / 60
    print(f"\nkind      {' '.join(f'{split:>10}' for split in SPLITS)} minutes")
    for kind in KINDS:
        print(f"{kind:10}{' '.join(f'{minutes[kind, split]:10.1f}' for split in SPLITS)}")


if __name__ == "__main__":
    with interruptible("start it again"):
        main()
