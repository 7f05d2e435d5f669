"""The stage gives a scene for every result, and none where faces and vertices are of two bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.settings import ViewSettings
from str_live.view.places import Place
from str_live.view.scene import Scene
from str_live.view.stage import COMPARE_SEPARATION_M, Mesh, Stage
from tests.record.synthetic_results import result

MESH: Mesh = np.zeros((1, 3), np.int32), np.zeros(24)
"""The bodies of `result` have their 24 joints for vertices."""


def scene_of(stage: Stage, *, index: int = 0, epoch: int = 1, **view: object) -> Scene:
    scene = stage.scene(result(index, epoch=epoch), MESH, ViewSettings(**view))
    assert scene is not None
    return scene


def speeds_of(scene: Scene) -> np.ndarray:
    speeds = scene.figures[0].speeds
    assert speeds is not None
    return speeds


def test_a_mesh_of_another_body_gives_no_scene():
    other = MESH[0], np.zeros(7)
    assert Stage().scene(result(0), other, ViewSettings()) is None


def test_a_picture_without_a_body_needs_no_mesh():
    scene = Stage().scene(result(0, body=False), None, ViewSettings())
    assert scene is not None
    assert scene.figures == ()


def test_two_bodies_stand_apart_and_one_does_not():
    stage, one = Stage(), result(0)
    two = replace(one, bodies=one.bodies * 2)
    assert [figure.place for figure in scene_of(stage).figures] == [Place()]
    scene = stage.scene(two, MESH, ViewSettings())
    assert scene is not None
    assert scene.side_by_side
    a, b = (figure.place for figure in scene.figures)
    assert a is not None
    assert b is not None
    assert b.right - a.right == pytest.approx(COMPARE_SEPARATION_M)


def test_the_ground_and_the_speeds_start_again_with_the_source():
    stage = Stage()
    scene_of(stage, colour_mode="speed")
    moved = scene_of(stage, index=1, colour_mode="speed")
    assert speeds_of(moved).max() > 0
    again = scene_of(stage, index=1, epoch=2, colour_mode="speed")
    assert not speeds_of(again).any()
    assert again.figures[0].floor == pytest.approx(scene_of(Stage(), index=1).figures[0].floor)
