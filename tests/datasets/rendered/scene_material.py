"""What the tests of synthetic people share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from str_live.datasets.rendered.renderer import Renderer
from str_live.datasets.simulated.poses import PoseSampler
from str_live.rotation import rotmat_from_axis_angle

MakeRenderer = Callable[..., Renderer]
"""Fields of a RendererConfig -> a small renderer."""
Draw = Callable[..., np.ndarray]
"""Scenes -> (N, 96, 96, 4) uint8."""


def seeded(seed: int) -> torch.Generator:
    """A generator."""
    return torch.Generator().manual_seed(seed)


def standing_poses() -> PoseSampler:
    """People who stand with their arms down and sway."""
    generator = torch.Generator().manual_seed(0)
    turns = 0.15 * torch.randn(60, 24, 3, generator=generator)
    turns[:, 0] *= 0.2
    turns[:, 16, 2] -= 1.1
    turns[:, 17, 2] += 1.1
    return PoseSampler(rotmat_from_axis_angle(turns).numpy(), np.array([0, 30]))
