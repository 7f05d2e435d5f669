"""The draw by variety: what repeats itself is drawn less often, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.clip import FPS
from str_live.datasets.motion.variety import features, weighted_seconds
from str_live.datasets.simulated.poses import PoseConfig, PoseSampler
from str_live.rotation import axis_angle_from_rotmat
from str_live.skeleton import JOINT

STILL_S, WAVING_S = 27, 3
ELBOW = JOINT["left_elbow"]


def still_and_waving() -> tuple[np.ndarray, np.ndarray]:
    """A clip of 27 s in which nothing moves, and one of 3 s with a bent left elbow; lengths in frames."""
    lengths = np.array([STILL_S * FPS, WAVING_S * FPS])
    rotmat = np.tile(np.eye(3, dtype=np.float32), (lengths.sum(), 24, 1, 1))
    rotmat[lengths[0] :, ELBOW] = Rotation.from_rotvec([0, -1.5, 0]).as_matrix()
    return rotmat, lengths


@pytest.mark.parametrize(("exponent", "share"), [(1.0, 0.1), (0.5, 0.25), (0.0, 0.5)])
def test_a_cluster_of_n_seconds_is_drawn_n_to_the_exponent_times(exponent, share):
    rotmat, lengths = still_and_waving()
    seconds = weighted_seconds(rotmat, lengths, exponent=exponent, clusters=2)
    assert np.bincount(seconds.clip).tolist() == [STILL_S, WAVING_S]
    waving = seconds.weight[seconds.clip == 1].sum() / seconds.weight.sum()
    assert waving == pytest.approx(share)  # sqrt(3) / (sqrt(3) + sqrt(27)) = 1 / 4


def test_the_sampler_draws_by_these_weights_and_stays_within_its_clips():
    rotmat, lengths = still_and_waving()
    config = PoseConfig(splice=0, perturb=0, posed_legs=0, posed_arms=0, tilt=0, variety=0.0, clusters=2)
    sampler = PoseSampler(rotmat, np.array([0, lengths[0]]), config)
    drawn = sampler.sample(800, 19, torch.Generator().manual_seed(0))
    bent = axis_angle_from_rotmat(drawn[:, :, [ELBOW, JOINT["right_elbow"]]]).norm(dim=-1).amax(-1)
    assert torch.equal(
        bent > 0.75, bent[:, :1].expand_as(bent) > 0.75
    )  # no piece runs from one clip into another
    # A standard deviation of the share is 0.018; mirrored or not, the bend shows.
    assert (bent[:, 0] > 0.75).float().mean() == pytest.approx(0.5, abs=0.09)


def test_without_variety_the_draw_is_the_one_it_was():
    rotmat, lengths = still_and_waving()
    sampler = PoseSampler(rotmat, np.array([0, lengths[0]]))
    first = sampler._places(torch.full((5,), 18.0), torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(3)
    clip = torch.multinomial(torch.tensor(lengths).float(), 5, replacement=True, generator=generator)
    start = torch.rand(5, generator=generator) * (torch.tensor(lengths)[clip] - 1.0 - 18)
    assert torch.equal(first[0], clip)
    assert torch.equal(first[1], start)


def test_where_somebody_faces_does_not_matter_but_whether_he_lies_does():
    poses = Rotation.from_rotvec([[0, 0, 0], [0, 2, 0], [1.5, 0, 0]]).as_matrix().astype(np.float32)
    rotmat = np.tile(np.eye(3, dtype=np.float32), (3, 24, 1, 1))
    rotmat[:, 0] = poses
    ones = np.ones(3, int)
    front, turned, lying = features(rotmat, np.arange(3), ones, 0 * ones)
    np.testing.assert_allclose(front, turned, atol=1e-6)
    assert np.abs(front - lying).max() > 0.5
