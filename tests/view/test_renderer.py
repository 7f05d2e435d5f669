"""What is drawn, measured in pixels: masks, mirror, sizes, state, release."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import moderngl
import numpy as np
import pytest

from str_live.files import SHADERS
from str_live.geometry import project
from str_live.messages import Box
from str_live.settings import ViewSettings
from str_live.view.cameras import OrbitCamera
from str_live.view.headless import HeadlessRenderer
from str_live.view.renderer import Renderer
from str_live.view.scene import COLOUR_MODES, Scene
from tests.view.stand_ins import BODIES, make_body, make_result, rasterise, scene_of, sphere_body, uv_sphere

pytestmark = pytest.mark.gl
WIDTH, HEIGHT = 256, 192
SOLID = ViewSettings(opacity=1.0)


def _black(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    return np.zeros((height, width, 3), dtype=np.uint8)


def _mask(picture: np.ndarray) -> np.ndarray:
    """(H, W) bool where a body is; its dark outline is below the threshold."""
    return picture.max(axis=2) > 40


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("name", BODIES)
def test_overlay_silhouette_is_that_of_a_plain_rasteriser(ctx: moderngl.Context, name: str) -> None:
    body, faces = BODIES[name]()
    width, height = 2 * WIDTH, 2 * HEIGHT
    result = make_result((body,), _black(width, height))
    with HeadlessRenderer(width, height, ctx) as headless:
        mask = headless.overlay(scene_of(result, faces, SOLID)).max(axis=2) > 90  # half covered
    box = result.box
    points = project(body.vertices.astype(np.float64), body.camera) * box.side / 2 + (box.cx, box.cy)
    expected = rasterise(points, faces, height, width)
    assert expected.sum() > 8000
    assert _iou(mask, expected) > 0.97
    assert abs(int(mask.sum()) - int(expected.sum())) < 0.03 * expected.sum()


def test_a_small_ball_lands_on_the_pixel_that_project_names(ctx: moderngl.Context) -> None:
    ball, faces = uv_sphere(16, 16)
    camera, box = (0.8, 0.05, 0.1), Box(140.5, 80.25, 170.0)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        for centre in ([0.0, 0.0, 0.0], [0.4, -0.5, 0.3], [-0.5, 0.4, -0.3]):
            body = make_body(
                np.ascontiguousarray(ball * 0.05 + np.float32(centre), dtype=np.float32), ball, camera
            )
            picture = headless.overlay(scene_of(make_result((body,), _black(), box), faces, SOLID))
            rows, columns = np.nonzero(_mask(picture))
            expected = project(np.array([centre]), body.camera)[0] * box.side / 2 + (box.cx, box.cy)
            np.testing.assert_allclose([columns.mean() + 0.5, rows.mean() + 0.5], expected, atol=0.35)


def test_mirror_flips_picture_and_body_together(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    image = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    result = make_result((body,), image)
    view = ViewSettings(skeleton=True, box=True, landmarks=True)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        plain = headless.overlay(scene_of(result, faces, view))
        mirrored = headless.overlay(scene_of(result, faces, replace(view, mirror=True)))
    difference = np.abs(plain[:, ::-1].astype(int) - mirrored)
    assert difference.mean() < 1.0
    assert (difference.max(axis=2) > 40).mean() < 0.01


@pytest.mark.parametrize("size", [(256, 192), (257, 193), (641, 361)])
def test_the_picture_is_shown_pixel_by_pixel(ctx: moderngl.Context, size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    with HeadlessRenderer(*size, ctx) as headless:
        picture = headless.overlay(scene_of(make_result((), image), np.zeros((0, 3), np.int32)))
    assert np.array_equal(picture, image)


def test_the_frame_may_change_its_size_and_is_uploaded_once(ctx: moderngl.Context) -> None:
    faces = np.zeros((0, 3), np.int32)
    first, second = np.full((48, 64, 3), 90, np.uint8), np.full((60, 81, 3), 200, np.uint8)
    with HeadlessRenderer(128, 96, ctx) as headless:
        for image in (first, second, second, first):
            picture = headless.overlay(scene_of(make_result((), image), faces))
            assert picture[48, 64, 0] == image[0, 0, 0]
        first[:] = 0  # against the rule, to see that an unchanged frame is not sent again
        assert headless.overlay(scene_of(make_result((), first), faces))[48, 64, 0] == 90


def test_the_target_may_change_its_size(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    scene = scene_of(make_result((body,), _black()), faces, SOLID)
    renderer, shares = Renderer(ctx), []
    for size in ((256, 192), (512, 384), (300, 400), (256, 192)):
        texture = ctx.texture(size, 4)
        target = ctx.framebuffer([texture])
        renderer.render_overlay(target, scene)
        picture = np.frombuffer(target.read(components=3, alignment=1), np.uint8).reshape(size[1], size[0], 3)
        scale = min(size[0] / WIDTH, size[1] / HEIGHT)
        shares.append(_mask(picture).sum() / scale**2)
        ctx.detect_framebuffer(0).use()
        target.release()
        texture.release()
    renderer.release()
    np.testing.assert_allclose(shares, shares[0], rtol=0.03)


def test_the_outline_stays_within_the_picture(ctx: moderngl.Context) -> None:
    body, faces = sphere_body(camera=(2.5, 0.0, 0.0))  # larger than the picture
    scene = scene_of(make_result((body,), np.full((HEIGHT, WIDTH, 3), 255, np.uint8)), faces, SOLID)
    with HeadlessRenderer(WIDTH, HEIGHT + 60, ctx) as headless:
        bars = headless.overlay(scene)[:28]
    assert np.ptp(bars.reshape(-1, 3), axis=0).max() == 0


def test_opacity_and_fade_let_the_picture_through(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    centre = (HEIGHT // 2, int(WIDTH * 0.47) + 8)
    values = []
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        for opacity, held_s in ((1.0, 0.0), (0.5, 0.0), (1.0, 0.9), (1.0, 9.0)):
            result = make_result((body,), _black(), held_s=held_s)
            values.append(
                int(headless.overlay(scene_of(result, faces, ViewSettings(opacity=opacity)))[centre].max())
            )
    assert values[0] > 90
    assert values[1] == pytest.approx(values[0] / 2, abs=2)
    assert 0 < values[2] < values[0]
    assert values[3] == 0


def test_nothing_to_show_is_not_an_error(ctx: moderngl.Context) -> None:
    with HeadlessRenderer(64, 48, ctx) as headless:
        assert headless.overlay(Scene(None, np.zeros((0, 3), np.int32))).std() < 5
        assert headless.space(Scene(None, np.zeros((0, 3), np.int32))).mean() > 150


def test_state_left_behind_by_others_does_not_matter(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    scene = scene_of(make_result((body, body), _black()), faces, ViewSettings(skeleton=True))
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        before = headless.overlay(scene), headless.space(scene)
        ctx.enable_only(moderngl.CULL_FACE | moderngl.BLEND)
        ctx.cull_face, ctx.front_face, ctx.depth_func = "front", "cw", ">"
        ctx.blend_func = moderngl.ZERO, moderngl.ZERO
        headless.target.scissor = (0, 0, 5, 5)
        headless.target.viewport = (3, 3, 7, 7)
        after = headless.overlay(scene), headless.space(scene)
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(one, other)


def test_a_released_renderer_is_built_again_from_the_same_scene(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    scene = scene_of(make_result((body,), _black()), faces)
    pictures = []
    for _ in range(2):
        with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
            pictures.append(headless.overlay(scene))
    assert np.array_equal(*pictures)


def test_reloading_shaders_keeps_the_old_ones_on_an_error(ctx: moderngl.Context, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHADERS, tmp_path / "shaders"))
    body, faces = sphere_body()
    scene = scene_of(make_result((body,), _black()), faces)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx, shaders=folder) as headless:
        before = headless.overlay(scene)
        text = (folder / "mesh.frag").read_text()
        (folder / "mesh.frag").write_text("broken")
        assert "mesh" in headless.renderer.reload_shaders()
        assert np.array_equal(headless.overlay(scene), before)
        (folder / "mesh.frag").write_text(
            text.replace("f_colour = vec4(colour", "f_colour = vec4(0.2 * colour")
        )
        assert headless.renderer.reload_shaders() == ""
        assert headless.overlay(scene).max() < before.max()


def test_a_body_with_another_number_of_vertices_may_follow(ctx: moderngl.Context) -> None:
    large, large_faces = sphere_body()
    ball, small_faces = uv_sphere(10, 12)
    small = make_body(np.ascontiguousarray(ball * np.float32(0.3)), ball, (0.9, 0.0, 0.0))
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        areas = [
            _mask(headless.overlay(scene_of(make_result((body,), _black()), faces, SOLID))).sum()
            for body, faces in ((large, large_faces), (small, small_faces), (large, large_faces))
        ]
    assert areas[0] == areas[2] > areas[1] > 100


def test_both_bodies_are_seen_in_their_colours(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    scene = scene_of(make_result((body, body), _black()), faces)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        apart = headless.space(scene, OrbitCamera().preset("front")).astype(int)
    blue = (apart[..., 0] - apart[..., 2]) > 40
    orange = (apart[..., 2] - apart[..., 0]) > 40
    assert blue.sum() > 500
    assert orange.sum() > 500
    assert np.nonzero(blue)[1].mean() < np.nonzero(orange)[1].mean()


def test_where_two_bodies_agree_only_a_is_shown(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        both = headless.overlay(scene_of(make_result((body, body), _black()), faces, SOLID))
        alone = headless.overlay(scene_of(make_result((body,), _black()), faces, SOLID))
    assert (np.abs(both.astype(int) - alone).max(axis=2) > 8).mean() < 0.005


def test_the_3d_view_has_a_shadow_on_the_ground(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        full = headless.space(scene_of(make_result((body,), _black()), faces)).astype(int)
        empty = headless.space(Scene(None, faces)).astype(int)
    darker = (empty - full).min(axis=2)
    grey = np.ptp(full, axis=2) < 25
    assert ((darker > 20) & grey).sum() > 200


@pytest.mark.parametrize("mode", COLOUR_MODES)
def test_every_colour_mode_draws_the_same_silhouette(ctx: moderngl.Context, mode: str) -> None:
    body, faces = sphere_body()
    n_vertices = len(body.vertices)
    speeds = np.linspace(0.0, 3.0, n_vertices, dtype=np.float32)
    result = make_result((body,), _black())
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        uniform = headless.overlay(scene_of(result, faces, SOLID))
        scene = scene_of(result, faces, replace(SOLID, colour_mode=mode), np.arange(n_vertices) % 24)
        (figure,) = scene.figures
        other = headless.overlay(replace(scene, figures=(replace(figure, speeds=speeds),)))
    assert (other.max(axis=2) > 15).sum() == pytest.approx((uniform.max(axis=2) > 15).sum(), rel=0.02)
    assert np.array_equal(uniform, other) == (mode == "uniform")


def test_the_callers_arrays_are_never_written_to(ctx: moderngl.Context) -> None:
    body, faces = sphere_body()
    image = _black()
    for array in (body.vertices, body.normals, body.camera, body.joints, faces, image):
        array.setflags(write=False)
    scene = scene_of(
        make_result((body,), image), faces, ViewSettings(skeleton=True, box=True, landmarks=True)
    )
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        headless.overlay(scene)
        headless.space(scene)


def test_faces_of_another_body_are_refused(ctx: moderngl.Context) -> None:
    ball, _ = uv_sphere(4, 5)
    _, faces = sphere_body()
    body = make_body(ball, ball, (0.9, 0.0, 0.0))
    with (
        HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless,
        pytest.raises(ValueError, match="faces name vertex"),
    ):
        headless.overlay(scene_of(make_result((body,), _black()), faces))
