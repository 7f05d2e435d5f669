"""Blur of each picture in a batch by its own amount, as a product in the frequency domain."""

from __future__ import annotations

import torch
from torch import Tensor


def blurred(images: Tensor, sigma: Tensor, streak: Tensor | None = None) -> Tensor:
    """(N, C, H, W) float, Gaussian sigma (N,), path of a motion (N, 2) x, y; pixels -> (N, C, H, W)."""
    pad = min(16, images.shape[-1] // 4)
    height, width = (side + 2 * pad for side in images.shape[-2:])
    padded = torch.nn.functional.pad(images, (pad,) * 4, mode="replicate")
    down = torch.fft.fftfreq(height, device=images.device)[:, None]
    across = torch.fft.rfftfreq(width, device=images.device)[None]
    squared = (2 * torch.pi**2) * (down.square() + across.square())
    transfer = torch.exp(-squared * sigma[:, None, None].square())  # (N, H, W / 2 + 1)
    if streak is not None:
        # The transform of a line is a sinc along it.
        transfer = transfer * torch.sinc(streak[:, 0, None, None] * across + streak[:, 1, None, None] * down)
    spectrum = torch.fft.rfft2(padded) * transfer[:, None]
    smooth = torch.fft.irfft2(spectrum, s=(height, width))
    return smooth[..., pad : height - pad, pad : width - pad]
