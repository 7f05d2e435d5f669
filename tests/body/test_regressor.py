"""The regressor: SPIN's arithmetic, written once more step by step."""

from __future__ import annotations

import torch

from str_live.body.regressor import Regressor


@torch.inference_mode()
def test_the_regressor_is_spins_step_by_step():
    torch.manual_seed(0)
    regressor = Regressor(width=32, hidden=16).eval()
    feature = torch.randn(3, 32)
    state = torch.cat([regressor.init_pose, regressor.init_shape, regressor.init_cam], dim=1).expand(3, -1)
    heads = [regressor.decpose, regressor.decshape, regressor.deccam]
    for _ in range(3):
        hidden = regressor.fc2(regressor.fc1(torch.cat([feature, state], dim=1)))
        state = state + torch.cat([head(hidden) for head in heads], dim=1)
    said = regressor(feature)
    found = torch.cat([said.pose6d.flatten(1), said.betas, said.camera], dim=1)
    torch.testing.assert_close(found, state)


@torch.inference_mode()
def test_without_weights_the_mean_body_comes_out():
    regressor = Regressor(width=8, hidden=4).eval()
    for parameter in regressor.parameters():
        parameter.zero_()
    said = regressor(torch.randn(2, 8))
    assert torch.equal(said.pose6d.flatten(1), regressor.init_pose.expand(2, -1))
    assert torch.equal(said.camera, regressor.init_cam.expand(2, -1))
