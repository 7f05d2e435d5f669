"""The network: its heads, and what variants that run together share."""

from __future__ import annotations

import pytest
import torch

from str_live.features.resnet import ResNet50
from str_live.network.network import FEATURES, Network, NetworkConfig, features_config
from str_live.settings import TEMPORAL_NETWORKS, NetworkSettings
from str_live.temporal import STR, STRConfig
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


TINY = {"width": 16, "switches": STRConfig(attention_width=8), "regressor_hidden": 16}


@pytest.mark.parametrize(("temporal", "outputs"), [("str", 3), ("tcmr", 3), ("vibe", 16), ("frame", 1)])
def test_a_network_on_features_has_one_head_and_in_training_its_side_outputs(temporal, outputs):
    on_features = Network(features_config(temporal, **TINY))
    assert (on_features.networks, on_features.only_head.width) == ((temporal,), 16)
    assert not list(on_features.encoder.parameters())
    windows = torch.rand(2, 16, 16)
    assert on_features.only_head.train()(windows).betas.shape == (2 * outputs, 10)
    assert on_features.only_head.eval()(windows).betas.shape == (2, 10)


def test_a_head_alone_predicts_what_the_network_describes():
    whole, windows = network().eval(), torch.rand(2, 16, 16)
    for name in whole.networks:
        [(described, _)] = whole.describe(windows, [NetworkSettings(name)])
        torch.testing.assert_close(whole.head(name)(windows), described)


def test_vibe_learns_from_all_frames_and_is_used_for_the_middle_one():
    head = Network(features_config("vibe", regressor_dropout=0.0, **TINY)).only_head
    windows = torch.rand(2, 16, 16)
    learnt = head.train()(windows).betas.view(2, 16, 10)
    torch.testing.assert_close(head.eval()(windows).betas, learnt[:, 8])
    alone = Network(features_config("vibe", all_frames=False, **TINY)).only_head.train()
    assert alone(windows).betas.shape == (2, 10)


def test_bypassed_modules_leave_the_network():
    whole = Network(features_config(**TINY)).eval()
    less = Network(features_config(bypassed=("cross", "ste_time"), **TINY)).eval()
    less.load_state_dict(whole.state_dict())
    windows = torch.rand(2, 16, 16)
    [(described, _)] = whole.describe(windows, [NetworkSettings().without("cross", "ste_time")])
    torch.testing.assert_close(less.only_head(windows), described)
    assert not torch.allclose(less.only_head(windows).pose6d, whole.only_head(windows).pose6d)


def test_what_no_head_can_be_is_refused():
    with pytest.raises(ValueError, match="bypassed"):
        features_config(bypassed=("attention",), **TINY)
    with pytest.raises(ValueError, match="choose among"):
        NetworkConfig(FEATURES, ("gru",))
