"""The window stage: STR learns further on features of rendered motion, for each image front end by itself.

In: a FeatureCache, as the encoders learn no more. It starts from the STR of the landmark front end,
 which reads the same space of features and already smooths.
"""

from __future__ import annotations

import torch
from torch import nn

from str_live.datasets.simulated.bodies import PointBody
from str_live.network.network import Head
from str_live.train.images.config import ImageTraining
from str_live.train.images.feature_cache import FeatureCache
from str_live.train.images.frame_stage import rate_share
from str_live.train.landmarks import TrainingConfig
from str_live.train.windows import (
    OUTPUTS,
    Criterion,
    described_rows,
    draw_windows,
    random_switches,
    window_figures,
)

CHOICES = TrainingConfig()
"""Look-aheads, frame rates and auxiliary outputs are those of the landmark front end's training."""


class WindowStage:
    """One slice of the window stage; every front end's head has a loss and a gradient's limit of its own."""

    def __init__(
        self, config: ImageTraining, heads: dict[str, Head], body: PointBody, generator: torch.Generator
    ) -> None:
        self.config, self.heads, self.generator = config, heads, generator
        parameters = [parameter for head in heads.values() for parameter in head.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=config.window_rate, weight_decay=1e-4)
        self.steps = 0
        self._criterion = Criterion(body, config.weights, CHOICES.auxiliary)

    def learn(self, gallery: FeatureCache, done: int) -> dict[str, float]:
        """One step; `done`: how many came before, in earlier slices too."""
        config = self.config
        share = rate_share(done / config.window_steps, (self.steps + 1) / config.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = config.window_rate * share
        length = next(iter(gallery.features.values())).shape[1]
        count = gallery.sequences
        chosen = torch.randperm(count, generator=self.generator)[: config.window_batch]
        described = described_rows(count, length - OUTPUTS + 1).unflatten(0, (count, -1))[chosen]
        wanted = gallery.target.index(described.flatten())
        bypassed = random_switches(self.generator)
        state = self.generator.get_state()
        figures: dict[str, float] = {}
        self.optimiser.zero_grad(set_to_none=True)
        for name, head in self.heads.items():
            self.generator.set_state(state)  # the same windows for all
            windows = draw_windows(
                gallery.features[name][chosen], CHOICES.lookaheads, CHOICES.strides, self.generator
            )
            loss, error = self._criterion(head.train(), windows, wanted, bypassed)
            loss.backward()
            nn.utils.clip_grad_norm_(head.parameters(), 1.0)
            figures |= window_figures(name, loss, error)
        self.optimiser.step()
        self.steps += 1
        return figures
