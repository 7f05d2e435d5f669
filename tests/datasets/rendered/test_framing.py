"""Cameras and crops: as the app would cut them."""

from __future__ import annotations

import numpy as np
import torch

from str_live.datasets.rendered.dice import Dice
from str_live.datasets.rendered.framing import Framing, FramingConfig, crop_squares, frame_people, rays
from str_live.geometry import ray_rotation
from str_live.messages import Box
from str_live.person.crop import box_from_landmarks
from tests.datasets.rendered.scene_material import seeded


def people(count: int = 40, frames: int = 1) -> torch.Tensor:
    """(B, T, 33, 3) landmarks of rough people, camera axes."""
    size = torch.tensor([0.3, 0.8, 0.15])
    return (torch.rand(count, frames, 33, 3, generator=seeded(0)) * 2 - 1) * size


def test_squares_are_those_of_the_app():
    landmarks = torch.rand(20, 33, 2, generator=seeded(1)) * 900 - 200
    size = torch.tensor([640.0, 480.0]).expand(20, -1)
    centre, side = crop_squares(landmarks, size)
    for row in range(20):
        box = box_from_landmarks(landmarks[row].numpy().astype(np.float64), 640, 480)
        np.testing.assert_allclose([*centre[row], side[row]], [box.cx, box.cy, box.side], rtol=1e-5)


def test_rays_are_those_of_the_app():
    centre = torch.tensor([[[100.0, 300.0]], [[500.0, 20.0]]])
    size = torch.tensor([[640.0, 480.0], [1280.0, 720.0]])
    framing = Framing(size.norm(dim=1), size, torch.zeros(2, 3), centre, torch.ones(2, 1))
    for row, ray in enumerate(rays(framing)[:, 0]):
        width, height = (int(value) for value in size[row])
        box = Box(*(float(value) for value in centre[row, 0]), 100.0)
        np.testing.assert_allclose(ray.numpy(), ray_rotation(box, width, height), atol=1e-5)


def test_whole_bodies_fill_the_square_and_stay_in_the_picture():
    config = FramingConfig(whole=1.0, half=0.0, shift=0.0, scale=0.0, wander=0.0)
    points = people()
    framing = frame_people(points, config, Dice(seeded(2), 40))
    pixels = framing.project(points + framing.translation[:, None, None])
    image = framing.to_crop(pixels)
    reach = (image.amax((1, 2)) - image.amin((1, 2))).amax(-1) / 2
    torch.testing.assert_close(reach, torch.full_like(reach, 1 / 1.32), atol=2e-3, rtol=0)
    inside = ((pixels >= 0) & (pixels <= framing.size[:, None, None])).all(-1).float()
    assert inside.mean() > 0.97


def test_some_bodies_are_cut_off_by_the_lower_edge():
    points = people()
    framing = frame_people(points, FramingConfig(whole=0.0, half=1.0), Dice(seeded(2), 40))
    pixels = framing.project(points + framing.translation[:, None, None])
    below = (pixels[..., 1] > framing.size[:, None, None, 1]).float().mean((1, 2))
    assert (below > 0.1).float().mean() > 0.8
    assert (points + framing.translation[:, None, None])[..., 2].min() >= 0.29


def test_squares_err_as_often_as_asked():
    points = people(400)
    still = FramingConfig(whole=1.0, half=0.0, shift=0.0, scale=0.0, wander=0.0)
    right = frame_people(points, still, Dice(seeded(7), 400))
    off = frame_people(points, FramingConfig(whole=1.0, half=0.0, scale=0.1), Dice(seeded(7), 400))
    spread = torch.log(off.side / right.side).std()
    assert 0.08 < spread < 0.12
