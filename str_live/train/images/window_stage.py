"""The window stage: STR learns further on features of rendered motion, for each image front end by itself.

In: a FeatureCache, as the encoders learn no more. It starts from the STR of the landmark front end,
which reads the same space of features and already smooths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.target import Target
from str_live.network.network import Head
from str_live.settings import NetworkSettings
from str_live.train.default.config import TrainingConfig
from str_live.train.descent import Objective, descend, learning_rate
from str_live.train.images.config import ImageTraining
from str_live.train.images.feature_cache import FeatureCache
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
    """What the window stage learns with; every head has a loss and a gradient's limit of its own."""

    def __init__(
        self, config: ImageTraining, heads: dict[str, Head], body: PointBody, generator: torch.Generator
    ) -> None:
        self.config, self.heads, self.generator = config, heads, generator
        parameters = [parameter for head in heads.values() for parameter in head.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=config.window_rate, weight_decay=1e-4)
        self._criterion = Criterion(body, config.weights, CHOICES.auxiliary)

    def learn(self, cache: FeatureCache, step: int) -> dict[str, float]:
        """Take the stage's `step`-th step, from 0."""
        config = self.config
        for group in self.optimiser.param_groups:
            warmth = (step + 1) / config.warm_up
            group["lr"] = learning_rate(config.window_rate, step, config.window_steps, warmth)
        chosen = torch.randperm(cache.sequences, generator=self.generator)[: config.window_batch]
        length = next(iter(cache.features.values())).shape[1]
        described = described_rows(cache.sequences, length - OUTPUTS + 1)
        described = described.unflatten(0, (cache.sequences, -1))[chosen]
        target = cache.target.index(described.flatten())
        features = {name: cache.features[name][chosen] for name in self.heads}
        return descend(self.optimiser, self._objectives(features, target, random_switches(self.generator)))

    def _objectives(
        self, features: dict[str, Tensor], target: Target, bypassed: NetworkSettings
    ) -> Iterator[Objective]:
        """One for each front end, all on the same windows."""
        state = self.generator.get_state()
        for name, head in self.heads.items():
            self.generator.set_state(state)
            windows = draw_windows(features[name], CHOICES.lookaheads, CHOICES.strides, self.generator)
            loss, error = self._criterion(head.train(), windows, target, bypassed)
            yield Objective(head, loss, window_figures(name, loss, error))

    def state(self) -> dict[str, Any]:
        """For a later `restore`; the heads' weights are not in it."""
        return {"optimiser": self.optimiser.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.optimiser.load_state_dict(state["optimiser"])
