"""The stage gives a scene for every result, and none where faces and vertices are of two bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.settings import ViewSettings
from str_live.view.scene import Scene
from str_live.view.stage import COMPARE_SEPARATION_M, Mesh, Stage
from tests.record.synthetic_results import result

MESH: Mesh = np.zeros((1, 3), np.int32), np.zeros(24)
"""The bodies of `result` have their 24 joints for vertices."""


def scene_of(stage: Stage, *, index: int = 0, epoch: int = 1, **view: object) -> Scene:
    scene = stage.scene(result(index, epoch=epoch), MESH, ViewSettings(**view))
    assert scene is not None
    return scene


def test_a_mesh_of_another_body_gives_no_scene():
    other = MESH[0], np.zeros(7)
    assert Stage().scene(result(0), other, ViewSettings()) is None


def test_a_picture_without_a_body_needs_no_mesh():
    scene = Stage().scene(result(0, body=False), None, ViewSettings())
    assert scene is not None
    assert scene.bodies == ()


def test_two_bodies_stand_apart_and_one_does_not():
    stage, one = Stage(), result(0)
    two = replace(one, bodies=one.bodies * 2)
    assert scene_of(stage).separate == 0.0
    scene = stage.scene(two, MESH, ViewSettings())
    assert scene is not None
    assert scene.separate == COMPARE_SEPARATION_M


def test_the_ground_and_the_speeds_start_again_with_the_source():
    stage = Stage()
    scene_of(stage, colour_mode="speed")
    moved = scene_of(stage, index=1, colour_mode="speed")
    assert moved.speeds[0].max() > 0
    again = scene_of(stage, index=1, epoch=2, colour_mode="speed")
    assert not again.speeds[0].any()
    assert again.floors == pytest.approx(Stage().scene(result(1), MESH, ViewSettings()).floors)
