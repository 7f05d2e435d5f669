"""What the names of recordings say."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.datasets.motion.catalogue import FIRST_ONLY, RULES, Take, remaining, take_of
from str_live.datasets.motion.clip import MotionClip


def clip(source: str, name: str) -> MotionClip:
    return MotionClip(name, source, "", np.zeros((1, 24, 3, 3), np.float32), np.zeros((1, 3), np.float32))


@pytest.mark.parametrize(
    ("source", "name", "take"),
    [
        (
            "uiprmd_50fps",
            "m03_s07_e02_inc#2",
            Take("exercises", "uiprmd s07", "uiprmd_50fps m03_s07_e02_inc"),
        ),
        ("snu_basketball", "s_006_1_4", Take("sport", "", "snu_basketball s_006_1")),
        ("snu_tiling", "multi_mmk_box_4", Take("fighting", "snu mmk", "snu_tiling box_4")),
        ("cmu_dance_martial_60fps", "salsa_22", Take("dance", "cmu 61", "salsa 7")),
        ("cmu_dance_martial_60fps", "salsa_07", Take("dance", "cmu 60", "salsa 7")),
        ("cmu_dance_martial_60fps", "indian_08", Take("dance", "cmu 94", "cmu 94 8")),
        ("cmu_30fps", "94_11_1", Take("dance", "cmu 94", "cmu 94 11")),
        ("cmu_bvh", "002_06", Take("acting", "cmu 2", "cmu 2 6")),
        ("cmu_amc_60fps", "02_06", Take("acting", "cmu 2", "cmu 2 6")),
        (
            "snu_tiling",
            "2_itonic3_wd2_walktocrawl_1",
            Take("floor", "", "snu_tiling 2_itonic3_wd2_walktocrawl_1"),
        ),
        ("deepmimic", "stealthy_walk0", Take("walking", "", "deepmimic stealthy_walk0")),
    ],
)
def test_a_name_tells_kind_person_and_scene(source, name, take):
    assert take_of(clip(source, name)) == take


def test_a_walk_under_two_spellings_is_one_scene():
    first, second = (
        take_of(clip("snu_woody", f"lastmotion_{w}_walk_slow_stright")) for w in ("woody2", "woddy2")
    )
    assert first.scene == second.scene


@pytest.mark.parametrize(("source", "name"), [("nobody", "walk"), ("deepmimic", "swim"), ("cmu_bvh", "mine")])
def test_an_unknown_recording_is_of_no_known_kind(source, name):
    assert take_of(clip(source, name)) == Take("other", "", f"{source} {name}")


@pytest.mark.shared_data
@pytest.mark.slow
def test_every_recording_of_the_free_motion_is_known(recordings):
    assert [clip.name for clip in recordings if take_of(clip).kind == "other"] == []


def test_sources_are_left_out_by_name_and_by_group():
    assert remaining(FIRST_ONLY) == ["cmu_expmap", "cmu_bvh", "deepmimic"]
    assert remaining(["none"]) == list(RULES)
    assert not any(source.startswith("snu_") for source in remaining(["snu", "deepmimic"]))
    assert "deepmimic" not in remaining(["snu", "deepmimic"])
