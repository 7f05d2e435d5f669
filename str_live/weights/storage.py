"""Weights as they lie on disk: float32, half precision or 8 bits.

In: a state dictionary. Out: the tensors of a safetensors file, and back. 8 bits: every matrix and kernel is
stored as whole numbers of -127 to 127 with one scale per output channel (row). What has one dimension
(biases, statistics of BatchNorm) always stays float32, being small and sensitive.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from str_live.untrusted.tensors import check_finite
from str_live.untrusted.unreadable import UnreadableError

PRECISIONS = ("float32", "half", "int8")
SCALE = ".scale8"
"""Suffix of the tensor that holds the scales of the one it is named after."""


def pack(state: Mapping[str, Tensor], precision: str) -> dict[str, Tensor]:
    """A state dictionary -> contiguous CPU tensors to store, in one of `PRECISIONS`."""
    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r}: choose {', '.join(PRECISIONS)}")
    packed = {}
    for name, tensor in state.items():
        tensor = tensor.detach().cpu().contiguous()
        large = tensor.is_floating_point() and tensor.ndim >= 2
        if large and precision == "half":
            packed[name] = tensor.half()
        elif large and precision == "int8":
            packed[name], packed[name + SCALE] = quantise(tensor)
        else:
            packed[name] = tensor
    return packed


def unpack(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `pack` made -> the state dictionary in float32; whole-number tensors stay what they are.

    UnreadableError (a ValueError) where a value is not finite, or a scale lacks.
    """
    state = {}
    for name, tensor in stored.items():
        if name.endswith(SCALE):
            if name.removesuffix(SCALE) not in stored:
                raise UnreadableError(f"is damaged: it has {name!r} without what that belongs to")
            continue
        scale = stored.get(name + SCALE)
        if scale is None and tensor.dtype == torch.int8:
            raise UnreadableError(f"is damaged: it lacks {name + SCALE!r}")
        if scale is not None:
            state[name] = dequantise(tensor, scale)
        else:
            state[name] = tensor.float() if tensor.is_floating_point() else tensor
    check_finite(state)  # what was finite may overflow under its scale
    return state


def quantise(tensor: Tensor) -> tuple[Tensor, Tensor]:
    """(C, ...) float -> (C, ...) int8 and (C,) float32 scales; the largest of each row becomes +-127."""
    rows = tensor.float().flatten(1)
    scale = rows.abs().amax(1).clamp_min(1e-12) / 127  # (C,)
    return (rows / scale[:, None]).round().to(torch.int8).reshape(tensor.shape), scale


def dequantise(tensor: Tensor, scale: Tensor) -> Tensor:
    """The inverse of `quantise`, up to half a step of each row's scale."""
    return tensor.float() * scale.reshape(-1, *[1] * (tensor.ndim - 1))
