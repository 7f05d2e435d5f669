"""How a run is carried out. None of it belongs to what is learnt: a run may go on with other options."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass

import torch

from str_live.dataclass_json import ConfigError

PRECISIONS = {"float32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
"""Name -> what autocast computes the network in; None: as the weights are stored."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Speed and safety of a run."""

    workers: int = 0
    """Processes that load sequences, beside this one."""
    precision: str = "float32"
    """Of temporal network and regressor. Weights, joints and losses are float32 always."""
    compile: bool = False
    """Let torch.compile translate the network; takes a C++ compiler, and minutes before the first step."""
    save_minutes: float = 10.0
    """Minutes between two writings of the state within an epoch; it is written after each epoch too."""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ConfigError(f"precision {self.precision!r} cannot be: choose {' or '.join(PRECISIONS)}")

    def note(self, device: torch.device, processes: int) -> str:
        """One JSON line for the checkpoints' headers."""
        chosen = {"precision": self.precision, "compile": self.compile}
        return json.dumps(
            {**chosen, "device": device.type, "processes": processes, "torch": torch.__version__}
        )

    def autocast(self, device: torch.device) -> contextlib.AbstractContextManager[object]:
        """Within it the network computes in this precision."""
        kind = PRECISIONS[self.precision]
        return contextlib.nullcontext() if kind is None else torch.autocast(device.type, kind)

    def loss_scaler(self, device: torch.device) -> torch.amp.GradScaler:
        """Keeps small gradients of fp16 from vanishing; does nothing in the other precisions.

        Raises ConfigError where fp16 cannot be.
        """
        half = self.precision == "fp16"
        if half and device.type != "cuda":
            raise ConfigError(f"precision fp16 needs a CUDA card, and this is {device.type}: choose bf16")
        return torch.amp.GradScaler(device.type, enabled=half)
