"""The network: its heads, and what variants that run together share."""

from __future__ import annotations

import pytest
import torch

from str_live.features.resnet import ResNet50
from str_live.network.network import Network, NetworkConfig
from str_live.settings import TEMPORAL_NETWORKS, NetworkSettings
from str_live.temporal import STR
from tests.network.small_network import network


def test_variants_together_say_what_each_says_alone():
    described, windows = network().eval(), torch.rand(2, 16, 16)
    variants = [
        NetworkSettings(),
        NetworkSettings().without("ttr"),
        *map(NetworkSettings, TEMPORAL_NETWORKS[1:]),
    ]
    with torch.inference_mode():
        together = described.describe(windows, variants)
        for (regression, attention), variant in zip(together, variants, strict=True):
            [(alone, _)] = described.describe(windows, [variant])
            torch.testing.assert_close(regression, alone)
            assert bool(attention) == (variant.temporal in ("str", "tcmr"))


def test_str_s_variants_share_their_parts(monkeypatch):
    described, calls = network().eval(), []
    parts = STR.parts
    monkeypatch.setattr(STR, "parts", lambda *given: calls.append(given) or parts(*given))
    variants = [NetworkSettings(), NetworkSettings("tcmr"), NetworkSettings().without("ttr")]
    described.describe(torch.rand(1, 16, 16), variants)
    assert len(calls) == 1


def test_the_rivals_of_the_default_weights_are_as_large_as_str():
    default = Network(NetworkConfig())
    count = {name: parameters(default.head(name).temporal) for name in default.networks}
    assert count["str"] == 2_404_872
    for name in ("tcmr", "vibe"):
        assert abs(count[name] / count["str"] - 1) < 0.02


@pytest.mark.parametrize("networks", [("str",), ("frame", "gru"), ()])
def test_networks_that_cannot_be_are_refused(networks):
    with pytest.raises(ValueError, match="'frame' included"):
        NetworkConfig(networks=networks)


def test_resnet_has_the_parameters_of_resnet50_without_classifier():
    assert parameters(ResNet50()) == 23_508_032


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
