"""In what precision image encoders and wide temporal networks run. In: a wish and a device, out: a Precision.

Rotations, regressors, bodies and everything a file stores stay float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

AMPERE = (8, 0)
"""First compute capability whose matrix units take bfloat16."""


@dataclass(frozen=True, slots=True)
class Precision:
    """What was chosen and why."""

    name: str
    """'float32' or 'bfloat16'."""
    reason: str
    """Why, as half a sentence."""

    @property
    def dtype(self) -> torch.dtype:
        """torch's type of that name."""
        return torch.bfloat16 if self.name == "bfloat16" else torch.float32


FLOAT32 = Precision("float32", "nothing in it would gain by another")


def choose_precision(wish: str, device: torch.device) -> Precision:
    """A wish of settings.PRECISIONS -> what is run; 'auto' takes bfloat16 where that was measured to pay.

    On processors it pays with AMX: six times as fast as eager float32 instead of one and a half times. Their
    AVX-512 BF16 instructions alone were slower than float32, and emulation is several times slower.
    """
    lack = _lack(device)
    if wish == "auto":
        return Precision("float32", lack) if lack else Precision("bfloat16", "the device has units for it")
    if wish == "bfloat16" and not _able(device):
        return Precision("float32", f"bfloat16 was asked for, but {lack}")
    return Precision(wish, "it was asked for")


def _lack(device: torch.device) -> str:
    """Why bfloat16 does not pay on a device; '' where it does."""
    if device.type == "cuda":
        ampere = torch.cuda.get_device_capability(device) >= AMPERE
        return "" if ampere else f"{torch.cuda.get_device_name(device)} has no units for bfloat16"
    if device.type == "cpu":
        amx = torch.backends.mkldnn.is_available() and torch.cpu.get_capabilities().get("amx_bf16")
        return "" if amx else "the processor has no AMX"
    return f"it was never tried on {device.type}"


def _able(device: torch.device) -> bool:
    """Whether bfloat16 runs at all."""
    if device.type == "cpu":
        return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return not _lack(device)
