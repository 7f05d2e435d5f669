"""The split of the free motion: whole takes, each in one part, and no copy of a held-out one in training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from str_live.skeleton import JOINT
from str_live.train.motion import MotionClip, load_motion
from str_live.train.motion.split import TEST, VALIDATION, clips_of, split_of, take_of

SHARED_MOTION = Path(__file__).parents[4] / "shared" / "data" / "motion"
COMPARED = [
    JOINT[name]
    for side in ("left", "right")
    for name in (f"{side}_hip", f"{side}_knee", f"{side}_shoulder", f"{side}_elbow")
] + [JOINT[name] for name in ("spine1", "spine2", "spine3")]
SAMPLES = 14
SAME_TAKE_RAD = 0.035
"""One take in both of CMU's formats differs by up to 0.027; two takes of one walker by 0.042 and more."""
KNOWN_COPIES = {
    "002_01": "train/walking/walking_1",
    "005_01": "train/walking/walking_2",
    "006_02": "train/basketball/basketball_1",
    "007_01": "train/walking/walking_4",
}
"""Takes that both sources of CMU's motion hold."""


def named(name: str, source: str) -> MotionClip:
    return MotionClip(name, source, "", np.zeros((1, 24, 3, 3), np.float32), np.zeros((1, 3), np.float32))


def distance_rad(first: MotionClip, second: MotionClip) -> float:
    """Mean turn between the joints of the shorter clip and of the longer one where they agree best."""
    short, long = sorted((first.rotmat[:, COMPARED], second.rotmat[:, COMPARED]), key=len)
    chosen = np.linspace(0, len(short) - 1, SAMPLES).round().astype(int)
    shifts = len(long) - len(short) + 1
    total = np.zeros(shifts, np.float32)
    for frame in chosen:
        traces = np.einsum("njab,jab->nj", long[frame : frame + shifts], short[frame])
        total += np.sqrt(np.clip(3 - traces, 0, None)).mean(1)  # the angle, where it is small
    return float(total.min()) / SAMPLES


@pytest.fixture(scope="module")
def motion() -> list[MotionClip]:
    if not SHARED_MOTION.is_dir():
        pytest.skip(f"{SHARED_MOTION} is absent")
    return load_motion(SHARED_MOTION)


def test_no_take_is_in_two_splits():
    for source in TEST.keys() | VALIDATION.keys():
        test, validation = TEST.get(source, ()), VALIDATION.get(source, ())
        assert len({*test, *validation}) == len(test) + len(validation)


@pytest.mark.parametrize("held", [TEST, VALIDATION])
def test_pieces_share_the_split_of_their_take(held):
    for source, takes in held.items():
        for take in takes:
            assert split_of(named(f"{take}#2", source)) == split_of(named(take, source)) != "train"


def test_a_name_is_held_out_in_its_own_source_only():
    assert split_of(named("walk", "deepmimic")) == "train"
    assert split_of(named("kick", "deepmimic")) == "test"
    assert split_of(named("kick", "cmu_bvh")) == "train"


@pytest.mark.shared_data
def test_every_clip_is_in_one_split_and_every_held_out_take_exists(motion):
    splits = {split: clips_of(motion, split) for split in ("train", "validation", "test")}
    assert sum(map(len, splits.values())) == len(motion)
    for split, held in (("test", TEST), ("validation", VALIDATION)):
        found = {(clip.source, take_of(clip)) for clip in splits[split]}
        assert found == {(source, take) for source, takes in held.items() for take in takes}


@pytest.mark.shared_data
def test_the_known_copies_are_told_from_other_takes(motion):
    clips = {clip.name: clip for clip in motion}
    for name, copy in KNOWN_COPIES.items():
        assert distance_rad(clips[name], clips[copy]) < SAME_TAKE_RAD
        others = [other for other in KNOWN_COPIES.values() if other != copy]
        assert min(distance_rad(clips[name], clips[other]) for other in others) > SAME_TAKE_RAD


@pytest.mark.shared_data
def test_no_held_out_take_is_learnt_from_under_another_name(motion):
    learnt = clips_of(motion, "train")
    for held in (clip for clip in motion if split_of(clip) != "train"):
        nearest = min(learnt, key=lambda clip: distance_rad(held, clip))
        assert distance_rad(held, nearest) > SAME_TAKE_RAD, f"{held.name} is {nearest.name}"
