"""Drawn scenes and filmed motion: what they tell of the body is where the picture shows it."""

from __future__ import annotations

import torch

from str_live.body.skinning import Body
from str_live.datasets.rendered.dice import Dice
from str_live.datasets.rendered.scenes import SceneConfig, SceneSampler
from str_live.datasets.simulated.poses import PoseSampler
from str_live.datasets.simulated.views import ViewConfig, camera_orientation
from str_live.rotation import rotmat_from_axis_angle
from tests.datasets.rendered.scene_material import seeded


def test_points_lie_in_the_crop_where_their_projection_says(poses: PoseSampler, body: Body):
    scenes = SceneSampler(SceneConfig(), poses, body, 0).draw(6, 3, seeded(1))
    points = scenes.target.points[:, 24:]  # (N, 21, 3)
    shown = torch.cat([points, torch.ones(*points.shape[:2], 1)], 2) @ scenes.projection.transpose(1, 2)
    before = shown[..., 2] > 0.06  # others lie behind the lens, where nothing is seen
    assert before.float().mean() > 0.9
    crop = shown[..., :2] / shown[..., 2:]
    torch.testing.assert_close(crop[before], scenes.target.image[before], atol=2e-3, rtol=2e-3)


def test_filmed_motion_and_people_are_told_as_they_are(poses: PoseSampler, body: Body):
    generator = seeded(2)
    rotmat = rotmat_from_axis_angle(0.3 * torch.randn(2, 4, 24, 3, generator=generator))
    betas = torch.randn(2, 10, generator=generator)
    camera = camera_orientation(2, ViewConfig(), generator)
    given = rotmat.clone()
    scenes = SceneSampler(SceneConfig(), poses, body, 0).film(rotmat, betas, camera, Dice(generator, 2))
    assert torch.equal(rotmat, given)
    told = scenes.target.rotmat.unflatten(0, (2, 4))
    torch.testing.assert_close(told[:, :, 1:], rotmat[:, :, 1:])
    torch.testing.assert_close(scenes.target.betas, betas.repeat_interleave(4, 0))
    in_camera = scenes.ray.unflatten(0, (2, 4)) @ told[:, :, 0]
    torch.testing.assert_close(in_camera, camera[:, None] @ rotmat[:, :, 0], atol=1e-5, rtol=1e-5)
