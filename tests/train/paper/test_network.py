"""The trained network's parts, its start from SPIN, and checkpoints that rebuild themselves."""

from __future__ import annotations

import pytest
import torch

from str_live.body.regressor import Regressor
from str_live.network.video_network import VideoNetwork, VideoNetworkConfig
from str_live.temporal import STRConfig
from str_live.train.paper.network import start_regressor
from str_live.weights.own import WeightsError
from str_live.weights.video import load_video_network, save_video_network

TINY = {"width": 16, "switches": STRConfig(attention_width=8), "regressor_hidden": 16}


@pytest.mark.parametrize(("temporal", "outputs"), [("str", 3), ("tcmr", 3), ("vibe", 16), ("frame", 1)])
def test_checkpoints_rebuild_themselves(tmp_path, temporal, outputs):
    torch.manual_seed(0)
    network = VideoNetwork(VideoNetworkConfig(temporal, bypassed=("ttr",), **TINY))
    windows = torch.rand(2, 16, 16)
    assert network.train()(windows).betas.shape == (2 * outputs, 10)
    save_video_network(network, tmp_path / "best.safetensors", notes={"training": "none"})
    again = load_video_network(tmp_path / "best.safetensors")
    assert again.config == network.config
    torch.testing.assert_close(again(windows), network.eval()(windows), rtol=0, atol=0)


def test_vibe_learns_from_all_frames_and_is_used_for_the_middle_one():
    torch.manual_seed(0)
    network = VideoNetwork(VideoNetworkConfig("vibe", regressor_dropout=0.0, **TINY))
    windows = torch.rand(2, 16, 16)
    learnt = network.train()(windows).betas.view(2, 16, 10)
    torch.testing.assert_close(network.eval()(windows).betas, learnt[:, 8])
    alone = VideoNetwork(VideoNetworkConfig("vibe", all_frames=False, **TINY)).train()
    assert alone(windows).betas.shape == (2, 10)
    assert not VideoNetworkConfig("tcmr").learns_all_frames


def test_bypassed_modules_leave_the_network():
    torch.manual_seed(0)
    whole = VideoNetwork(VideoNetworkConfig(**TINY)).eval()
    less = VideoNetwork(VideoNetworkConfig(bypassed=("cross", "ste_time"), **TINY)).eval()
    less.load_state_dict(whole.state_dict())
    windows = torch.rand(2, 16, 16)
    assert not torch.allclose(less(windows).pose6d, whole(windows).pose6d)


def test_foreign_and_damaged_checkpoints_are_one_sentence(tmp_path):
    path = tmp_path / "best.safetensors"
    with pytest.raises(WeightsError, match="does not exist"):
        load_video_network(path)
    save_video_network(VideoNetwork(VideoNetworkConfig(**TINY)), path)
    path.write_bytes(path.read_bytes().replace(b'"temporal\\": \\"str', b'"temporal\\": \\"sur'))
    with pytest.raises(WeightsError, match="does not fit"):
        load_video_network(path)


def test_regressor_starts_from_spin(tmp_path):
    spin = Regressor(16, 16)
    torch.save({"model": {"conv1.weight": torch.zeros(1), **spin.state_dict()}},
               tmp_path / "spin_model_checkpoint.pth.tar")  # fmt: skip
    network = VideoNetwork(VideoNetworkConfig(**TINY))
    start_regressor(network, tmp_path)
    torch.testing.assert_close(network.regressor.state_dict(), spin.state_dict())
    assert all(parameter.requires_grad for parameter in network.parameters())
    with pytest.raises(WeightsError, match="start_from_spin"):
        start_regressor(network, tmp_path / "elsewhere")
    with pytest.raises(WeightsError, match=r"fc1\.weight"):
        start_regressor(VideoNetwork(VideoNetworkConfig(**{**TINY, "width": 32})), tmp_path)
