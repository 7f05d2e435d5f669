"""A click finds the person whose picture is there, letterboxed and mirrored or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.view.picking import person_at, picture_point
from tests.view.test_several_people import LEFT, RIGHT, other, scene

PICTURE = (320, 240)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("view", [(320, 240), (640, 480), (800, 240), (320, 600)])
def test_points_of_a_view_are_points_of_the_picture(view: tuple[int, int], mirror: bool) -> None:
    scale = min(view[0] / PICTURE[0], view[1] / PICTURE[1])
    left, top = (view[0] - PICTURE[0] * scale) / 2, (view[1] - PICTURE[1] * scale) / 2
    shown_x = 320 - 100 if mirror else 100
    point = picture_point((left + shown_x * scale, top + 30 * scale), view, PICTURE, mirror=mirror)
    assert point == pytest.approx((100, 30), abs=0.5)
    beside = picture_point((left - 1, top - 1), view, PICTURE, mirror=mirror)
    assert beside[1] < 0 or not 0 <= beside[0] <= PICTURE[0]


def test_a_click_on_a_body_is_his_and_one_beside_everybody_is_nobody_s() -> None:
    both = scene(other(1, LEFT), other(2, RIGHT))
    for one in both.people:
        joint = one.bodies[0].joints_px[12]
        assert person_at(both, (joint[0], joint[1])) == one.number
    assert person_at(both, (5.0, 5.0)) is None
    assert person_at(scene(), (100.0, 100.0)) is None


def test_the_nearer_bones_count_where_two_people_overlap() -> None:
    both = scene(other(1, LEFT), other(2, replace(LEFT, cx=LEFT.cx + 20)))
    first, second = (float(one.bodies[0].joints_px[12][0]) for one in both.people)
    height = float(both.people[0].bodies[0].joints_px[12][1])
    assert person_at(both, (first + 2, height)) == 1
    assert person_at(both, (second - 2, height)) == 2


def test_somebody_left_out_can_be_clicked_on_and_somebody_gone_cannot() -> None:
    out = replace(other(2, RIGHT), bodies=(), left_out=True)
    assert out.person is not None
    points = np.tile(np.float32([RIGHT.cx, RIGHT.cy]), (33, 1))
    out = replace(out, person=replace(out.person, landmarks_px=points))
    assert person_at(scene(other(1, LEFT), out), (RIGHT.cx + 3, RIGHT.cy)) == 2
    recorded = replace(out, person=None)
    assert person_at(scene(other(1, LEFT), recorded), (RIGHT.cx + 3, RIGHT.cy + 20)) == 2
    gone = replace(other(2, RIGHT, held_s=9.0), person=None)
    joint = gone.bodies[0].joints_px[12]
    assert person_at(scene(other(1, LEFT), gone), (joint[0], joint[1])) is None
