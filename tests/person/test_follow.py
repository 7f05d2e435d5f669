"""Whom to follow: the largest or the most central first, him as long as he is there, another soon after."""

from __future__ import annotations

import numpy as np

from str_live.messages import Box, Frame, Person
from str_live.person.follow import PATIENCE_S, Follow

FPS = 30


def person(cx: float, side: float) -> Person:
    return Person(Box(cx, 240, side), np.zeros((33, 2)), np.ones(33), np.zeros((33, 3)), None)


NEAR, MIDDLE = person(80, 300), person(330, 200)


def frame(index: int) -> Frame:
    return Frame(np.zeros((480, 640, 3), np.uint8), index, index / FPS, 0, 0)


def test_the_wish_chooses_among_those_who_are_there() -> None:
    assert Follow("largest")({4: NEAR, 7: MIDDLE}, frame(0)) == 4
    assert Follow("centre")({4: NEAR, 7: MIDDLE}, frame(0)) == 7
    assert Follow("7")({4: NEAR, 7: MIDDLE}, frame(0)) == 7
    assert Follow("largest")({4: None}, frame(0)) is None


def test_somebody_larger_who_comes_later_is_not_followed() -> None:
    follow = Follow()
    assert follow({2: MIDDLE}, frame(0)) == 2
    assert {follow({2: MIDDLE, 3: NEAR}, frame(index)) for index in range(1, 100)} == {2}


def test_the_lost_one_is_waited_for_and_then_another_is_followed_and_kept() -> None:
    follow = Follow()
    follow({1: NEAR, 2: MIDDLE}, frame(0))
    waited = round(PATIENCE_S * FPS)
    lost = [follow({1: None, 2: MIDDLE}, frame(index)) for index in range(1, waited + 3)]
    assert set(lost[:waited]) == {1}
    assert lost[-1] == 2
    assert follow({1: NEAR, 2: MIDDLE}, frame(waited + 3)) == 2


def test_while_nobody_is_there_the_last_one_stays_followed() -> None:
    follow = Follow()
    follow({1: NEAR}, frame(0))
    assert follow({1: None}, frame(300)) == 1
    assert follow({}, frame(600)) == 1


def test_somebody_asked_for_by_number_is_followed_whenever_he_is_there() -> None:
    follow = Follow("2")
    assert follow({1: NEAR}, frame(0)) == 1
    assert follow({1: NEAR, 2: MIDDLE}, frame(1)) == 2
    assert follow({1: NEAR, 2: None}, frame(60)) == 1
    assert follow({1: NEAR, 2: MIDDLE}, frame(61)) == 2


def test_another_source_begins_anew() -> None:
    follow = Follow()
    follow({1: MIDDLE}, frame(0))
    follow.reset()
    assert follow({1: MIDDLE, 2: NEAR}, frame(1)) == 2
