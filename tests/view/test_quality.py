"""Which quality is chosen, and what the quick one may differ in."""

from __future__ import annotations

from dataclasses import replace

import moderngl
import numpy as np
import pytest

from str_live.settings import ViewSettings
from str_live.view.buffers import coarse_faces
from str_live.view.cameras import OrbitCamera
from str_live.view.headless import HeadlessRenderer
from str_live.view.paint_clock import PaintClock
from str_live.view.quality import HIGH, LOW, PAINTS, WARM_UP, PaintWatch, after_paints, quality_of
from str_live.view.scene import COLOUR_MODES, Scene
from tests.view.stand_ins import BODIES, free_body, make_result, scene_of

WIDTH, HEIGHT = 400, 300


@pytest.mark.parametrize(
    ("driver", "quality"),
    [
        ("llvmpipe (LLVM 15.0.6, 256 bits)", LOW),
        ("softpipe", LOW),
        ("Google SwiftShader", LOW),
        ("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device), SwiftShader driver)", LOW),
        ("Software Rasterizer", LOW),
        ("Apple Software Renderer", LOW),
        ("GDI Generic", LOW),
        ("D3D12 (Microsoft Basic Render Driver)", LOW),
        ("NVIDIA H200/PCIe/SSE2", HIGH),
        ("Mesa Intel(R) UHD Graphics 620 (KBL GT2)", HIGH),
        ("AMD Radeon RX 6600 (radeonsi, navi23, LLVM 15.0.6)", HIGH),
        ("Apple M2", HIGH),
    ],
)
def test_drivers_that_draw_with_the_processor_get_the_quick_drawing(driver, quality):
    assert quality_of(driver) is quality


def test_the_median_of_the_paints_decides():
    assert after_paints(HIGH, []) is HIGH
    assert after_paints(HIGH, [8.0] * 20 + [300.0] * 5) is HIGH
    assert after_paints(HIGH, [30.0] * 20 + [5.0] * 5) is LOW
    assert after_paints(LOW, [1.0] * 30) is LOW


def test_the_first_paints_do_not_count_and_nothing_is_concluded_from_few():
    watch = PaintWatch()
    assert all(watch.add(HIGH, 900.0) is HIGH for _ in range(WARM_UP))
    assert all(watch.add(HIGH, 30.0) is HIGH for _ in range(PAINTS - 1))
    assert watch.add(HIGH, 30.0) is LOW
    assert watch.typical_ms == 30.0


@pytest.mark.gl
@pytest.mark.parametrize("name", BODIES)
def test_the_quick_body_covers_the_same_pixels(ctx: moderngl.Context, name: str) -> None:
    body, faces = BODIES[name]()
    scene = scene_of(
        make_result((body,), np.zeros((HEIGHT, WIDTH, 3), np.uint8)), faces, ViewSettings(opacity=1.0)
    )
    high, low = pictures(ctx, scene)
    covered = [((one > 60).any(axis=2), blue(other)) for one, other in (high, low)]
    for one, other in zip(*covered, strict=True):
        assert one.sum() > 2000
        assert (one & other).sum() / (one | other).sum() > 0.95


@pytest.mark.gl
@pytest.mark.parametrize("mode", COLOUR_MODES)
def test_the_quick_picture_looks_like_the_full_one(ctx: moderngl.Context, mode: str) -> None:
    body, faces = free_body()
    image = np.full((HEIGHT, WIDTH, 3), 150, np.uint8)
    parts = np.arange(len(body.vertices)) % 24
    scene = scene_of(make_result((body,), image), faces, ViewSettings(colour_mode=mode), parts)
    moving = replace(scene.figures[0], speeds=np.ones(len(body.vertices), np.float32))
    scene = replace(scene, figures=(moving,))
    for one, other in zip(*pictures(ctx, scene), strict=True):
        assert np.abs(one.astype(int) - other).mean() < 3.0


@pytest.mark.gl
def test_the_quick_picture_is_mirrored_with_its_body(ctx: moderngl.Context) -> None:
    body, faces = free_body()
    result = make_result((body,), np.full((HEIGHT, WIDTH, 3), 150, np.uint8))
    with HeadlessRenderer(WIDTH, HEIGHT, ctx, quality=LOW) as headless:
        plain = headless.overlay(scene_of(result, faces))
        mirrored = headless.overlay(scene_of(result, faces, ViewSettings(mirror=True)))
    assert np.abs(plain[:, ::-1].astype(int) - mirrored).mean() < 1.0


@pytest.mark.gl
def test_a_renderer_that_steps_down_draws_as_one_made_that_way(ctx: moderngl.Context) -> None:
    body, faces = free_body()
    scene = scene_of(make_result((body, body), np.full((HEIGHT, WIDTH, 3), 150, np.uint8)), faces)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        before = headless.overlay(scene), headless.space(scene)
        headless.renderer.set_quality(LOW)
        after = headless.overlay(scene), headless.space(scene)
    for one, other, wanted in zip(before, after, pictures(ctx, scene)[1], strict=True):
        assert not np.array_equal(one, other)
        assert np.array_equal(other, wanted)


@pytest.mark.gl
@pytest.mark.parametrize("quality", [HIGH, LOW])
def test_a_camera_inside_the_body_is_no_error(ctx: moderngl.Context, quality) -> None:
    body, faces = free_body()
    scene = scene_of(make_result((body,), np.zeros((HEIGHT, WIDTH, 3), np.uint8)), faces)
    near = OrbitCamera(distance=0.8, target=(0.0, 0.9, 0.6), elevation=0.0, azimuth=3.14)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx, quality=quality) as headless:
        assert headless.space(scene, near).std() > 5


def test_the_simplified_body_is_as_large_and_keeps_its_parts_apart():
    body, faces = free_body()
    parts = (body.vertices[:, 0] > 0).astype(np.int32)
    coarse = coarse_faces(body.vertices, faces, parts)
    assert 100 < len(coarse) < len(faces) / 4
    corners = body.vertices[coarse.ravel()]
    np.testing.assert_allclose(np.ptp(corners, axis=0), np.ptp(body.vertices, axis=0), atol=0.06)
    # Two bodies in the same place that are different parts: no face joins them.
    twice = coarse_faces(
        np.tile(body.vertices, (2, 1)),
        np.concatenate([faces, faces + len(body.vertices)]),
        np.repeat([0, 1], len(body.vertices)),
    )
    assert not ((twice < len(body.vertices)).any(axis=1) & (twice >= len(body.vertices)).any(axis=1)).any()


def test_a_body_smaller_than_a_cell_keeps_its_faces():
    body, faces = free_body()
    assert len(coarse_faces(body.vertices * 0.001 + 0.01, faces, np.zeros(len(body.vertices)))) == len(faces)


@pytest.mark.gl
def test_the_paint_clock_reads_the_paint_before(ctx: moderngl.Context) -> None:
    clock = PaintClock(ctx)
    with clock:
        assert clock.last_ms is None
    with clock:
        ctx.finish()
    assert clock.last_ms is not None
    assert clock.last_ms >= 0.0


def pictures(ctx: moderngl.Context, scene: Scene) -> list[tuple[np.ndarray, np.ndarray]]:
    """Overlay and 3D view of a scene, HIGH and then LOW."""
    drawn = []
    for quality in (HIGH, LOW):
        with HeadlessRenderer(WIDTH, HEIGHT, ctx, quality=quality) as headless:
            drawn.append((headless.overlay(scene), headless.space(scene)))
    return drawn


def blue(picture: np.ndarray) -> np.ndarray:
    """(H, W) bool where body A is in the 3D view."""
    return picture[..., 0].astype(int) - picture[..., 2] > 35
