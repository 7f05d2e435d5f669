"""The frame stage: encoder and join learn from single rendered pictures. In: Observations, out: progress.

Counted in pictures, so that a recipe means the same on every machine.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from str_live.datasets.simulated.bodies import PointBody
from str_live.train.images.config import ImageTraining
from str_live.train.images.observation import Observation
from str_live.train.images.student import Student, TrunkFeatures, frame_loss, prepare
from str_live.train.losses import mean_joint_distance_mm

MEMORY = 4096
"""Pictures kept for replay: 7 x 7 x 1024 numbers of two bytes each are 100 kB."""


class Memory:
    """The last `MEMORY` frames after the trunk, of which old ones make way for new ones."""

    def __init__(self, size: int = MEMORY) -> None:
        self.size, self.filled, self._next = size, 0, 0
        self._kept: TrunkFeatures | None = None

    def put(self, trunk_features: TrunkFeatures) -> None:
        """Keep frames."""
        if self._kept is None:
            self._kept = trunk_features.index(torch.zeros(self.size, dtype=torch.long)).in_half()
        rows = (torch.arange(len(trunk_features)) + self._next) % self.size
        self._kept.write(rows, trunk_features)
        self._next = (self._next + len(trunk_features)) % self.size
        self.filled = min(self.filled + len(trunk_features), self.size)

    def draw(self, count: int, generator: torch.Generator) -> TrunkFeatures:
        """Any `count` of those kept, some perhaps twice."""
        assert self._kept is not None, "nothing was put in yet"
        return self._kept.index(torch.randint(0, self.filled, (count,), generator=generator))


class FrameStage:
    """One slice of the frame stage: optimiser and memory begin anew with each."""

    def __init__(
        self, config: ImageTraining, student: Student, body: PointBody, generator: torch.Generator
    ) -> None:
        self.config, self.student, self.body, self.generator = config, student, body, generator
        groups = [{"params": student.last_parameters(), "peak": config.rate}]
        if config.trunk_rate:
            groups.append({"params": student.trunk_parameters(), "peak": config.trunk_rate})
        self.optimiser = torch.optim.AdamW(groups, lr=config.rate, weight_decay=1e-2)
        self.steps = 0
        """Of this slice: Adam warms up in each."""
        self._memory = Memory() if config.replay > 1 else None

    def learn(self, observation: Observation, pictures: int) -> dict[str, float]:
        """Learn from a batch, and from `replay` - 1 batches remembered; `pictures`: how many came before."""
        self.student.train()
        trunk_features = prepare(self.student, observation)
        figures = self._step(trunk_features, pictures)
        if self._memory is not None:
            self._memory.put(trunk_features)
            for _ in range(self.config.replay - 1):
                figures = self._step(self._memory.draw(len(trunk_features), self.generator), pictures)
        return figures

    def _step(self, trunk_features: TrunkFeatures, pictures: int) -> dict[str, float]:
        config = self.config
        share = rate_share(pictures / config.pictures, (self.steps + 1) / config.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * share
        loss, errors = frame_loss(self.student, trunk_features, self.body, config)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        self.optimiser.step()
        self.steps += 1
        return {"loss": loss.item()} | {f"{name}_mm": mpjpe(error) for name, error in errors.items()}


def rate_share(progress: float, warmth: float) -> float:
    """A cosine down to one hundredth over `progress` 0 to 1, times a linear warm-up over `warmth` 0 to 1."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(progress, 1.0))
    return min(warmth, 1.0) * (0.01 + 0.99 * cosine)


def mpjpe(error: Tensor) -> float:
    """(N, 45, 3) metres, relative to the pelvis -> millimetres over the 24 joints."""
    return mean_joint_distance_mm(error[:, :24]).item()
