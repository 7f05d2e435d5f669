"""A convolution, the sum with a shortcut and the ReLU after it as one call, by the processor's own library.

In: (B, I, H, W) channels last, and a shortcut or None. Out: (B, O, H', W') channels last. In inference only.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from str_live.network.device import has_onednn
from str_live.network.precision import Work


class Convolution(nn.Module):
    """In torch's own calls, three of them: what any device can do."""

    weight: Tensor
    bias: Tensor

    def __init__(self, conv: nn.Conv2d, dtype: torch.dtype, *, relu: bool) -> None:
        super().__init__()
        assert isinstance(conv.padding, tuple)
        assert conv.groups == 1
        self.dtype, self.relu = dtype, relu
        self.padding, self.stride, self.dilation = list(conv.padding), list(conv.stride), list(conv.dilation)
        bias = conv.weight.new_zeros(conv.out_channels) if conv.bias is None else conv.bias
        weight = conv.weight.detach().to(dtype, memory_format=torch.channels_last)
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", bias.detach().to(dtype), persistent=False)

    def forward(self, x: Tensor, shortcut: Tensor | None = None) -> Tensor:
        """relu(conv(x) + shortcut), without the ReLU or the shortcut where there is none."""
        x = x.to(self.dtype, memory_format=torch.channels_last)
        return self._call(x) if shortcut is None else self._call_and_add(x, shortcut)

    def _call(self, x: Tensor) -> Tensor:
        x = nn.functional.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation)
        return x.relu_() if self.relu else x

    def _call_and_add(self, x: Tensor, shortcut: Tensor) -> Tensor:
        x = nn.functional.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation)
        return x.add_(shortcut).relu_() if self.relu else x.add_(shortcut)


class OneDNNConvolution(Convolution):
    """On the CPU: oneDNN's fused call, on weights laid out for the size of its input and torch's threads.

    With another number of threads than at that time oneDNN lays the weights out anew in every call, which
    takes several times as long as the call itself: process.py sets the number before anything is loaded.

    These are the operators to which torch.compile lowers such a convolution; called by hand they need no
    compiler on the user's machine, and no minute of compiling.
    """

    def __init__(self, conv: nn.Conv2d, dtype: torch.dtype, size: list[int], *, relu: bool) -> None:
        super().__init__(conv, dtype, relu=relu)
        self._geometry = self.padding, self.stride, self.dilation, 1
        self._layout = torch.ops.mkldnn._reorder_convolution_weight(self.weight, *self._geometry, size)
        del self.weight

    def _call(self, x: Tensor) -> Tensor:
        attribute = "relu" if self.relu else "none"
        return torch.ops.mkldnn._convolution_pointwise(
            x, self._layout, self.bias, *self._geometry, attribute, [], ""
        )

    def _call_and_add(self, x: Tensor, shortcut: Tensor) -> Tensor:
        after = "relu" if self.relu else None
        return torch.ops.mkldnn._convolution_pointwise.binary(
            x, shortcut, self._layout, self.bias, *self._geometry, "add", 1.0, after, [], ""
        )


class CuDNNConvolution(Convolution):
    """On NVIDIA GPUs: cuDNN's fused calls, which exist with a ReLU only."""

    def _call(self, x: Tensor) -> Tensor:
        if not self.relu:
            return super()._call(x)
        return torch.cudnn_convolution_relu(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, 1
        )

    def _call_and_add(self, x: Tensor, shortcut: Tensor) -> Tensor:
        if not self.relu:
            return super()._call_and_add(x, shortcut)
        return torch.cudnn_convolution_add_relu(
            x, self.weight, shortcut, 1.0, self.bias, self.stride, self.padding, self.dilation, 1
        )


def make_convolution(conv: nn.Conv2d, dtype: torch.dtype, size: list[int], *, relu: bool) -> Convolution:
    """The convolution by the best library of the device that its weights are on; `size` of its input."""
    if conv.weight.is_cuda:
        return CuDNNConvolution(conv, dtype, relu=relu)
    if has_onednn():
        return OneDNNConvolution(conv, dtype, size, relu=relu)
    return Convolution(conv, dtype, relu=relu)


def typical_call(side: int, device: torch.device) -> Work:
    """What a ResNet spends most of its time in, to measure: 3 × 3, 256 channels, a map of side × side."""

    def make(dtype: torch.dtype) -> Callable[[], Tensor]:
        generator = torch.Generator().manual_seed(0)
        conv = nn.Conv2d(256, 256, 3, padding=1, device="meta").to_empty(device=device)
        conv.weight.detach().copy_(torch.randn(conv.weight.shape, generator=generator))
        nn.init.zeros_(conv.bias)  # pyright: ignore[reportArgumentType]
        inputs = torch.rand(1, 256, side, side, generator=generator).to(device)
        packed = make_convolution(conv, dtype, list(inputs.shape), relu=True)
        inputs = inputs.to(dtype, memory_format=torch.channels_last)
        return lambda: packed(inputs)

    return make
