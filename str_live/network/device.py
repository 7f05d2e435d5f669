"""What this machine can do, and which of torch's devices runs the network.

In: the name in the settings, out: a device's name, or one sentence. Every question about what the machine has
is asked here, so that any machine can test what follows from a no (tests/conftest.py).
"""

from __future__ import annotations

import os

import torch

AMPERE = (8, 0)
"""First compute capability whose units take bfloat16."""


class DeviceError(ValueError):
    """This machine has no such device; the message says what to give instead."""


def has_cuda() -> bool:
    """Whether there is a card that torch can use."""
    return torch.cuda.is_available()


def has_onednn() -> bool:
    """Whether torch's build for this processor brings oneDNN, whose calls packed networks are made of."""
    return torch.backends.mkldnn.is_available()


def computes_bfloat16(device: torch.device) -> bool:
    """Whether products in bfloat16 run on a device, torch's slow emulation of them aside."""
    if device.type == "cpu":
        return has_onednn() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return device.type == "cuda" and has_cuda() and torch.cuda.get_device_capability(device) >= AMPERE


def best_device() -> str:
    """'cuda' where there is a card, else 'cpu'."""
    return "cuda" if has_cuda() else "cpu"


def resolve_device(name: str) -> str:
    """The device that '' stands for, else `name` where there is one; raises DeviceError."""
    if not name:
        return best_device()
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"There is no device {name!r}: give cpu, cuda or cuda:1.") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"There is no device {name!r} here: give cpu, or leave the choice empty.")
    return name


def wait_for(device: torch.device) -> None:
    """Return when a device has done all that it was given; a processor always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def local_device(name: str) -> torch.device:
    """The device of that name; for '' the card of this process (LOCAL_RANK), or the processor."""
    if name:
        return torch.device(name)
    if not has_cuda():
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device
