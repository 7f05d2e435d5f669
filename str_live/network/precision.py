"""In what precision networks run and learn. In: a setting, a device, a piece of the work. Out: a Precision.

Whether bfloat16 pays is measured, on the very machine and on something of the network's own size: processors
that have instructions for it may be slower with them than in float32, and emulation is many times slower.
Rotations, regressors, bodies and everything a file stores stay float32.
"""

from __future__ import annotations

import contextlib
import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from str_live.network.device import computes_bfloat16, wait_for

logger = logging.getLogger(__name__)

GAIN = 1.3
"""Times as fast as float32 that bfloat16 has to be: less is not worth its eight bits, nor sure."""
ROUNDS = 7
BUDGET_S = 0.05
"""After which no further round begins, once there are three: starting the program is to stay quick."""

Work = Callable[[torch.dtype], Callable[[], object]]
"""A type -> a call that does something typical of the network in it. Without gradients."""


@dataclass(frozen=True, slots=True)
class Precision:
    """What was chosen and why."""

    name: str
    """'float32', 'bfloat16' or 'float16'."""
    reason: str
    """Why, as half a sentence."""

    @property
    def dtype(self) -> torch.dtype:
        """torch's type of that name."""
        return getattr(torch, self.name)

    def autocast(self, device: torch.device) -> contextlib.AbstractContextManager[object]:
        """Within it torch computes products in this precision, and leaves weights and sums as they are."""
        if self.name == FLOAT32.name:
            return contextlib.nullcontext()
        return torch.autocast(device.type, self.dtype)


FLOAT32 = Precision("float32", "nothing in it would gain by another")
ASKED_FOR = "it was asked for"
BEGAN_IN = "this training began in it, and --precision changes it"


def choose_precision(setting: str, device: torch.device, work: Work) -> Precision:
    """One of settings.PRECISIONS -> what is run; 'auto' takes what is clearly faster at `work`."""
    if setting != "auto" and (setting != "bfloat16" or computes_bfloat16(device)):
        return Precision(setting, ASKED_FOR)
    if not computes_bfloat16(device):
        lack = f"this {'processor' if device.type == 'cpu' else 'device'} does not compute in bfloat16"
        return Precision("float32", lack if setting == "auto" else f"bfloat16 was asked for, but {lack}")
    return faster_precision(device, work)


def training_precision(wish: str, device: torch.device, work: Work, began_in: str = "") -> Precision:
    """What a training computes in: as `choose_precision`, but with 'auto' one that goes on keeps its own."""
    goes_on = wish == "auto" and began_in
    chosen = Precision(began_in, BEGAN_IN) if goes_on else choose_precision(wish, device, work)
    logger.info("learns in %s: %s", chosen.name, chosen.reason)
    return chosen


@torch.inference_mode()
def faster_precision(device: torch.device, work: Work) -> Precision:
    """float32, or bfloat16 where it is at least `GAIN` times as fast at `work`. Takes some milliseconds.

    Both take turns, and each round has its own ratio: a busy machine slows both alike.
    """
    exact, rough = work(torch.float32), work(torch.bfloat16)
    for call in (exact, rough):
        call()  # libraries set themselves up
    rounds: list[tuple[float, float]] = []
    started = time.perf_counter()
    while len(rounds) < ROUNDS and (len(rounds) < 3 or time.perf_counter() - started < BUDGET_S):
        rounds.append((_milliseconds(device, exact), _milliseconds(device, rough)))
    gain = statistics.median(above / below for above, below in rounds)
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    measured = f"{gain:.1f} times as fast as float32 here ({medians[1]:.2f} ms, not {medians[0]:.2f})"
    if gain < GAIN:
        return Precision("float32", f"bfloat16 is {measured}")
    return Precision("bfloat16", f"it is {measured}")


def product(rows: int, inner: int, columns: int, device: torch.device) -> Work:
    """A layer's product (rows, inner) by (inner, columns), with the casts that autocast adds."""

    def make(dtype: torch.dtype) -> Callable[[], object]:
        inputs, weight = _numbers(rows, inner, device=device), _numbers(columns, inner, device=device)
        return lambda: nn.functional.linear(inputs.to(dtype), weight.to(dtype)).float()

    return make


def convolution(pictures: int, side: int, channels: int, device: torch.device) -> Work:
    """A 3 × 3 convolution of (pictures, channels, side, side), with the casts that autocast adds."""

    def make(dtype: torch.dtype) -> Callable[[], object]:
        inputs = _numbers(pictures, channels, side, side, device=device)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        weight = _numbers(channels, channels, 3, 3, device=device)
        return lambda: nn.functional.conv2d(inputs.to(dtype), weight.to(dtype), padding=1).float()

    return make


def _numbers(*shape: int, device: torch.device) -> torch.Tensor:
    """Random ones from a separate generator: what is learnt must not depend on what was measured."""
    return torch.rand(*shape, device=device, generator=torch.Generator(device).manual_seed(0))


def _milliseconds(device: torch.device, call: Callable[[], object]) -> float:
    wait_for(device)
    started = time.perf_counter()
    call()
    wait_for(device)
    return (time.perf_counter() - started) * 1e3
