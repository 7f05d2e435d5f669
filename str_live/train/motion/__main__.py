"""`python -m str_live.train.motion --motion DIR --out FILE.npz`: retarget the motion once, print a table."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from str_live.files import FREE_BODY as DEFAULT_BODY
from str_live.train.motion import MotionClip, load_rest_joints, usable_pieces, whole_clips, write_motion_cache
from str_live.train.motion.quality import HYPEREXTENDED_DEG, knee_flexion_deg
from str_live.train.motion.retarget import impossible, jumps

DEFAULT_MOTION = Path("../shared/data/motion")


def main() -> None:
    """Read, retarget, cut, write and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--motion", type=Path, default=DEFAULT_MOTION, help="folder of the motion files")
    parser.add_argument("--out", type=Path, required=True, help="cache to write (.npz)")
    parser.add_argument(
        "--body", type=Path, default=DEFAULT_BODY, help="SMPL-format npz to fit the motion to"
    )
    arguments = parser.parse_args()

    started = time.perf_counter()
    rest_joints = load_rest_joints(arguments.body)
    whole = list(whole_clips(arguments.motion, rest_joints))
    if not whole:
        raise SystemExit(f"{arguments.motion} holds no motion file that a reader knows")
    pieces = [piece for clip in whole for piece in usable_pieces(clip)]
    write_motion_cache(arguments.out, pieces, rest_joints)
    print_table(whole, pieces, rest_joints)
    print(f"{arguments.out} written, {time.perf_counter() - started:.1f} s")


def print_table(whole: list[MotionClip], pieces: list[MotionClip], rest_joints: np.ndarray) -> None:
    """Print files, clips, minutes, cuts and hyperextended knees per source."""
    print("source      files clips minutes jumps impossible  knees beyond")
    print(f"                                       frames       {HYPEREXTENDED_DEG:.0f} deg")
    for source in [*dict.fromkeys(clip.source for clip in whole), "all"]:
        files = [clip for clip in whole if source in (clip.source, "all")]
        kept = [clip for clip in pieces if source in (clip.source, "all")]
        minutes = sum(len(clip) / clip.fps for clip in kept) / 60
        cuts = sum(len(jumps(clip.rotmat)) for clip in files)
        bad = sum(int(impossible(clip.rotmat).sum()) for clip in files)
        knees = [knee_flexion_deg(clip.rotmat, rest_joints) < HYPEREXTENDED_DEG for clip in kept]
        share = 100 * float(np.mean(np.concatenate(knees))) if knees else 0.0
        print(f"{source:11} {len(files):5} {len(kept):5} {minutes:7.2f} {cuts:5} {bad:10} {share:13.3f} %")


if __name__ == "__main__":
    main()
