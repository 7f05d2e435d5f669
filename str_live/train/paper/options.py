"""How a run is carried out. None of it belongs to what is learnt: a run may go on with other options."""

from __future__ import annotations

import json
from dataclasses import dataclass

import torch

from str_live import settings
from str_live.dataclass_json import ConfigError
from str_live.network.precision import ASKED_FOR, Precision, Work, choose_precision
from str_live.train.paper.distributed import Processes

PRECISIONS = (*settings.PRECISIONS, "float16")
"""What autocast computes the network in; with 'auto' what is measured to be faster."""


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

    def note(self, precision: Precision, device: torch.device, processes: int) -> str:
        """One JSON line for the checkpoints' headers."""
        chosen = {"precision": precision.name, "compile": self.compile}
        return json.dumps(
            {**chosen, "device": device.type, "processes": processes, "torch": torch.__version__}
        )

    def choose_precision(self, work: Work, device: torch.device, processes: Processes) -> Precision:
        """What was asked for, or with 'auto' what the first process measures to be faster at `work`."""
        if self.precision != "auto":
            return Precision(self.precision, ASKED_FOR)  # torch's autocast can, if slowly, everywhere
        own = choose_precision("auto", device, work)
        name = ("float32", "bfloat16")[int(processes.share_from_first(float(own.name == "bfloat16")))]
        return own if name == own.name else Precision(name, "the first process measured that it is faster")

    def loss_scaler(self, device: torch.device) -> torch.amp.GradScaler:
        """Keeps small gradients of float16 from vanishing; does nothing in the other precisions.

        Raises ConfigError where float16 cannot be.
        """
        half = self.precision == "float16"
        if half and device.type != "cuda":
            raise ConfigError(f"precision float16 needs a CUDA card, and this is {device.type}: choose auto")
        return torch.amp.GradScaler(device.type, enabled=half)
