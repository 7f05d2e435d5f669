"""Random numbers for a whole batch at once, all from one generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws for each of `count` things."""

    generator: torch.Generator
    count: int

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """(N, *shape) between low and high."""
        return low + (high - low) * torch.rand(self.count, *shape, generator=self.generator)

    def normal(self, mean: float, sigma: float, *shape: int) -> Tensor:
        """(N, *shape)."""
        return mean + sigma * torch.randn(self.count, *shape, generator=self.generator)

    def chance(self, share: float) -> Tensor:
        """(N,) bool, true for about that share."""
        return torch.rand(self.count, generator=self.generator) < share

    def choose(self, options: Tensor | Sequence, weights: Sequence[float] | None = None) -> Tensor:
        """(N, ...) one of the options (K, ...) each, evenly or by weight."""
        options = torch.as_tensor(options)
        shares = torch.ones(len(options)) if weights is None else torch.tensor(weights)
        return options[torch.multinomial(shares, self.count, replacement=True, generator=self.generator)]

    def along(self, stops: Tensor) -> Tensor:
        """(N, C) anywhere on the line through the stops (K, C)."""
        place = self.uniform(0, len(stops) - 1)
        before = place.long().clamp(max=len(stops) - 2)
        return torch.lerp(stops[before], stops[before + 1], (place - before)[:, None])
