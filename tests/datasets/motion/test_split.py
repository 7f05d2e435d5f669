"""The split of the free motion: whole takes, each in one part, and no copy of a held-out one in training."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

import numpy as np
import pytest

from str_live.datasets.motion import MotionClip
from str_live.datasets.motion.catalogue import FIRST, KINDS, RULES, take_name, take_of
from str_live.datasets.motion.split import SPLITS, TEST, VALIDATION, clips_of, split_of
from str_live.skeleton import JOINT

COMPARED = [
    JOINT[name]
    for side in ("left", "right")
    for name in (f"{side}_hip", f"{side}_knee", f"{side}_shoulder", f"{side}_elbow")
] + [JOINT[name] for name in ("spine1", "spine2", "spine3")]
SECOND = 20
"""Frames: the shortest piece of a recording."""
SAMPLED = np.array((0, 5, 10, 14, 19))
SAME_TAKE_RAD = 0.036
"""One take in two of CMU's formats differs by up to 0.035; two takes of one walker by 0.038 and more."""
KNOWN_COPIES = {
    "002_01": "train/walking/walking_1",
    "005_01": "train/walking/walking_2",
    "006_02": "train/basketball/basketball_1",
    "007_01": "train/walking/walking_4",
}
"""Takes that both sources of CMU's motion hold."""


def named(name: str, source: str) -> MotionClip:
    return MotionClip(name, source, "", np.zeros((1, 24, 3, 3), np.float32), np.zeros((1, 3), np.float32))


def features(clips: Iterable[MotionClip]) -> np.ndarray:
    """(sum N, 11 * 9) the rotations of the compared joints."""
    return np.concatenate([clip.rotmat[:, COMPARED].reshape(len(clip), -1) for clip in clips])


def liveliest_seconds(clips: Iterable[MotionClip]) -> list[tuple[MotionClip, int]]:
    """Of each take the second in which most moves, as clip and first frame."""
    best: dict[tuple[str, str], tuple[float, MotionClip, int]] = {}
    for clip in clips:
        change = np.abs(np.diff(features([clip]), axis=0)).sum(1)
        second = np.convolve(change, np.ones(SECOND - 1), "valid")
        first = int(second.argmax())
        take = clip.source, take_name(clip)
        if take not in best or second[first] > best[take][0]:
            best[take] = float(second[first]), clip, first
    return [(clip, first) for _, clip, first in best.values()]


def distances_rad(seconds: list[tuple[MotionClip, int]], learnt: list[MotionClip]) -> np.ndarray:
    """(Q,) root mean square turn between joints in these seconds and in the nearest second of `learnt`."""
    frames = [features([clip])[first + SAMPLED] for clip, first in seconds]
    wanted = np.stack(frames).transpose(1, 2, 0)  # (samples, features, Q)
    nearest = np.full(len(seconds), -np.inf)
    for clip in learnt:
        places = len(clip) - SAMPLED[-1]
        own = features([clip])
        agree = sum(own[k : k + places] @ want for k, want in zip(SAMPLED, wanted, strict=True))
        nearest = np.maximum(nearest, np.max(agree, axis=0))
    return np.sqrt(np.clip(3 - nearest / (len(SAMPLED) * len(COMPARED)), 0, None))


@pytest.mark.parametrize("split", ["test", "validation"])
def test_pieces_share_the_split_of_their_take(split):
    takes = {"test": "kick", "validation": "punch"}
    assert (
        split_of(named(f"{takes[split]}#2", "deepmimic"))
        == split_of(named(takes[split], "deepmimic"))
        == split
    )


def test_only_a_whole_name_is_held_out():
    assert split_of(named("B_boy_2_thomas", "snu_bboy")) == "test"
    assert split_of(named("B_boy_2_thomas_1", "snu_bboy")) == "train"
    assert split_of(named("m01_s03_e01_inc", "uiprmd_50fps")) == "test"


def test_a_name_is_held_out_in_its_own_source_only():
    assert split_of(named("walk", "deepmimic")) == "train"
    assert split_of(named("kick", "deepmimic")) == "test"
    assert split_of(named("kick", "cmu_bvh")) == "train"


@pytest.mark.shared_data
@pytest.mark.slow
def test_every_held_out_take_exists_and_nobody_in_its_scene_is_in_another_split(recordings):
    found: dict[str, set[str]] = {}
    for clip in recordings:
        found.setdefault(take_of(clip).scene, set()).add(split_of(clip))
    assert [scene for scene, splits in found.items() if len(splits) > 1] == []
    names = {source: {take_name(clip) for clip in recordings if clip.source == source} for source in RULES}
    for source, pattern in ((s, p) for held in (TEST, VALIDATION) for s, ps in held.items() for p in ps):
        assert any(re.fullmatch(pattern, name) for name in names[source]), (source, pattern)


@pytest.mark.shared_data
@pytest.mark.slow
def test_every_kind_is_held_out_and_the_physiotherapy_by_person(recordings):
    people: dict[str, set[str]] = {}
    for clip in recordings:
        if clip.source == "uiprmd_50fps":
            people.setdefault(take_of(clip).person, set()).add(split_of(clip))
    assert len(people) == 10
    assert all(len(splits) == 1 for splits in people.values())
    held = {(take_of(clip).kind, split_of(clip)) for clip in recordings}
    assert held == set(product(KINDS[:-1], SPLITS))  # the last is what nobody knows


@pytest.mark.shared_data
@pytest.mark.slow
def test_the_known_copies_are_found(free_motion):
    clips = {clip.name: clip for clip in free_motion if clip.source in FIRST}
    for name, copy in KNOWN_COPIES.items():
        assert distances_rad(liveliest_seconds([clips[name]]), [clips[copy]])[0] < SAME_TAKE_RAD
        others = [clips[other] for other in KNOWN_COPIES.values() if other != copy]
        assert distances_rad(liveliest_seconds([clips[name]]), others)[0] > SAME_TAKE_RAD


@pytest.mark.shared_data
@pytest.mark.slow
def test_no_held_out_take_is_learnt_from_under_another_name(free_motion):
    learnt = clips_of(free_motion, "train")
    seconds = liveliest_seconds(clip for clip in free_motion if split_of(clip) != "train")
    for (clip, _), distance in zip(seconds, distances_rad(seconds, learnt), strict=True):
        assert distance > SAME_TAKE_RAD, f"{clip.source} {clip.name}"
