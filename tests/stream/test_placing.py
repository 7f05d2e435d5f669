"""Bodies as they come stand upright on a floor, keep their bones' lengths and start over the origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.export.making import WORLD_FROM_CAMERA
from str_live.skeleton import JOINT, PARENTS
from str_live.stream.placing import TOES, PeoplePlacing, Placing
from tests.stream.results import BODY, make_results, with_others, without_person


def bone_lengths(joints: np.ndarray) -> np.ndarray:
    return np.linalg.norm(joints[1:] - joints[list(PARENTS[1:])], axis=1)


def test_joints_stand_to_each_other_as_in_the_camera_s_frame_turned_upright():
    for result in make_results(5):
        body = Placing(BODY).place(result)
        camera = result.bodies[0].joints_cam.astype(np.float64) @ WORLD_FROM_CAMERA.T
        np.testing.assert_allclose(body.joints - body.joints[0], camera - camera[0], atol=1e-5)
        np.testing.assert_allclose(body.joints[0], body.pelvis, atol=1e-9)


def test_a_raised_left_arm_is_on_the_side_of_positive_x_of_who_faces_the_viewer():
    body = Placing(BODY).place(make_results(1)[0])
    left, right = body.joints[JOINT["left_wrist"]], body.joints[JOINT["right_wrist"]]
    assert left[1] > right[1]
    assert body.rest[JOINT["left_wrist"], 0] > body.rest[JOINT["right_wrist"], 0]


def test_the_person_starts_over_the_origin_with_the_sole_on_the_floor():
    body = Placing(BODY).place(make_results(1)[0])
    np.testing.assert_allclose(body.pelvis[[0, 2]], 0, atol=1e-9)
    soles = body.joints[TOES, 1] - body.rest[TOES, 1]
    assert soles.min() == pytest.approx(0, abs=1e-9)


def test_few_soles_of_ten_seconds_are_below_the_floor_though_the_way_goes_up_and_down():
    placing = Placing(BODY)
    heights = []
    for result in make_results(200):
        body = placing.place(result)
        heights.append((body.joints[TOES, 1] - body.rest[TOES, 1]).min())
    settled = np.array(heights[100:])
    assert np.mean(settled < -0.02) < 0.15
    assert np.percentile(settled, 5) == pytest.approx(0, abs=0.05)


def test_bones_keep_their_lengths_and_the_same_rest_array():
    placing = Placing(BODY)
    bodies = [placing.place(result) for result in make_results(10)]
    for body in bodies:
        np.testing.assert_allclose(bone_lengths(body.joints), bone_lengths(body.rest), atol=1e-9)
        assert body.rest is bodies[0].rest


def test_jitter_in_depth_is_filtered():
    still = make_results(1)[0]
    rng = np.random.default_rng(0)
    noise = 1 + 0.02 * rng.normal(size=100)
    placing, depths = Placing(BODY), []
    for number, factor in enumerate(noise):
        pose = still.bodies[0]
        moved = replace(pose, joints_cam=(pose.joints_cam * factor).astype(np.float32))
        frame = replace(still.frame, time_s=number / 30)
        body = placing.place(replace(still, frame=frame, bodies=(moved,)))
        depths.append(body.pelvis[2])
    raw = still.bodies[0].joints_cam[0, 2] * noise
    assert np.std(np.diff(depths)) < 0.2 * np.std(np.diff(raw))


def test_who_is_lost_is_held_and_another_epoch_starts_anew():
    placing, results = Placing(BODY), make_results(4)
    first = placing.place(results[0])
    assert first.person
    assert not placing.place(without_person(results[1])).person
    later = replace(results[3], frame=replace(results[3].frame, epoch=2))
    np.testing.assert_allclose(placing.place(later).pelvis[[0, 2]], 0, atol=1e-9)


def test_everybody_stands_on_one_floor_at_their_places_relative_to_each_other():
    (result,) = make_results(1)
    own, others = PeoplePlacing(BODY).place(with_others(result, 4, 7))
    assert [one.number for one in (own, *others)] == [1, 4, 7]
    for step, one in enumerate(others, start=1):
        np.testing.assert_allclose(one.joints - own.joints, np.tile([step, 0, 0], (24, 1)), atol=1e-6)


def test_whoever_is_followed_next_keeps_his_place_and_bones():
    placing = PeoplePlacing(BODY)
    first, second = (with_others(result, 4) for result in make_results(2))
    other = placing.place(first)[1][0]
    followed = placing.place(replace(second.of(4), others=()))[0]
    assert followed.number == 4
    assert followed.rest is other.rest


def test_one_person_is_placed_among_several_as_he_is_alone():
    alone, several = Placing(BODY), PeoplePlacing(BODY)
    for result in make_results(4):
        expected, (found, _) = alone.place(result), several.place(with_others(result, 2))
        np.testing.assert_array_equal(found.joints, expected.joints)


def test_before_the_first_person_there_is_nothing():
    assert Placing(BODY).place(replace(make_results(1)[0], bodies=())) is None
