"""The left/right guard: swaps are undone, movement is not mistaken for one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.messages import Box, Person
from str_live.person.left_right import ARMS, LEGS, SHORT_RUN_S, SWAPPED_INDEX, WAY_BACK_S, LeftRightGuard

STEP = 1 / 30


def walking_person(frame: int) -> Person:
    """A body of 200 x 400 pixels whose points sway; visibility and world points number the landmarks."""
    seed = np.random.default_rng(0)
    points = seed.uniform([0, 0], [60, 400], (33, 2))
    points[:, 0] += np.where(np.arange(33) % 2, 140, 0)  # left (odd) on the picture's right
    points += 5 * np.sin(frame * STEP * 6 + np.arange(33))[:, None]
    number = np.arange(33, dtype=np.float32)
    return Person(
        Box(100, 200, 500), points.astype(np.float32), number / 33, np.stack([number] * 3, axis=-1), None
    )


def swapped(person: Person, part: slice = slice(0, 33)) -> Person:
    order = np.arange(33)
    order[part] = SWAPPED_INDEX[part]
    return Person(
        person.box,
        person.landmarks_px[order],
        person.visibility[order],
        person.world_landmarks[order],
        None,
    )


def assert_same(one: Person, other: Person) -> None:
    np.testing.assert_array_equal(one.landmarks_px, other.landmarks_px)
    np.testing.assert_array_equal(one.visibility, other.visibility)
    np.testing.assert_array_equal(one.world_landmarks, other.world_landmarks)


def test_swapped_index_is_its_own_inverse_and_keeps_the_nose() -> None:
    np.testing.assert_array_equal(SWAPPED_INDEX[SWAPPED_INDEX], np.arange(33))
    np.testing.assert_array_equal(np.arange(33) == SWAPPED_INDEX, np.arange(33) == 0)


@pytest.mark.parametrize("part", [slice(0, 33), ARMS, LEGS], ids=["whole", "arms", "legs"])
def test_a_run_of_swapped_frames_is_repaired_in_every_array(part: slice) -> None:
    guard = LeftRightGuard()
    for frame in range(60):
        person = walking_person(frame)
        detected = swapped(person, part) if 20 <= frame < 45 else person
        assert_same(guard(detected, frame * STEP), person)


def test_wide_arms_do_not_drag_the_legs_along() -> None:
    """The arms' exchange saves more distance than that of the legs costs: the sum alone would be fooled."""
    person = walking_person(0)
    points = person.landmarks_px.copy()
    points[ARMS, 0] = np.where(np.arange(33)[ARMS] % 2, 600, -400)
    points[LEGS, 0] = np.where(np.arange(33)[LEGS] % 2, 120, 80)
    person = replace(person, landmarks_px=points)
    guard = LeftRightGuard()
    guard(person, 0.0)
    assert_same(guard(swapped(person, ARMS), STEP), person)


def test_steady_sides_pass_untouched_as_the_same_object() -> None:
    guard = LeftRightGuard()
    for frame in range(30):
        person = walking_person(frame)
        assert guard(person, frame * STEP) is person


def test_a_swap_in_the_first_frame_is_given_back_after_a_moment() -> None:
    guard = LeftRightGuard()
    assert_same(guard(swapped(walking_person(0)), 0.0), swapped(walking_person(0)))
    frames = round(SHORT_RUN_S / STEP) + 2
    results = [guard(walking_person(frame), frame * STEP) for frame in range(1, frames)]
    assert_same(results[1], swapped(walking_person(2)))
    assert_same(results[-1], walking_person(frames - 1))


def test_a_new_person_has_the_sides_that_were_seen_for_longer() -> None:
    guard = LeftRightGuard()
    for frame in range(10):
        guard(walking_person(frame), frame * STEP)
    run = [guard(swapped(walking_person(frame)), frame * STEP) for frame in range(10, 40)]
    assert_same(run[15], walking_person(25))
    assert_same(run[-1], swapped(walking_person(39)))


def test_sides_held_for_long_are_given_up_after_a_while_only() -> None:
    guard = LeftRightGuard()
    start = round(3 * WAY_BACK_S / STEP)
    for frame in range(start):
        guard(walking_person(frame), frame * STEP)
    frames = round(WAY_BACK_S / STEP) + 2
    run = [guard(swapped(walking_person(frame)), frame * STEP) for frame in range(start, start + frames)]
    assert_same(run[-4], walking_person(start + frames - 4))
    assert_same(run[-1], swapped(walking_person(start + frames - 1)))


def test_a_gap_or_a_reset_forgets_the_sides() -> None:
    guard = LeftRightGuard()
    guard(walking_person(0), 0.0)
    assert_same(guard(swapped(walking_person(0)), 1.0), swapped(walking_person(0)))
    guard.reset()
    assert_same(guard(walking_person(0), 1.01), walking_person(0))


def test_time_running_backwards_forgets_the_sides() -> None:
    guard = LeftRightGuard()
    guard(walking_person(0), 5.0)
    assert_same(guard(swapped(walking_person(0)), 1.0), swapped(walking_person(0)))
