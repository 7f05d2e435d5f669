"""Which recordings are learnt from, and which are kept for the free benchmark's validation and test.

A take is a whole recording: the pieces into which `usable_pieces` cuts it share its split. The two sources of
CMU motion share some takes under other names (subjects 2, 5, 6 and 7); none of those is held out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from str_live.train.motion.clip import MotionClip

Split = Literal["train", "validation", "test"]

TEST = {
    "cmu_expmap": (
        "test/jumping/jumping_1",
        "test/running/running_1",
        "test/soccer/soccer_1",
        "test/washwindow/washwindow_1",
        "test/walking_extra/walking_6",
        "test/walking_extra/walking_14",
        "train/basketball_signal/basketball_signal_5",
        "train/directing_traffic/directing_traffic_4",
    ),
    "cmu_bvh": ("001_08", "002_06", "003_01", "005_18", "006_10"),
    "deepmimic": ("cartwheel", "dance_b", "getup_faceup", "kick", "long_walk3", "spinkick"),
}
VALIDATION = {
    "cmu_expmap": (
        "test/walking_extra/walking_10",
        "train/basketball_signal/basketball_signal_4",
        "train/jumping/jumping_2",
    ),
    "cmu_bvh": ("002_05", "005_20", "006_11"),
    "deepmimic": ("dance_a", "getup_facedown", "punch"),
}


def take_of(clip: MotionClip) -> str:
    """The recording's name, without the number of the piece."""
    return clip.name.partition("#")[0]


def split_of(clip: MotionClip) -> Split:
    """Where a clip belongs; everything not held out is learnt from."""
    take = take_of(clip)
    if take in TEST.get(clip.source, ()):
        return "test"
    return "validation" if take in VALIDATION.get(clip.source, ()) else "train"


def clips_of(clips: Iterable[MotionClip], split: Split) -> list[MotionClip]:
    """Those of one split, in their order."""
    return [clip for clip in clips if split_of(clip) == split]
