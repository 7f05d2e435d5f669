"""Random numbers for a whole batch at once, all from one generator, on its device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws for each of `count` things; with `repeats` T, the same for T rows in a row: N = count * T."""

    generator: torch.Generator
    count: int
    repeats: int = 1

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """(N, *shape) between low and high."""
        drawn = torch.rand(self.count, *shape, generator=self.generator, device=self.generator.device)
        return self._repeated(low + (high - low) * drawn)

    def normal(self, mean: float, sigma: float, *shape: int) -> Tensor:
        """(N, *shape)."""
        drawn = torch.randn(self.count, *shape, generator=self.generator, device=self.generator.device)
        return self._repeated(mean + sigma * drawn)

    def chance(self, share: float) -> Tensor:
        """(N,) bool, true for about that share."""
        return self.uniform(0, 1) < share

    def choose(self, options: Tensor | Sequence, weights: Sequence[float] | None = None) -> Tensor:
        """(N, ...) one of the options (K, ...) each, evenly or by weight."""
        device = self.generator.device
        options = torch.as_tensor(options, device=device)
        shares = (
            torch.ones(len(options), device=device)
            if weights is None
            else torch.tensor(weights, device=device)
        )
        return options[self._repeated(torch.multinomial(shares, self.count, True, generator=self.generator))]

    def along(self, stops: Tensor) -> Tensor:
        """(N, C) anywhere on the line through the stops (K, C)."""
        place = self.uniform(0, len(stops) - 1)
        before = place.long().clamp(max=len(stops) - 2)
        return torch.lerp(stops[before], stops[before + 1], (place - before)[:, None])

    def _repeated(self, drawn: Tensor) -> Tensor:
        return drawn if self.repeats == 1 else drawn.repeat_interleave(self.repeats, 0)
