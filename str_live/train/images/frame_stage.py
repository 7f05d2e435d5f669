"""The frame stage: encoder and join learn from single rendered pictures. In: Observations, out: progress.

Counted in pictures, so that a recipe means the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from str_live.datasets.simulated.bodies import PointBody
from str_live.train.descent import Objective, descend, learning_rate
from str_live.train.images.config import ImageTraining
from str_live.train.images.observation import Observation
from str_live.train.images.student import Student, TrunkFeatures, frame_loss, prepare
from str_live.train.losses import mean_joint_distance_mm

MEMORY = 4096
"""Pictures stored for replay: 7 x 7 x 1024 numbers of two bytes each are 100 kB."""


class Memory:
    """The last `MEMORY` frames after the trunk, of which old ones make way for new ones."""

    def __init__(self, size: int = MEMORY) -> None:
        self.size, self.filled, self._next = size, 0, 0
        self._stored: TrunkFeatures | None = None

    def put(self, trunk_features: TrunkFeatures) -> None:
        """Keep frames."""
        if self._stored is None:
            self._stored = trunk_features.index(torch.zeros(self.size, dtype=torch.long)).in_half()
        rows = (torch.arange(len(trunk_features)) + self._next) % self.size
        self._stored.write(rows, trunk_features)
        self._next = (self._next + len(trunk_features)) % self.size
        self.filled = min(self.filled + len(trunk_features), self.size)

    def state(self) -> dict[str, Any]:
        """For a later `restore`."""
        tensors = () if self._stored is None else self._stored.tensors()
        # Copies: torch.save writes all that a tensor is a part of.
        return {"next": self._next, "stored": [tensor[: self.filled].clone() for tensor in tensors]}

    def restore(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Take back what `state` gave, on a device."""
        if state["stored"]:
            self.filled = 0
            self.put(TrunkFeatures.of_tensors([tensor.to(device) for tensor in state["stored"]]))
        self._next = state["next"]

    def draw(self, count: int, generator: torch.Generator) -> TrunkFeatures:
        """Any `count` of those stored, some perhaps twice."""
        assert self._stored is not None, "nothing was put in yet"
        return self._stored.index(torch.randint(0, self.filled, (count,), generator=generator))


class FrameStage:
    """What the frame stage learns with."""

    def __init__(
        self, config: ImageTraining, student: Student, body: PointBody, generator: torch.Generator
    ) -> None:
        self.config, self.student, self.body, self.generator = config, student, body, generator
        groups = [{"params": student.last_parameters(), "peak": config.rate}]
        if config.trunk_rate:
            groups.append({"params": student.trunk_parameters(), "peak": config.trunk_rate})
        self.optimiser = torch.optim.AdamW(groups, lr=config.rate, weight_decay=1e-2)
        self.steps = 0
        """Of the optimiser."""
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
        for group in self.optimiser.param_groups:
            warmth = (self.steps + 1) / config.warm_up
            group["lr"] = learning_rate(group["peak"], pictures, config.pictures, warmth)
        loss, errors = frame_loss(self.student, trunk_features, self.body, config)
        figures = {"loss": loss.item()} | {f"{name}_mm": mpjpe(error) for name, error in errors.items()}
        self.steps += 1
        return descend(self.optimiser, [Objective(self.student, loss, figures)])

    def state(self) -> dict[str, Any]:
        """For a later `restore`; the student's weights are not in it."""
        memory = None if self._memory is None else self._memory.state()
        return {"optimiser": self.optimiser.state_dict(), "steps": self.steps, "memory": memory}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps = state["steps"]
        if self._memory is not None:
            self._memory.restore(state["memory"], self.generator.device)


def mpjpe(error: Tensor) -> float:
    """(N, 45, 3) metres, relative to the pelvis -> millimetres over the 24 joints."""
    return mean_joint_distance_mm(error[:, :24]).item()
