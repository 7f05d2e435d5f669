"""The app's own weights in a comparison: each network says there what it says in the app."""

from __future__ import annotations

import pytest
import torch

from str_live.evaluate.methods import load_methods
from str_live.settings import NetworkSettings
from str_live.weights.own import IMAGE_WEIGHTS, WeightsError, save_network
from tests.network.small_network import network


def test_each_network_in_a_file_of_the_app_is_a_method_and_says_the_same(tmp_path):
    path = tmp_path / "mine.safetensors"
    whole = network().eval()
    save_network(whole, path)
    methods = load_methods(path)
    assert [method.name for method in methods] == [f"mine {name}" for name in whole.networks]
    windows = torch.rand(2, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for name, method in zip(whole.networks, methods, strict=True):
            [(said, _)] = whole.describe(windows, [NetworkSettings(name)])
            torch.testing.assert_close(method.head.eval()(windows).pose6d, said.pose6d)
            assert str(path) in method.description


def test_image_weights_are_told_where_their_networks_are():
    if not IMAGE_WEIGHTS.exists():
        pytest.skip("there are no image weights: make train-images")
    with pytest.raises(WeightsError, match="give the weights that read them"):
        load_methods(IMAGE_WEIGHTS)
