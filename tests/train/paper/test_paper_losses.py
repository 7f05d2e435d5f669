"""The paper's losses against the same written out sample by sample, and at their limits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.body.regressor import Regression
from str_live.datasets.measured_body import load_measured_body
from str_live.datasets.published.sequences import Sequence
from str_live.geometry import project
from str_live.rotation import pose6d_from_rotmat, rotmat_from_6d, rotmat_from_axis_angle
from str_live.train.paper.config import Weights
from str_live.train.paper.losses import paper_terms, total_loss

WEIGHTS = Weights()


@pytest.fixture(scope="module")
def body():
    return load_measured_body(None)


def case(body, w_smpl=(1.0, 0.0, 0.0), w_3d=(1.0, 1.0, 0.0)) -> tuple[Regression, Sequence]:
    """Three windows with two predictions each, all different from the truth."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * 0.3

    camera = draw(6, 3) * 0.1 + torch.tensor([0.9, 0.0, 0.0])
    pose6d = pose6d_from_rotmat(rotmat_from_axis_angle(draw(6, 24, 3)))
    said = Regression(pose6d, draw(6, 10), camera)
    kp_2d = torch.cat([draw(3, 49, 2), torch.rand(3, 49, 1, generator=generator)], dim=2)
    weights = torch.tensor(w_3d), torch.tensor(w_smpl)
    truth = (kp_2d, draw(3, 49, 3), draw(3, 85))
    return said, Sequence(torch.zeros(3, 16, 4), *(part[:, None] for part in truth), *weights)


def naive(said: Regression, truth: Sequence, body) -> dict[str, float]:
    """As TCMR's code goes: select the samples, then plain means."""
    rotmat = rotmat_from_6d(said.pose6d)
    joints = body.joints_49(rotmat, said.betas)
    image = project(joints, said.camera).numpy()
    errors: dict[str, list] = {"image": [], "joints": [], "pose": [], "shape": []}
    for row in range(6):
        true = row // 2
        errors["image"] += [
            truth.kp_2d[true, 0, joint, 2]
            * (image[row, joint, axis] - truth.kp_2d[true, 0, joint, axis]) ** 2
            for joint in range(49)
            for axis in range(2)
        ]
        if truth.w_3d[true]:
            both = []
            for points in (joints[row].numpy(), truth.kp_3d[true, 0].numpy()):
                both.append(points[25:39] - (points[27] + points[28]) / 2)
            errors["joints"] += list(((both[0] - both[1]) ** 2).ravel())
        if truth.w_smpl[true]:
            pose = rotmat_from_axis_angle(truth.theta[true, 0, 3:75].view(24, 3))
            errors["pose"] += ((rotmat[row] - pose) ** 2).flatten().tolist()
            errors["shape"] += ((said.betas[row] - truth.theta[true, 0, 75:]) ** 2).tolist()
    weights = {"image": 300, "joints": 300, "pose": 60, "shape": 0.06}
    return {name: weights[name] * float(np.mean(list_)) for name, list_ in errors.items() if list_}


def test_losses_against_a_naive_twin(body):
    said, truth = case(body)
    loss, parts = total_loss(paper_terms(said, truth, body.joints_49), WEIGHTS)
    expected = naive(said, truth, body)
    for name, value in expected.items():
        assert float(parts[name]) == pytest.approx(value, rel=1e-4)
    assert loss.item() == pytest.approx(sum(expected.values()), rel=1e-4)


def test_truth_of_all_frames_meets_each_frame_s_own_prediction(body):
    said, truth = case(body)
    alone = Sequence(
        truth.features.repeat_interleave(2, 0), *(part.repeat_interleave(2, 0) for part in truth[1:])
    )
    moved = alone.kp_2d + torch.arange(6.0)[:, None, None, None]
    each = alone._replace(kp_2d=moved)
    pairs = truth._replace(**{
        name: getattr(each, name).reshape(3, 2, *getattr(each, name).shape[2:])
        for name in ("kp_2d", "kp_3d", "theta")
    })  # fmt: skip
    expected, _ = total_loss(paper_terms(said, each, body.joints_49), WEIGHTS)
    loss, _ = total_loss(paper_terms(said, pairs, body.joints_49), WEIGHTS)
    torch.testing.assert_close(loss, expected)


def test_without_smpl_in_the_batch_its_terms_are_absent(body):
    said, truth = case(body, w_smpl=(0.0, 0.0, 0.0), w_3d=(0.0, 0.0, 0.0))
    loss, parts = total_loss(paper_terms(said, truth, body.joints_49), WEIGHTS)
    assert parts["pose"] == parts["shape"] == parts["joints"] == 0
    assert loss == parts["image"]


def test_perfect_prediction_costs_nothing_even_at_half_a_turn(body):
    theta = torch.zeros(1, 85)
    theta[0, 3] = torch.pi
    rotmat = rotmat_from_axis_angle(theta[:, 3:75].view(1, 24, 3))
    pose6d = pose6d_from_rotmat(rotmat).requires_grad_()
    betas, camera = torch.zeros(1, 10, requires_grad=True), torch.tensor([[0.9, 0.0, 0.2]])
    joints = body.joints_49(rotmat, betas.detach())
    kp_2d = torch.cat([project(joints, camera), torch.ones(1, 49, 1)], dim=2)
    one = torch.ones(1)
    truth = Sequence(torch.zeros(1, 16, 4), kp_2d[None], joints[None] + 3.0, theta[None], one, one)
    loss, _ = total_loss(paper_terms(Regression(pose6d, betas, camera), truth, body.joints_49), WEIGHTS)
    assert loss.item() < 1e-6
    loss.backward()
    assert torch.isfinite(pose6d.grad).all()
    assert torch.isfinite(betas.grad).all()
