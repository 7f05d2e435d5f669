"""The window stage: STR learns further on features of rendered motion, for each image front end by itself.

In: a Gallery of features that are kept, as the encoders learn no more. It starts from the STR of the landmark
front end, which reads the same space of features and already smooths.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from str_live.model import Head
from str_live.train.images.config import ImageTraining
from str_live.train.images.frames import rate_share
from str_live.train.images.lesson import Pupil, prepare
from str_live.train.images.seen import Seen
from str_live.train.landmarks import TrainingConfig
from str_live.train.losses import Target
from str_live.train.simulation.bodies import PointBody
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


class Gallery(NamedTuple):
    """S sequences of L frames."""

    features: dict[str, Tensor]
    """Front end -> (S, L, C)."""
    target: Target
    """Of S * L frames, sequence by sequence."""


@torch.no_grad()
def hang(
    pupil: Pupil, pictures: Iterable[Seen], sequences: int, frames: int, until: float = float("inf")
) -> Gallery:
    """Features of so many sequences, taken from batches of whole sequences of `frames` pictures.

    Fewer, but at least one batch, where the monotonic clock comes to `until` first.
    """
    pupil.eval()
    features: dict[str, list[Tensor]] = {}
    targets: list[Target] = []
    hung = 0
    for seen in pictures:
        material = prepare(pupil, seen)
        found = pupil.features(material.between, material.maps, material.landmarks)
        for name, feature in found.of.items():
            features.setdefault(name, []).append(feature.unflatten(0, (-1, frames)))
        targets.append(material.target)
        hung += len(material) // frames
        if hung >= sequences or time.monotonic() > until:
            break
    joined = Target(*(torch.cat(part) for part in zip(*targets, strict=True)))
    return Gallery({name: torch.cat(parts) for name, parts in features.items()}, joined)


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

    def learn(self, gallery: Gallery, done: int) -> dict[str, float]:
        """One step; `done`: how many came before, in earlier slices too."""
        config = self.config
        share = rate_share(done / config.window_steps, (self.steps + 1) / config.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = config.window_rate * share
        length = next(iter(gallery.features.values())).shape[1]
        count = len(gallery.target.rotmat) // length
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
