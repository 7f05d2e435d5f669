"""What is known of each recording: its kind, who moves, and what was recorded with it.

Read from names, which is all that the sources give. A new source is an entry in RULES; a recording that no
rule describes is of the kind "other", so that no draw and no table counts it silently as something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from str_live.datasets.motion.clip import MotionClip

Kind = Literal["walking", "acting", "exercises", "sport", "fighting", "dance", "floor", "other"]
"""Walks and runs; everyday and acted motion; physiotherapy, jumps, balance; ball games; boxing, martial arts,
swords; dance; what is done on or near the floor or off it: falls, crawling, getting up, climbing; and
what no rule describes."""
KINDS: tuple[Kind, ...] = get_args(Kind)

FIRST = ("cmu_expmap", "cmu_bvh", "deepmimic")
"""Sources that are no packs: what the first default weights learnt from."""
GROUPS = {"none": (), "packs": ("",), "snu": ("snu_",)}
"""Names for several packs, by how these begin: none, all, and those whose licence covers their repository as
a whole only."""
FIRST_ONLY = ("packs",)
"""What the delivered weights and the published benchmark leave out."""

RULES: dict[str, tuple[tuple[str, Kind], ...]] = {
    "cmu_expmap": (
        (r".*/(walking|walking_extra|running)/.*", "walking"),
        (r".*/(basketball|soccer)/.*", "sport"),
        (r".*/jumping/.*", "exercises"),
        (r".*/(basketball_signal|directing_traffic|washwindow)/.*", "acting"),
    ),
    "cmu_bvh": (
        (r"001_.*", "floor"),
        (r"002_0[123]|003_.*|007_.*", "walking"),
        (r"002_04", "exercises"),
        (r"002_0[5789]", "fighting"),
        (r"002_(06|10)", "acting"),
        (r"005_.*", "dance"),
        (r"006_.*", "sport"),
    ),
    "deepmimic": (
        (r".*(walk|zombie|jog|run)\d?", "walking"),
        (r"backflip|cartwheel|crawl|getup.*|roll|sideflip", "floor"),
        (r"dance.*", "dance"),
        (r"jump|spin", "exercises"),
        (r"kick|punch|spinkick", "fighting"),
    ),
    "cmu_30fps": ((r"69_75_1", "floor"), (r"(69|16)_.*", "walking"), (r"94_.*", "dance")),
    "cmu_amc_60fps": (
        (r"01_.*", "floor"),
        (r"02_0[123]|03_.*|35_.*", "walking"),
        (r"02_04|49_.*", "exercises"),
        (r"02_0[5789]", "fighting"),
        (r"02_(06|10)", "acting"),
    ),
    "cmu_dance_martial_60fps": (
        (r"(indian|salsa)_.*", "dance"),
        (r"martial_.*", "fighting"),
        (r"1[01]_.*", "sport"),
        (r"14_.*", "acting"),
    ),
    "snu_basketball": ((r".*", "sport"),),
    "snu_bboy": ((r".*", "floor"),),
    "snu_martial_arts": ((r".*", "fighting"),),
    "snu_tennis": ((r".*", "sport"),),
    "snu_tiling": (
        (r".*(crawl|duckto|toduck|hop|huddle|pobok|rabbit|slip|vallet|wheel).*", "floor"),
        (r"(1_run|1_walk_(clock|count|left|right|straight|to)|2_walk|2_itonic3_wd2_.*run).*", "walking"),
        (r"1s_(angry|depressed|happy\d|normal)|2_handycap", "walking"),
        (r"1_(flying_kick|punch|slap).*|2_beat|multi_..._(box|fighter|chicken).*", "fighting"),
        (r"1_jump.*|2_jump|1_walk_jump_walk", "exercises"),
        (r"multi_..._dance", "dance"),
        (r".*", "acting"),
    ),
    "snu_woody": (
        (r".*(falling_down|Raise)\w*", "floor"),
        (r"Balancing_.*|.*Physics_Jump.*", "exercises"),
        (r"boxman_.*", "fighting"),
        (r"Samsung_wd2_tt_.*", "sport"),
        (r"Physics2_wd2_(Physics_2_Push|Push|t-pose).*|Picking_.*|Samsung_wd2_(t_)?pose.*", "acting"),
        (r"VideoMotion_wd2_(idle|lineup).*|round_boxing_.*", "acting"),
        (r"(Physics2_wd2_Walk|Samsung_|VideoMotion_|Walking_|lastmotion_|rawmotion_).*", "walking"),
    ),
    "uiprmd_50fps": ((r".*", "exercises"),),
}  # fmt: skip
"""Source -> patterns of whole names, the first that fits counts."""

CMU_SUBJECTS = {"indian": 94, "martial": 135}
SALSA_COUPLE = (60, 61)
SALSA_TAKES = 15
"""Recordings 1 to 15 are one partner, 16 to 30 the other of the same dances."""


@dataclass(frozen=True, slots=True)
class Take:
    """A whole recording of one person."""

    kind: Kind
    person: str
    """Who it is, the same in all sources; '' where nobody says."""
    scene: str
    """The same for people who were recorded together, and for copies of a recording."""


def take_name(clip: MotionClip) -> str:
    """The recording's name, without the number of the piece."""
    return clip.name.partition("#")[0]


def take_of(clip: MotionClip) -> Take:
    """What is known of a clip's recording."""
    name = take_name(clip)
    return Take(_kind(clip.source, name), _person(clip.source, name), _scene(clip.source, name))


def remaining(left_out: Iterable[str]) -> list[str]:
    """The sources without those that `left_out` names, one by one or by GROUPS.

    Raises ValueError for an unknown name.
    """
    dropped: set[str] = set()
    for name in left_out:
        if name in GROUPS:
            dropped |= {s for s in RULES if s not in FIRST and s.startswith(GROUPS[name])}
        elif name in RULES:
            dropped.add(name)
        else:
            known = ", ".join([*GROUPS, *RULES])
            raise ValueError(f"no source of motion is called {name}: give one of {known}")
    return [source for source in RULES if source not in dropped]


def _kind(source: str, name: str) -> Kind:
    for pattern, kind in RULES.get(source, ()):
        if re.fullmatch(pattern, name):
            return kind
    return "other"


def _person(source: str, name: str) -> str:
    number = _cmu_number(source, name)
    if number:
        return f"cmu {number[0]}"
    if source == "uiprmd_50fps":
        return f"uiprmd {name.split('_')[1]}"
    return f"snu {name[6:9]}" if name.startswith("multi_") else ""


def _scene(source: str, name: str) -> str:
    number = _cmu_number(source, name)
    if number:
        subject, trial = number
        return f"salsa {trial}" if subject in SALSA_COUPLE else f"cmu {subject} {trial}"
    if source in ("snu_basketball", "snu_martial_arts"):
        return f"{source} {name.rpartition('_')[0]}"
    if name.startswith("multi_"):
        return f"{source} {name[10:]}"
    return f"{source} {name.replace('woddy2', 'woody2')}"


def _cmu_number(source: str, name: str) -> tuple[int, int] | None:
    """Subject and trial in CMU's own counting, where the name tells it."""
    parts = re.match(r"([a-z]+|\d+)_(\d+)", name)
    if not source.startswith("cmu_") or parts is None:
        return None
    subject, trial = parts[1], int(parts[2])
    if subject == "salsa":
        second, dance = divmod(trial - 1, SALSA_TAKES)
        return SALSA_COUPLE[second], dance + 1
    if subject in CMU_SUBJECTS:
        return CMU_SUBJECTS[subject], trial
    return (int(subject), trial) if subject.isdigit() else None
