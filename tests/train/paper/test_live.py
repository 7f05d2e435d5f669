"""A trained STR and SPIN's backbone become weights that the app loads."""

from __future__ import annotations

import pytest
import torch

from str_live.model import WeightsError, load_model
from str_live.regressor import Regressor
from str_live.resnet import ResNet50
from str_live.settings import NetworkSettings
from str_live.train.paper.config import NetworkConfig
from str_live.train.paper.live import export_for_app
from str_live.train.paper.network import VideoNetwork, save_video_network


def test_the_app_runs_what_was_trained(tmp_path):
    torch.manual_seed(0)
    trained = VideoNetwork(NetworkConfig(regressor_hidden=16)).eval()
    save_video_network(trained, tmp_path / "best.safetensors")
    torch.save(
        {"model": {**ResNet50().state_dict(), **Regressor(2048, 16).state_dict()}}, tmp_path / "spin.pt"
    )
    export_for_app(tmp_path / "best.safetensors", tmp_path / "spin.pt", tmp_path / "app.safetensors")
    model = load_model("resnet", weights=tmp_path / "app.safetensors")
    window = torch.rand(1, 16, 2048)
    [prediction] = model.predict(window[0].numpy(), [NetworkSettings()])
    with torch.inference_mode():
        expected = trained(window).betas[0]
    torch.testing.assert_close(torch.from_numpy(prediction.betas), expected, atol=2e-3, rtol=0)


def test_only_the_whole_str_goes_into_the_app(tmp_path):
    save_video_network(
        VideoNetwork(NetworkConfig("vibe", width=16, regressor_hidden=8)), tmp_path / "best.safetensors"
    )
    with pytest.raises(WeightsError, match="vibe"):
        export_for_app(tmp_path / "best.safetensors", tmp_path / "spin.pt", tmp_path / "app.safetensors")
