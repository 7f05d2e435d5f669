"""A trained STR and SPIN's backbone become weights that the app loads."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from str_live.body.regressor import Regressor
from str_live.features.resnet import ResNet50
from str_live.network.video_network import VideoNetwork, VideoNetworkConfig
from str_live.settings import NetworkSettings
from str_live.train.paper.export_for_app import export_for_app
from str_live.weights.load import load_model
from str_live.weights.own import WeightsError
from str_live.weights.video import save_video_network


def test_the_app_runs_what_was_trained(tmp_path):
    torch.manual_seed(0)
    trained = {
        name: VideoNetwork(VideoNetworkConfig(name, regressor_hidden=16)).eval() for name in ("str", "vibe")
    }
    for name, network in trained.items():
        save_video_network(network, tmp_path / f"{name}.safetensors")
    spin = tmp_path / "spin.pt"
    torch.save({"model": {**ResNet50().state_dict(), **Regressor(2048, 16).state_dict()}}, spin)
    export_for_app([tmp_path / f"{name}.safetensors" for name in trained], spin, tmp_path / "app.safetensors")
    model = load_model("resnet", weights=[tmp_path / "app.safetensors"])
    assert model.networks == ("str", "vibe", "frame")
    window = torch.rand(1, 16, 2048)
    predictions = model.predict(window[0].numpy(), [NetworkSettings(name) for name in trained])
    for prediction, network in zip(predictions, trained.values(), strict=True):
        with torch.inference_mode():
            expected = network(window).betas[0]
        torch.testing.assert_close(torch.from_numpy(prediction.betas), expected, atol=2e-3, rtol=0)


@pytest.mark.parametrize("config", [{"temporal": "frame"}, {"bypassed": ("ttr",)}])
def test_only_whole_temporal_networks_go_into_the_app(tmp_path, config):
    network = VideoNetwork(VideoNetworkConfig(width=16, regressor_hidden=8, **config))
    save_video_network(network, tmp_path / "best.safetensors")
    with pytest.raises(WeightsError, match="whole"):
        export_for_app([tmp_path / "best.safetensors"], tmp_path / "spin.pt", tmp_path / "app.safetensors")


def test_two_of_a_kind_and_networks_of_other_sizes_are_refused(tmp_path):
    def save(name: str, **sizes: int) -> Path:
        network = VideoNetwork(VideoNetworkConfig(name, width=16, **sizes))
        save_video_network(network, tmp_path / f"{name}{len(sizes)}.safetensors")
        return tmp_path / f"{name}{len(sizes)}.safetensors"

    first, second = save("vibe"), save("vibe", regressor_hidden=8)
    with pytest.raises(WeightsError, match=r"vibe1\.safetensors is a second VIBE"):
        export_for_app([first, second], tmp_path / "spin.pt", tmp_path / "app.safetensors")
    with pytest.raises(WeightsError, match="differ in their sizes"):
        export_for_app([save("tcmr"), second], tmp_path / "spin.pt", tmp_path / "app.safetensors")
