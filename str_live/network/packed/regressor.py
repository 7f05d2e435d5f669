"""Packs regressors. In: a network, out: one whose regressors take a quarter of the calls, to the same result.

Pose, shape and camera stay one vector from iteration to iteration, and the three heads are one product.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn

from str_live.body.regressor import BETAS, JOINTS, STATE, Regression, Regressor
from str_live.network.packed.sharing import copy_sharing_weights

M = TypeVar("M", bound=nn.Module)


def pack_regressors(network: M) -> M:
    """A copy of `network` with packed regressors, for inference; all else is shared with it."""
    packed = copy_sharing_weights(network)
    for module in list(packed.modules()):
        for name, child in module.named_children():
            if isinstance(child, Regressor):
                setattr(module, name, PackedRegressor(child))
    return packed


class PackedRegressor(nn.Module):
    """A Regressor without dropout."""

    start: Tensor
    of_feature: Tensor
    of_state: Tensor
    bias: Tensor
    head: Tensor
    head_bias: Tensor

    def __init__(self, regressor: Regressor) -> None:
        super().__init__()
        self.iterations, self.fc2 = regressor.iterations, regressor.fc2
        heads = (regressor.decpose, regressor.decshape, regressor.deccam)
        weight = regressor.fc1.weight.detach()
        parts = {
            "start": torch.cat([regressor.init_pose, regressor.init_shape, regressor.init_cam], dim=1),
            "of_feature": weight[:, :-STATE].contiguous(),
            "of_state": weight[:, -STATE:].T.contiguous(),
            "bias": regressor.fc1.bias.detach(),
            "head": torch.cat([head.weight for head in heads]).T.contiguous(),
            "head_bias": torch.cat([head.bias for head in heads]),
        }
        for name, part in parts.items():
            self.register_buffer(name, part.detach(), persistent=False)

    def forward(self, feature: Tensor) -> Regression:
        entering = nn.functional.linear(feature, self.of_feature, self.bias)
        state = self.start.expand(len(feature), -1)  # (B, 157)
        for _ in range(self.iterations):
            hidden = self.fc2(torch.addmm(entering, state, self.of_state))
            state = torch.addmm(state + self.head_bias, hidden, self.head)
        pose, shape, camera = state.split([JOINTS * 6, BETAS, 3], dim=1)
        return Regression(pose.reshape(len(feature), JOINTS, 6), shape, camera)
