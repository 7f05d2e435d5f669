"""Which recordings are learnt from, and which are kept for the free benchmark's validation and test.

A take is a whole recording: the pieces into which `usable_pieces` cuts it share its split, and so do people
who were recorded together, both hands of a copy, and all that a person of UI-PRMD did. The sources of CMU
motion share some takes under other names; where one of those is held out, so are its copies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, get_args

from str_live.datasets.motion.catalogue import take_name
from str_live.datasets.motion.clip import MotionClip

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

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
    "cmu_30fps": ("16_35_1", "69_75_1", "94_11_1"),
    "cmu_amc_60fps": ("01_0[368]", "02_06", "03_01", "49_19"),
    "cmu_dance_martial_60fps": ("indian_08", "martial_06", "salsa_(07|13|22|28)", "10_0[13]"),
    "snu_basketball": ("s_004_.*",),
    "snu_bboy": ("B_boy_2_thomas",),
    "snu_martial_arts": ("s_018_.*",),
    "snu_tennis": ("tennis_KangTennis(N11|F15)",),
    "snu_tiling": (
        "1_chair.*|1_flying_kick.*|1_jump_high.*|1_move_to_high.*|1_pull_push.*|1_walk_clockwise",
        "1_walk_crawl_walk|1s_depressed|2_beat|2_bow|2_get_hit|2_give_coffee|2_handycap|2_jump",
        "2_itonic3_wd2_(slip|wheel|walktocrawl_.)|2_pass_(shoulder|side_ground_to_mid)|2_throw_away|2_walk_side",
        "multi_..._(box_game|dance|hifive)",
    ),
    "snu_woody": (
        "Balancing_wd2_(1_kick|falling_down)|boxman_boxing_boxman_(ducking_dir|stand_dir_hook_left_near)",
        "Physics2_wd2_(Physics_Jump01|Physics_Raise0[13]|PushStep03|Walk(Sukiko|TongTong)\\d\\d)",
        "Samsung_wd2_tt_(freegame_1|cut_strock_1)|VideoMotion_wd2_freeWalk_01|rawmotion_woddy2_low_walk",
        "lastmotion_woddy2_walk_normal_style_3|rawmotion_slope_woddy2_walk_normal_slope_90_right_up",
    ),
    "uiprmd_50fps": ("m.._s0[38]_.*",),
}
VALIDATION = {
    "cmu_expmap": (
        "test/walking_extra/walking_10",
        "train/basketball_signal/basketball_signal_4",
        "train/jumping/jumping_2",
    ),
    "cmu_bvh": ("002_05", "005_20", "006_11"),
    "deepmimic": ("dance_a", "getup_facedown", "punch"),
    "cmu_30fps": ("94_03_1",),
    "cmu_amc_60fps": ("01_10", "02_05", "49_20"),
    "cmu_dance_martial_60fps": ("indian_13", "martial_07", "salsa_(10|25)"),
    "snu_basketball": ("s_003_.*",),
    "snu_bboy": ("B_boy_3_jump",),
    "snu_martial_arts": ("s_019_.*",),
    "snu_tennis": ("tennis_KangTennisN00",),
    "snu_tiling": (
        "1_move_ball|1_open_door|1_walk_counterclockwise|2_pass_ground_to_low|2_spin|2_throw(_1)?|2_walk",
        "2_itonic3_wd2_(ducktowalk.*|.*rabbit.*)|multi_..._(chicken_1|wave)",
    ),
    "snu_woody": (
        "boxman_boxing_boxman_blocking_dir|Physics2_wd2_(Physics_Jump02|Physics_Raise00|PushBack02)",
        "Physics2_wd2_Walk(HandWav|Lean)\\d\\d|Samsung_wd2_tt_(lose|normal_strock_1)",
        "lastmotion_woddy2_walk_normal_style_2|rawmotion_slope_woddy2_walk_normal_slope_90_right_down",
    ),
    "uiprmd_50fps": ("m.._s06_.*",),
}  # patterns of whole names


def split_of(clip: MotionClip) -> Split:
    """Where a clip belongs; everything not held out is learnt from."""
    name = take_name(clip)
    if _named(name, TEST.get(clip.source, ())):
        return "test"
    return "validation" if _named(name, VALIDATION.get(clip.source, ())) else "train"


def clips_of(clips: Iterable[MotionClip], split: Split) -> list[MotionClip]:
    """Those of one split, in their order."""
    return [clip for clip in clips if split_of(clip) == split]


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)
