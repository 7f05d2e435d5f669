"""Heat and ghost of a body without a module."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.messages import BodyPose
from str_live.view.headless import HeadlessRenderer
from str_live.view.passes.mesh import FULL_SPEED
from str_live.view.shift_scene import ShiftStage, exaggerated, heat_colour, vertex_shifts_mm
from tests.ui.fake_session import FACES, make_result, octahedron

PARTS = np.zeros(6, np.int32)
RESULT = make_result(0)


def moved(body: BodyPose, vertex: int, distance_m: float) -> BodyPose:
    """The body with one vertex farther to the right."""
    vertices = body.vertices.copy()
    vertices[vertex, 0] += distance_m
    return replace(body, vertices=vertices)


def test_shifts_are_millimetres_pelvis_upon_pelvis():
    whole = octahedron()
    elsewhere = replace(moved(whole, 2, 0.003), joints=whole.joints + np.float32(1.0))
    elsewhere = replace(elsewhere, vertices=elsewhere.vertices + np.float32(1.0))
    np.testing.assert_allclose(vertex_shifts_mm(whole, elsewhere), [0, 0, 3, 0, 0, 0], atol=1e-3)


@pytest.mark.parametrize("factor", [1.0, 20.0])
def test_a_ghost_is_drawn_so_many_times_as_far_away(factor: float):
    whole = octahedron()
    ghost = exaggerated(whole, moved(whole, 2, 0.003), factor)
    np.testing.assert_allclose((ghost.vertices - whole.vertices)[2], [0.003 * factor, 0, 0], atol=1e-6)
    np.testing.assert_array_equal(ghost.vertices[0], whole.vertices[0])
    assert ghost.vertices.flags.c_contiguous
    assert ghost.vertices.dtype == np.float32


@pytest.mark.parametrize(("shift_mm", "scale_mm"), [(0.4, 2.0), (3.0, 5.0), (30.0, 50.0), (900.0, 200.0)])
def test_the_scale_reaches_over_the_largest_shift(shift_mm: float, scale_mm: float):
    stage, whole = ShiftStage(), octahedron()
    far = replace(whole, vertices=whole.vertices + np.float32([shift_mm / 1000, 0, 0]))
    scene = stage.scene(RESULT, whole, far, (FACES, PARTS), factor=1.0)
    assert stage.scale_mm == scale_mm
    assert scene is not None
    body, ghost = scene.figures
    assert body.speeds == pytest.approx(np.full(6, shift_mm / scale_mm * FULL_SPEED), rel=1e-3)
    assert ghost.speeds is None
    assert body.floor == ghost.floor


def test_the_scale_does_not_sink_with_one_frame_and_a_reset_forgets_it():
    stage, whole = ShiftStage(), octahedron()
    far = replace(whole, vertices=whole.vertices + np.float32([0.015, 0, 0]))
    for without in (far, whole):
        stage.scene(RESULT, whole, without, (FACES, PARTS), factor=1.0)
    assert stage.scale_mm == 20.0
    stage.reset()
    stage.scene(RESULT, whole, whole, (FACES, PARTS), factor=1.0)
    assert stage.scale_mm == 2.0


def test_the_scale_does_not_follow_a_single_outlier():
    stage, whole = ShiftStage(), octahedron()
    far = replace(whole, vertices=whole.vertices + np.float32([0.150, 0, 0]))
    for without in (*[whole] * 9, far):
        stage.scene(RESULT, whole, without, (FACES, PARTS), factor=1.0)
    assert stage.scale_mm == 2.0


def test_the_mesh_of_another_body_is_not_drawn():
    whole = octahedron()
    assert ShiftStage().scene(RESULT, whole, whole, (FACES, np.zeros(7, np.int32)), factor=1.0) is None
    assert ShiftStage().scene(RESULT, whole, whole, None, factor=1.0) is None


def test_heat_goes_from_dark_to_bright():
    brightness = [sum(heat_colour(share)) for share in np.linspace(0, 1, 9)]
    assert brightness == sorted(brightness)
    assert heat_colour(-1) == heat_colour(0)
    assert heat_colour(2) == heat_colour(1)


@pytest.mark.gl
def test_what_moves_is_seen_in_the_picture(ctx):
    whole, stage = octahedron(), ShiftStage()
    far = replace(whole, vertices=whole.vertices + np.float32([0.0, 0.0, 0.002]))
    pictures = []
    with HeadlessRenderer(160, 120, ctx) as renderer:
        for without in (whole, far):
            stage.reset()
            scene = stage.scene(RESULT, whole, without, (FACES, PARTS), factor=1.0)
            assert scene is not None
            pictures.append(renderer.space(scene).astype(int))
    warmer = (pictures[1] - pictures[0])[..., 2]
    assert (warmer > 40).sum() > 100, "the body turns from dark to bright"
