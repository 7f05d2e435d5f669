"""Simulated people: bodies against plain skinning, poses that people can take, observations with errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.simulated.poses import PoseConfig, PoseSampler, mirrored, slow_noise
from str_live.datasets.simulated.views import (
    NAMES,
    SWAPPED,
    ViewConfig,
    autoregressive,
    camera_orientation,
    observe,
)
from str_live.features.landmarks import LANDMARK_POINTS
from str_live.rotation import axis_angle_from_rotmat, rotmat_from_axis_angle
from str_live.skeleton import MIRRORED_JOINT, PARENTS


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    j_regressor, landmark_regressor = rng.random((24, 60)), rng.random((33, 60))
    weights = rng.random((60, 24)) ** 8
    return {
        "v_template": rng.normal(size=(60, 3)),
        "shapedirs": rng.normal(size=(60, 3, 10)) * 0.1,
        "j_regressor": j_regressor / j_regressor.sum(1, keepdims=True),
        "weights": weights / weights.sum(1, keepdims=True),
        "parents": np.array(PARENTS),
        "landmark_regressor": landmark_regressor / landmark_regressor.sum(1, keepdims=True),
    }


def test_points_are_those_of_the_skinned_mesh(arrays):
    rotmat = rotmat_from_axis_angle(torch.randn(2, 24, 3, generator=generator()))
    betas = torch.randn(2, 10, generator=generator(1))
    said = PointBody(**arrays)(rotmat, betas)
    for n in range(2):
        shaped = arrays["v_template"] + arrays["shapedirs"] @ betas[n].numpy()
        rest = arrays["j_regressor"] @ shaped
        transforms = []
        for j, parent in enumerate(PARENTS):
            local = np.eye(4)
            local[:3, :3] = rotmat[n, j].numpy()
            local[:3, 3] = rest[j] - (rest[parent] if j else 0)
            transforms.append(transforms[parent] @ local if j else local)
        joints = np.array([transform[:3, 3] for transform in transforms])
        skinned = np.zeros((60, 3))
        for v in range(60):
            for j in range(24):
                posed = transforms[j][:3, :3] @ (shaped[v] - rest[j]) + joints[j]
                skinned[v] += arrays["weights"][v, j] * posed
        landmarks = arrays["landmark_regressor"] @ skinned
        points = [landmarks[list(ids)].mean(0) for ids in LANDMARK_POINTS.values()]
        np.testing.assert_allclose(said.joints[n], joints, atol=1e-4)
        np.testing.assert_allclose(said.points[n], points, atol=1e-4)


def sampler(config: PoseConfig | None = None) -> PoseSampler:
    turns = slow_noise(3, 60, (24, 3), generator(5)) * 0.3
    rotmat = rotmat_from_axis_angle(turns).reshape(-1, 24, 3, 3).numpy()
    return PoseSampler(rotmat, np.array([0, 60, 120]), config)


def test_sampled_poses_are_rotations_that_move_smoothly():
    rotmat = sampler().sample(32, 19, generator())
    assert rotmat.shape == (32, 19, 24, 3, 3)
    torch.testing.assert_close(rotmat @ rotmat.mT, torch.eye(3).expand_as(rotmat), atol=1e-4, rtol=0)
    step = axis_angle_from_rotmat(rotmat[:, 1:] @ rotmat[:, :-1].mT).norm(dim=-1)
    assert step.max() < 0.6  # rad a frame: no jumps


def test_sampling_is_repeatable():
    first, second = (sampler().sample(4, 3, generator(7)) for _ in range(2))
    assert torch.equal(first, second)


def test_mirroring_twice_is_nothing_and_once_exchanges_the_sides():
    rotmat = sampler().sample(2, 3, generator())
    always = torch.tensor([True, True])
    once = mirrored(rotmat, always)
    torch.testing.assert_close(mirrored(once, always), rotmat)
    turn, turned = axis_angle_from_rotmat(rotmat), axis_angle_from_rotmat(once)
    torch.testing.assert_close(turned[:, :, 4, 0], turn[:, :, 5, 0], atol=1e-4, rtol=0)
    assert sorted(MIRRORED_JOINT) == list(range(24))


def test_posed_legs_bend_knees_only_forwards():
    config = PoseConfig(perturb=0, splice=0, posed_legs=1.0, posed_arms=0, tilt=0)
    rotmat = sampler(config).sample(200, 2, generator())
    for knee in (4, 5):
        turn = axis_angle_from_rotmat(rotmat[:, :, knee])
        assert turn[..., 0].min() > -1e-4
        assert turn[..., 1:].abs().max() < 1e-4


def test_a_level_camera_sees_an_upright_person_upright():
    config = ViewConfig(pitch=(0.0, 0.0), roll=0.0, wild=0.0)
    up = camera_orientation(100, config, generator()) @ torch.tensor([0.0, 1.0, 0.0])
    torch.testing.assert_close(up, torch.tensor([0.0, -1.0, 0.0]).expand(100, 3), atol=1e-6, rtol=0)


def test_a_camera_that_looks_down_sees_the_head_nearer_than_the_feet():
    config = ViewConfig(pitch=(0.4, 0.0), roll=0.0, wild=0.0)
    up = camera_orientation(100, config, generator()) @ torch.tensor([0.0, 1.0, 0.0])
    assert (up[:, 2] < -0.3).all()


QUIET = ViewConfig(
    bias=(0, 0), slow=(0, 0), white=(0, 0), outlier=0, swap=0, truncated=0, distance=(1e4, 1e4)
)


def test_without_errors_the_network_is_given_the_true_points():
    points = torch.randn(6, 21, 3, generator=generator()) * torch.tensor([0.3, 0.8, 0.2])
    view = observe(points, 2, 3, QUIET, generator())
    clean = view.clean
    low, high = clean.amin(1, keepdim=True), clean.amax(1, keepdim=True)
    half = ((high - low).amax(-1, keepdim=True)) / 2
    torch.testing.assert_close(view.inputs[:, :42].reshape(6, 21, 2), (clean - (low + high) / 2) / half)
    assert view.inside.all()


def test_truncated_views_are_marked_and_their_crop_ignores_the_far_guess():
    config = ViewConfig(truncated=1.0)
    points = torch.zeros(200, 21, 3)
    points[:, :, 1] = torch.linspace(-0.8, 0.9, 21)
    view = observe(points, 200, 1, config, generator())
    assert not view.inside.all()
    assert view.inside[:, 0].all() or view.inside.float().mean() > 0.3
    torch.testing.assert_close(view.inputs[:, 42:63], view.inside.float() - 0.8)
    assert view.inputs[:, 63:].abs().max() < 1.5  # the body's box never leaves the crop far behind


def test_swapped_names_are_the_other_side():
    for index, name in enumerate(NAMES):
        other = NAMES[SWAPPED[index]]
        assert SWAPPED[SWAPPED[index]] == index
        assert (name == "nose") == (other == "nose")
        assert name.split("_")[-1] == other.split("_")[-1]


def test_autoregressive_noise_has_the_asked_variance_and_memory():
    noise = autoregressive(4000, 8, (1,), 0.88, generator())[..., 0]
    assert noise.std().item() == pytest.approx(1.0, abs=0.03)
    correlation = torch.corrcoef(torch.stack([noise[:, :-1].flatten(), noise[:, 1:].flatten()]))[0, 1]
    assert correlation.item() == pytest.approx(0.88, abs=0.02)
