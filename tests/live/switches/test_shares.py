"""The shares are what each module really contributes to STR's output."""

from __future__ import annotations

import pytest
import torch

from str_live.live.switches.shares import module_shares
from str_live.settings import NetworkSettings
from str_live.temporal.str import STR, Parts, STRConfig

WIDTH = 32


@pytest.fixture
def network() -> STR:
    torch.manual_seed(3)
    return STR(STRConfig(width=WIDTH, attention_width=16, integration_act="relu")).eval()


def shares_of(
    network: STR, parts: Parts, settings: NetworkSettings | None = None
) -> tuple[torch.Tensor, dict]:
    """Z and the shares of the one window."""
    with torch.inference_mode():
        output = network.mix(parts, settings or NetworkSettings())
    attention = {name: weights[0].numpy() for name, weights in output.attention.items()}
    return output.features[0, -1], module_shares(attention)


def parts_of(network: STR) -> Parts:
    torch.manual_seed(4)
    with torch.inference_mode():
        return network.parts(torch.randn(1, 16, WIDTH), [NetworkSettings()])


def test_the_five_shares_make_the_whole(network: STR):
    _, shares = shares_of(network, parts_of(network))
    assert list(shares) == ["ttr", "ste_time", "ste_freq", "self_integration", "cross_integration"]
    assert sum(shares.values()) == pytest.approx(1, abs=1e-6)
    assert all(share >= 0 for share in shares.values())


@pytest.mark.parametrize(
    ("field", "module"), [("reasoned", "ttr"), ("time", "ste_time"), ("frequency", "ste_freq")]
)
def test_a_source_reaches_the_output_by_its_share(network: STR, field: str, module: str):
    parts = parts_of(network)
    zeros = torch.zeros_like(parts.middle)
    alone = Parts(
        parts.middle, zeros, zeros, zeros, torch.zeros_like(parts.early), torch.zeros_like(parts.late)
    )
    alone = alone._replace(**{field: getattr(parts, field)})
    output, shares = shares_of(network, alone)
    torch.testing.assert_close(output, shares[module] * getattr(parts, field)[0], atol=1e-6, rtol=1e-4)


def test_equal_halves_reach_the_output_by_both_their_shares(network: STR):
    # With all frames of both halves the same, self-integration gives that frame again.
    parts = parts_of(network)
    zeros, frame = torch.zeros_like(parts.middle), torch.randn(1, 1, WIDTH)
    halves = frame.expand(-1, 8, -1)
    output, shares = shares_of(network, Parts(parts.middle, zeros, zeros, zeros, halves, halves))
    expected = (shares["self_integration"] + shares["cross_integration"]) * frame[0, 0]
    torch.testing.assert_close(output, expected, atol=1e-6, rtol=1e-4)


def test_a_network_without_one_of_the_integrations_has_no_shares(network: STR):
    parts = parts_of(network)
    assert shares_of(network, parts, NetworkSettings().without("cross"))[1] == {}
    assert module_shares({}) == {}
