"""Packs wide GRUs for the CPU. In: a temporal network, out: one that reads its weights at half the size.

A GRU of one sequence multiplies matrices with vectors, one step after the other: reading the weights from
memory is all the work. They are kept in bfloat16 and in oneDNN's order; states, gates and sums stay float32.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn

from str_live.network.packed.sharing import copy_sharing_weights

WIDE = 512
"""States from which on the weights of a direction (3 MB in bfloat16) do not stay in a core's cache."""
M = TypeVar("M", bound=nn.Module)


def pack_recurrences(network: M, dtype: torch.dtype) -> M:
    """A copy of `network` whose wide GRUs keep their weights in `dtype`; all else is shared with it."""
    packed = copy_sharing_weights(network)
    for module in list(packed.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.GRU) and child.hidden_size >= WIDE:
                setattr(module, name, PackedGRU(child, dtype))
    return packed


class PackedGRU(nn.Module):
    """An nn.GRU with `batch_first` and biases, on the CPU and for inference only."""

    def __init__(self, gru: nn.GRU, dtype: torch.dtype) -> None:
        super().__init__()
        assert gru.batch_first
        assert gru.bias
        self.layers = nn.ModuleList(
            nn.ModuleList(
                _Direction(gru, f"_l{layer}{suffix}", dtype)
                for suffix in ("", "_reverse")[: 1 + gru.bidirectional]
            )
            for layer in range(gru.num_layers)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """(B, T, C) -> (B, T, directions * H) states of the last layer, and no last states."""
        for layer in self.layers:
            assert isinstance(layer, nn.ModuleList)
            states = [direction(x, backwards=place == 1) for place, direction in enumerate(layer)]
            x = torch.cat(states, dim=-1)
        return x, None


class _Direction(nn.Module):
    """One layer of a GRU in one direction of time."""

    def __init__(self, gru: nn.GRU, suffix: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.hidden = gru.hidden_size
        self.from_input = _Linear(gru, "ih", suffix, dtype)
        self.from_state = _Linear(gru, "hh", suffix, dtype)

    def forward(self, x: Tensor, *, backwards: bool) -> Tensor:
        """(B, T, C) -> (B, T, H)."""
        inputs = self.from_input(x.flatten(0, 1)).view(*x.shape[:2], -1).unbind(1)  # T of (B, 3 H)
        state, states = x.new_zeros(len(x), self.hidden), []
        for entering in reversed(inputs) if backwards else inputs:
            state = self._step(entering, state)
            states.append(state)
        return torch.stack(states[::-1] if backwards else states, dim=1)

    def _step(self, entering: Tensor, state: Tensor) -> Tensor:
        """(B, 3 H) and (B, H) -> (B, H), in the order of torch's gates: reset, update, new."""
        recurrent = self.from_state(state)
        gates = torch.sigmoid(entering[:, : 2 * self.hidden] + recurrent[:, : 2 * self.hidden])
        reset, update = gates.chunk(2, dim=1)
        new = torch.addcmul(entering[:, 2 * self.hidden :], reset, recurrent[:, 2 * self.hidden :])
        return torch.lerp(torch.tanh(new), state, update)


class _Linear(nn.Module):
    """A product with weights in `dtype` and oneDNN's order: float32 in and out."""

    def __init__(self, gru: nn.GRU, kind: str, suffix: str, dtype: torch.dtype) -> None:
        super().__init__()
        weight, bias = getattr(gru, f"weight_{kind}{suffix}"), getattr(gru, f"bias_{kind}{suffix}")
        self.dtype = dtype
        self._layout = torch.ops.mkldnn._reorder_linear_weight(weight.detach().to(dtype))
        self._bias = bias.detach().to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.mkldnn._linear_pointwise(
            x.to(self.dtype), self._layout, self._bias, "none", [], ""
        ).float()
