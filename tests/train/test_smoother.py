"""STR's start as a smoother: it passes on what is constant and calms what is noisy."""

from __future__ import annotations

import pytest
import torch

from str_live.temporal import STR, STRConfig
from str_live.train.smoother import initialise_as_smoother


def small(**changes: object) -> STR:
    torch.manual_seed(0)
    return STR(STRConfig(width=16, attention_width=8, **changes)).eval()


def test_started_as_a_smoother_it_returns_a_constant_feature_and_calms_a_noisy_one():
    network = small()
    initialise_as_smoother(network, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(2)
    constant = (torch.rand(64, 1, 16, generator=generator) - 0.5).expand(-1, 16, -1)
    said = network(constant).features[:, 0]
    assert torch.corrcoef(torch.stack([said.flatten(), constant[:, 0].flatten()]))[0, 1] > 0.98
    noise = 0.2 * torch.randn(64, 16, 16, generator=generator)
    moved = network(constant + noise).features[:, 0] - said
    assert moved.std() < 0.6 * noise.std()


def test_a_unidirectional_network_is_refused():
    with pytest.raises(ValueError, match="bidirectional"):
        initialise_as_smoother(small(gru_bidirectional=False), torch.Generator())
