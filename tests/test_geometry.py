"""Cameras: one projection in several guises."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.geometry import (
    camera_matrix,
    crop_affine,
    crop_to_image,
    image_to_crop,
    image_translation,
    overlay_projection,
    project,
    ray_rotation,
    smallest_rotation,
)
from str_live.messages import Box

BOX = Box(cx=510.0, cy=330.0, side=420.0)
CAMERA = np.array([0.83, 0.07, -0.11])
WIDTH, HEIGHT = 1280, 720


def points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(50, 3)) * [0.4, 0.8, 0.3]


def test_overlay_matrices_draw_where_project_says():
    projection, view = overlay_projection(CAMERA, BOX, WIDTH, HEIGHT)
    clip = np.c_[points(), np.ones(50)] @ (projection @ view).T
    ndc = clip[:, :3] / clip[:, 3:]
    pixels = np.c_[(ndc[:, 0] + 1) * WIDTH / 2, (1 - ndc[:, 1]) * HEIGHT / 2]
    expected = crop_to_image(project(points(), CAMERA), BOX)
    np.testing.assert_allclose(pixels, expected, atol=2e-5)  # crop_to_image works in float32


def test_torch_and_numpy_project_alike():
    said = project(torch.from_numpy(points()), torch.from_numpy(CAMERA))
    np.testing.assert_allclose(said.numpy(), project(points(), CAMERA), atol=1e-12)


def test_full_image_camera_projects_like_crop_camera():
    placed = points() * 0.05 + image_translation(CAMERA, BOX, WIDTH, HEIGHT)
    pixels = placed @ camera_matrix(WIDTH, HEIGHT).T
    pixels = pixels[:, :2] / pixels[:, 2:]
    expected = crop_to_image(project(points() * 0.05, CAMERA), BOX)
    np.testing.assert_allclose(pixels, expected, atol=0.5)  # both agree at the body's depth


def test_crop_and_image_coordinates_are_each_other_s_inverse():
    pixels = np.array([[510.0, 330.0], [720.0, 540.0]], dtype=np.float32)
    np.testing.assert_allclose(image_to_crop(pixels, BOX), [[0, 0], [1, 1]], atol=1e-6)
    np.testing.assert_allclose(crop_to_image(image_to_crop(pixels, BOX), BOX), pixels, atol=1e-4)


def test_affine_takes_the_box_to_the_crop():
    corners = np.array([[300.0, 120.0, 1.0], [720.0, 540.0, 1.0]])
    np.testing.assert_allclose(corners @ crop_affine(BOX).T, [[0, 0], [224, 224]], atol=1e-9)


@pytest.mark.parametrize("box", [BOX, Box(640, 360, 200), Box(0, 720, 300)])
def test_ray_rotation_turns_the_axis_onto_the_ray(box):
    rotation = ray_rotation(box, WIDTH, HEIGHT)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
    ray = np.linalg.inv(camera_matrix(WIDTH, HEIGHT)) @ [box.cx, box.cy, 1]
    np.testing.assert_allclose(rotation @ [0, 0, 1], ray / np.linalg.norm(ray), atol=1e-6)


def test_smallest_rotation_turns_start_into_end_about_their_normal():
    start, end = np.random.default_rng(0).normal(size=(2, 7, 3))
    rotation = smallest_rotation(start, end)
    turned = (rotation @ start[..., None])[..., 0]
    np.testing.assert_allclose(
        turned / np.linalg.norm(start, axis=1, keepdims=True),
        end / np.linalg.norm(end, axis=1, keepdims=True),
        atol=1e-12,
    )
    normal = np.cross(start, end)
    np.testing.assert_allclose((rotation @ normal[..., None])[..., 0], normal, atol=1e-12)
    np.testing.assert_array_equal(smallest_rotation(start[2], end[2]), rotation[2])


def test_opposite_directions_have_no_smallest_rotation():
    direction = np.array([0.3, -0.2, 0.5])
    with pytest.raises(ValueError, match="opposite"):
        smallest_rotation(direction, -direction)
