"""What the tests of synthetic people share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from str_live.train.synthetic.renderer import Renderer

MakeRenderer = Callable[..., Renderer]
"""Fields of a RendererConfig -> a small renderer."""
Draw = Callable[..., np.ndarray]
"""Scenes -> (N, 96, 96, 4) uint8."""


def seeded(seed: int) -> torch.Generator:
    """A generator."""
    return torch.Generator().manual_seed(seed)
