"""The orbit camera and the letterbox: plain arithmetic, no GL."""

from __future__ import annotations

import math

import numpy as np
import pytest

from str_live.view.cameras import DISTANCE_LIMITS, PRESETS, OrbitCamera, image_pixels, letterbox


def _pixel(camera: OrbitCamera, point: tuple[float, float, float]) -> np.ndarray:
    clip = camera.projection(1.0) @ camera.view() @ np.array([*point, 1.0])
    return clip[:2] / clip[3]


def test_the_target_is_in_the_middle_of_the_picture() -> None:
    for name in PRESETS:
        camera = OrbitCamera(target=(0.3, 0.8, -0.2)).preset(name)
        np.testing.assert_allclose(_pixel(camera, camera.target), 0, atol=1e-12)


def test_front_shows_the_persons_left_at_the_right_and_up_above() -> None:
    camera = OrbitCamera().preset("front")
    x, y, z = camera.target
    assert _pixel(camera, (x + 0.5, y, z))[0] > 0.1
    assert _pixel(camera, (x, y + 0.5, z))[1] > 0.1


def test_side_looks_along_x_and_top_looks_down() -> None:
    np.testing.assert_allclose(OrbitCamera().preset("side").axes()[2][[0, 2]], [math.cos(0.08), 0], atol=1e-9)
    assert OrbitCamera().preset("top").axes()[2][1] > 0.99


def test_view_is_a_rotation_and_keeps_the_eye_at_its_distance() -> None:
    camera = OrbitCamera(azimuth=2.0, elevation=0.7, distance=3.0)
    rotation = camera.view()[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert np.linalg.norm(camera.eye() - camera.target) == pytest.approx(3.0)


def test_movements_stay_within_their_limits_and_leave_the_camera_alone() -> None:
    camera = OrbitCamera()
    assert camera.zoomed(1000).distance == DISTANCE_LIMITS[0]
    assert camera.zoomed(-1000).distance == DISTANCE_LIMITS[1]
    assert camera.dragged(0, 10_000, 100).elevation < math.pi / 2
    assert max(map(abs, camera.panned(1e6, 1e6, 100).target)) <= 3.0
    assert camera == OrbitCamera()


def test_panning_makes_the_target_follow_the_pointer() -> None:
    camera = OrbitCamera(azimuth=0.4)
    moved = camera.panned(30, -20, 600)
    x, y = _pixel(moved, camera.target)
    np.testing.assert_allclose([x * 300, -y * 300], [30, -20], atol=0.5)


def test_dragging_right_turns_the_scene_to_the_right() -> None:
    camera = OrbitCamera().preset("front")
    near = (camera.target[0], camera.target[1], camera.target[2] + 0.5)
    assert _pixel(camera.dragged(20, 0, 600), near)[0] > _pixel(camera, near)[0]


@pytest.mark.parametrize(
    ("image", "target", "expected"),
    [
        ((640, 480), (640, 480), (0, 0, 640, 480)),
        ((640, 480), (1280, 480), (320, 0, 640, 480)),
        ((1280, 720), (640, 480), (0, 60, 640, 360)),
        ((641, 361), (3, 2), (0, 0, 3, 2)),
    ],
)
def test_letterbox_shows_the_whole_image_in_the_middle(
    image: tuple[int, int], target: tuple[int, int], expected: tuple[int, int, int, int]
) -> None:
    assert letterbox(image, target) == expected


def test_image_pixels_maps_corners_to_corners() -> None:
    matrix = image_pixels(640, 480)
    np.testing.assert_allclose(matrix @ [0, 0, 0, 1], [-1, 1, 0, 1])
    np.testing.assert_allclose(matrix @ [640, 480, 0, 1], [1, -1, 0, 1])
