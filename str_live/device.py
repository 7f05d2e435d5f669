"""Which of torch's devices runs the network. In: the settings' wish, out: its name, or one sentence."""

from __future__ import annotations

import torch


class DeviceError(ValueError):
    """This machine has no such device; the message says what to give instead."""


def resolve_device(name: str) -> str:
    """The device that '' stands for, else `name` where there is one; raises DeviceError."""
    if not name:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"There is no device {name!r}: give cpu, cuda or cuda:1.") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"There is no device {name!r} here: give cpu, or leave the choice empty.")
    return name
