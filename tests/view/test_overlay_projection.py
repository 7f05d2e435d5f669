"""The overlay's matrices put every point where `geometry.project` puts it."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.geometry import overlay_projection, project
from str_live.messages import Box


@pytest.mark.parametrize("seed", range(20))
def test_overlay_matrices_agree_with_project_to_a_millionth_of_a_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, height = int(rng.integers(200, 2000)), int(rng.integers(200, 2000))
    box = Box(rng.uniform(-50, width + 50), rng.uniform(-50, height + 50), rng.uniform(60, 1500))
    camera = np.array([rng.uniform(0.4, 1.4), rng.normal(0, 0.2), rng.normal(0, 0.2)])
    points = rng.normal(0, 0.6, (200, 3))
    projection, view = overlay_projection(camera, box, width, height)
    clip = np.concatenate([points, np.ones((200, 1))], axis=1) @ (projection @ view).T
    ndc = clip[:, :3] / clip[:, 3:]
    pixels = np.stack([(ndc[:, 0] + 1) * width / 2, (1 - ndc[:, 1]) * height / 2], axis=1)
    expected = project(points, camera) * (box.side / 2) + (box.cx, box.cy)
    np.testing.assert_allclose(pixels, expected, atol=1e-6, rtol=0)


def test_the_body_uses_a_good_part_of_the_depth_range() -> None:
    projection, view = overlay_projection(np.array([0.9, 0.0, 0.0]), Box(320, 240, 400), 640, 480)
    ends = np.array([[0, 0, -0.5, 1], [0, 0, 0.5, 1]]) @ (projection @ view).T
    depth = ends[:, 2] / ends[:, 3]
    assert np.all(np.abs(depth) < 1)
    assert depth[1] - depth[0] > 0.4  # nearer first: z points away from the camera


def test_matrices_do_not_write_to_the_camera() -> None:
    camera = np.array([0.9, 0.1, 0.2], dtype=np.float32)
    camera.setflags(write=False)
    overlay_projection(camera, Box(320, 240, 400), 640, 480)
