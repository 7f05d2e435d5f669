"""Placement on the ground, the ground's filter, speeds and fading: no GL."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from str_live.messages import BodyPose
from str_live.skeleton import PARENTS, SIDES
from str_live.view.places import Place
from str_live.view.scene import GroundLevel, SpeedMeter, fade, lowest, world_from_body
from tests.view.stand_ins import sphere_body


def test_the_lowest_vertex_stands_on_the_ground_under_the_origin() -> None:
    body, _ = sphere_body()
    matrix = world_from_body(body, lowest(body), Place(right=0.7))
    world = body.vertices @ matrix[:3, :3].T + matrix[:3, 3]
    assert world[:, 1].min() == pytest.approx(0.0, abs=1e-6)
    pelvis = body.joints[0] @ matrix[:3, :3].T + matrix[:3, 3]
    np.testing.assert_allclose(pelvis[[0, 2]], [0.7, 0.0], atol=1e-7)
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0)  # winding stays


def test_a_lifted_foot_moves_the_ground_only_slowly() -> None:
    body, _ = sphere_body()
    lifted = _with_vertices(body, body.vertices - np.array([0, 0.3, 0], dtype=np.float32))
    level = GroundLevel()
    start = level.update({0: body}, 0.0)[0]
    assert start == pytest.approx(lowest(body))
    assert level.update({0: lifted}, 1 / 30)[0] == pytest.approx(start + 0.3 * (1 - np.exp(-1 / 30 / 0.35)))
    for step in range(2, 90):
        end = level.update({0: lifted}, step / 30)[0]
    assert end == pytest.approx(lowest(lifted), abs=1e-3)


def test_the_ground_starts_again_when_the_source_goes_back() -> None:
    body, _ = sphere_body()
    lifted = _with_vertices(body, body.vertices - np.array([0, 0.3, 0], dtype=np.float32))
    level = GroundLevel()
    level.update({0: body}, 10.0)
    assert level.update({0: lifted}, 0.0)[0] == pytest.approx(lowest(lifted))


def test_speed_is_metres_per_second_relative_to_the_pelvis() -> None:
    body, _ = sphere_body()
    moved = body.vertices.copy()
    moved[5] += (0.03, 0.0, 0.04)
    meter = SpeedMeter()
    assert not meter.update({0: body}, 0.0)[0].any()
    speeds = meter.update({0: _with_vertices(body, moved)}, 0.1)[0]
    assert speeds[5] == pytest.approx(0.5, rel=1e-4)
    assert np.delete(speeds, 5).max() == 0.0
    assert meter.update({0: _with_vertices(body, moved)}, 0.1)[0] is speeds  # the same frame again


def test_the_compared_body_may_come_and_go() -> None:
    body, _ = sphere_body()
    level, meter = GroundLevel(), SpeedMeter()
    for step, bodies in enumerate(({0: body}, {0: body, 1: body}, {0: body})):
        assert len(level.update(bodies, step / 30)) == len(bodies)
        assert len(meter.update(bodies, step / 30)) == len(bodies)


def test_a_second_body_in_the_same_frame_is_measured_too() -> None:
    body, _ = sphere_body()
    meter = SpeedMeter()
    meter.update({0: body}, 0.0)
    assert len(meter.update({0: body, 1: body}, 0.0)) == 2


def test_a_held_body_fades_from_one_to_nothing() -> None:
    values = [fade(seconds) for seconds in np.linspace(0, 3, 100)]
    assert values[0] == 1.0
    assert values[-1] == 0.0
    assert all(before >= after for before, after in pairwise(values))


def test_sides_are_mirrored_in_the_tree() -> None:
    for joint, parent in enumerate(PARENTS):
        if parent >= 0 and SIDES[joint] and SIDES[parent]:
            assert SIDES[joint] == SIDES[parent]


def _with_vertices(body: BodyPose, vertices: np.ndarray) -> BodyPose:
    return replace(body, vertices=vertices.astype(np.float32))
