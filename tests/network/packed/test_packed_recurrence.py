"""Packed GRUs give what nn.GRU gives, and only wide ones are packed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from str_live.network.device import computes_bfloat16, has_onednn
from str_live.network.packed import pack_recurrences
from str_live.network.packed.recurrence import WIDE, PackedGRU
from str_live.temporal import STR, TCMR, VIBE, STRConfig


def windows(width: int, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, 16, width, generator=torch.Generator().manual_seed(1)).abs()


@pytest.mark.skipif(not has_onednn(), reason="torch was built without oneDNN for this processor")
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
@torch.inference_mode()
def test_a_packed_gru_in_float32_is_the_gru(bidirectional, layers):
    torch.manual_seed(0)
    gru = nn.GRU(24, 12, layers, batch_first=True, bidirectional=bidirectional)
    found, _ = PackedGRU(gru, torch.float32)(windows(24))
    torch.testing.assert_close(found, gru(windows(24))[0], atol=1e-6, rtol=1e-5)


@pytest.mark.skipif(
    not computes_bfloat16(torch.device("cpu")), reason="this processor does not compute in bfloat16"
)
@pytest.mark.parametrize("make", [lambda: STR(STRConfig(width=2 * WIDE)), lambda: TCMR(2 * WIDE)])
@torch.inference_mode()
def test_wide_networks_say_nearly_the_same_in_bfloat16(make):
    torch.manual_seed(0)
    network = make().eval()
    packed = pack_recurrences(network, torch.bfloat16)
    found, expected = (each(windows(2 * WIDE)).features for each in (packed, network))
    assert found.dtype == torch.float32
    assert 0 < (found - expected).norm() / expected.norm() < 0.01


@torch.inference_mode()
def test_networks_that_fit_into_caches_stay_as_they_are():
    torch.manual_seed(0)
    network = VIBE(64).eval()
    packed = pack_recurrences(network, torch.bfloat16)
    assert torch.equal(packed(windows(64)).features, network(windows(64)).features)
    assert packed.gru.weight_ih_l0 is network.gru.weight_ih_l0
