"""Ways of tracking: what they show in each frame, and lost persons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.evaluate.clips.tracks import (
    RememberedFeatures,
    engine_track,
    guarded_track,
    held,
    silhouette,
)
from str_live.geometry import CROP_SIZE
from str_live.live.engine import Engine
from str_live.messages import Box, Crop, Observation
from str_live.person.left_right import SWAPPED_INDEX
from str_live.settings import Settings
from str_live.skeleton import LIMB_LANDMARKS
from str_live.weights.load import Parts
from tests.evaluate.clips.made_up import LandmarkBody, noisy_frames, sights, walk
from tests.live.engine_fakes import FakeRunner, FakeTracker, make_person


def test_a_silhouette_covers_the_pixels_of_a_solid_seen_from_any_side():
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))])
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    pixels = ((corners - 0.5) @ rotation)[:, :2] * 40 + [50, 40]
    mask = silhouette(pixels, faces, (100, 80))
    assert mask.shape == (80, 100)
    inside = np.zeros((80, 100), bool)
    for a, b, c in pixels[faces]:
        inside |= in_triangle(a, b, c)
    assert (mask ^ inside).sum() < 0.06 * inside.sum()  # pixels on the edge
    flipped = silhouette(pixels, faces[:, ::-1], (100, 80))
    assert (mask ^ flipped).sum() < 0.03 * inside.sum()


def in_triangle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """(80, 100) bool, pixel by pixel."""
    rows, columns = np.mgrid[:80, :100]
    sides = [
        (end[0] - start[0]) * (rows - start[1]) - (end[1] - start[1]) * (columns - start[0])
        for start, end in ((a, b), (b, c), (c, a))
    ]
    return (np.stack(sides) >= 0).all(0) | (np.stack(sides) <= 0).all(0)


def test_a_lost_person_stands_as_last_seen_but_not_into_the_next_film():
    one, two = sights(walk(0, 2))
    shown = held([None, one, None, None, two, None], noisy_frames(6, films=2))
    assert shown == [None, one, one, None, two, two]


def test_the_engine_loses_a_person_and_shows_the_last_body():
    parts = Parts(FakeRunner(), LandmarkBody())
    engine = Engine(replace(Settings(), lookahead=2), parts, tracker=FakeTracker(nobody={0, 5, 6}))
    track = engine_track("fake", engine, noisy_frames(10), masks=True)
    assert np.flatnonzero(~track.found).tolist() == [0, 5, 6]
    assert track.sights[0] is None
    held_joints = [track.sights[index].joints for index in (4, 5, 6)]
    assert (held_joints[0] == held_joints[1]).all()
    assert (held_joints[0] == held_joints[2]).all()
    assert (held_joints[2] != track.sights[7].joints).any()
    # Landmarks at -1 m and +1 m, seen with s = 0.9 in a square of 40 pixels, less a little perspective
    points = track.sights[1].points_px
    assert points[-1] - points[0] == pytest.approx(0.9 * 20 * 2 * 17 / 32 * np.ones(2), abs=0.3)
    assert track.sights[1].mask.shape == (48, 64)


def test_the_guarded_landmarks_have_their_sides_put_right_and_stand_still_where_nobody_is_found():
    points = np.random.default_rng(0).normal(size=(33, 3)).astype(np.float32)
    right = replace(make_person(0), landmarks_px=100 * points[:, :2], world_landmarks=points)
    wrong = replace(
        right, landmarks_px=100 * points[SWAPPED_INDEX, :2], world_landmarks=points[SWAPPED_INDEX]
    )
    track = guarded_track(noisy_frames(4), [right, wrong, None, right])
    assert track.found.tolist() == [True, True, False, True]
    for sight in track.sights:
        assert (sight.joints == points[LIMB_LANDMARKS]).all()


def test_each_picture_is_shown_to_the_model_once():
    class Counting(FakeRunner):
        calls = 0

        def observe(self, observations):
            self.calls += len(observations)
            return super().observe(observations)

    model = Counting()
    remembered = RememberedFeatures(model)
    crop = Crop(np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8), Box(32, 24, 40))
    for number in (1, 2, 1, 1):
        assert remembered.observe([Observation(make_person(number), crop)]) == [number]
    assert model.calls == 2
    assert remembered.info.front_end == "landmarks"
