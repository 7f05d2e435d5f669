"""A packed regressor says what the trained one says."""

from __future__ import annotations

import torch
from torch import nn

from str_live.body.regressor import Regressor
from str_live.network.packed import pack_regressors
from str_live.network.packed.regressor import PackedRegressor


@torch.inference_mode()
def test_a_packed_regressor_says_the_same():
    torch.manual_seed(0)
    network = nn.ModuleDict({"regressor": Regressor(width=32, hidden=16)}).eval()
    nn.init.normal_(network["regressor"].deccam.weight)
    packed = pack_regressors(network)
    assert isinstance(packed["regressor"], PackedRegressor)
    assert isinstance(network["regressor"], Regressor)
    feature = torch.randn(3, 32)
    for found, expected in zip(packed["regressor"](feature), network["regressor"](feature), strict=True):
        torch.testing.assert_close(found, expected)
