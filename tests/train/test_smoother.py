"""The starts of the temporal networks: what is constant passes, and the smoothers calm what is noisy."""

from __future__ import annotations

import pytest
import torch

from str_live.temporal import STR, TCMR, VIBE, STRConfig
from str_live.train.smoother import initialise_as_smoother, start_temporal


def small(**changes: object) -> STR:
    torch.manual_seed(0)
    return STR(STRConfig(width=16, attention_width=8, **changes)).eval()


def started(network: torch.nn.Module) -> torch.nn.Module:
    start_temporal(network, torch.Generator().manual_seed(0))
    return network.eval()


def constants() -> tuple[torch.Tensor, torch.Tensor]:
    """(64, 16, 16) windows of one feature each, and noise."""
    generator = torch.Generator().manual_seed(2)
    constant = (torch.rand(64, 1, 16, generator=generator) - 0.5).expand(-1, 16, -1)
    return constant, 0.2 * torch.randn(64, 16, 16, generator=generator)


@pytest.mark.parametrize("network", [small(), TCMR(16, attention_width=8, hidden=20)], ids=["str", "tcmr"])
def test_started_as_a_smoother_it_returns_a_constant_feature_and_calms_a_noisy_one(network):
    network = started(network)
    constant, noise = constants()
    said = network(constant).features[:, 0]
    assert torch.corrcoef(torch.stack([said.flatten(), constant[:, 0].flatten()]))[0, 1] > 0.98
    moved = network(constant + noise).features[:, 0] - said
    assert moved.std() < 0.6 * noise.std()


def test_a_tcmr_with_little_room_still_knows_most_of_the_feature():
    network = started(TCMR(16, attention_width=8, hidden=11))
    constant, _ = constants()
    said = network(constant).features[:, 0]
    assert torch.corrcoef(torch.stack([said.flatten(), constant[:, 0].flatten()]))[0, 1] > 0.9


def test_vibe_starts_as_its_input():
    constant, noise = constants()
    network = started(VIBE(16, hidden=12))
    assert torch.equal(network(constant + noise).features[:, 0], (constant + noise)[:, 8])


def test_a_unidirectional_network_is_refused():
    with pytest.raises(ValueError, match="bidirectional"):
        initialise_as_smoother(small(gru_bidirectional=False), torch.Generator())


@pytest.mark.parametrize("moving", [False, True])
def test_a_ttr_that_carries_no_first_fragment_starts_as_the_feature_of_the_middle(moving):
    """With it, the pose of eight frames ago stays in what TTR says as soon as somebody moves."""
    generator = torch.Generator().manual_seed(2)
    start, end = (torch.rand(64, 1, 16, generator=generator) - 0.5 for _ in range(2))
    way = torch.linspace(0, 1, 17)[:16, None] if moving else torch.zeros(16, 1)
    features = start + (end - start) * way
    agreement = {}
    for first in ("raw", "none"):
        said = started(small(ttr_first=first, ttr_readout="near")).ttr(features)
        agreement[first] = torch.corrcoef(torch.stack([said.flatten(), features[:, 8].flatten()]))[0, 1]
    assert agreement["none"] > 0.99
    assert agreement["none"] > agreement["raw"] - 1e-3
    if moving:
        assert agreement["raw"] < 0.95
