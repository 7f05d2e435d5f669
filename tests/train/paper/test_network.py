"""What a network starts from: SPIN's regressor, or another checkpoint's."""

from __future__ import annotations

import pytest
import torch

from str_live.body.regressor import Regressor
from str_live.network.network import Network, features_config
from str_live.train.paper.network import start_regressor, start_regressor_from
from str_live.weights.own import WeightsError, save_network


def test_regressor_starts_from_spin(tmp_path):
    spin, own = Regressor(16, 16), Regressor(16, 16)
    torch.save({"model": {"conv1.weight": torch.zeros(1), **spin.state_dict()}},
               tmp_path / "spin_model_checkpoint.pth.tar")  # fmt: skip
    start_regressor(own, tmp_path)
    torch.testing.assert_close(own.state_dict(), spin.state_dict())
    assert all(parameter.requires_grad for parameter in own.parameters())
    with pytest.raises(WeightsError, match="start_from_spin"):
        start_regressor(own, tmp_path / "elsewhere")
    with pytest.raises(WeightsError, match=r"fc1\.weight"):
        start_regressor(Regressor(32, 16), tmp_path)


def test_regressor_starts_from_another_checkpoint(tmp_path):
    frame, own = Network(features_config("frame", width=16, regressor_hidden=8)), Regressor(16, 8)
    save_network(frame, tmp_path / "frame.safetensors")
    start_regressor_from(own, tmp_path / "frame.safetensors")
    torch.testing.assert_close(own.state_dict(), frame.only_head.regressor.state_dict())
    assert all(parameter.requires_grad for parameter in own.parameters())
    with pytest.raises(WeightsError, match="start_regressor_from"):
        start_regressor_from(Regressor(32, 8), tmp_path / "frame.safetensors")
