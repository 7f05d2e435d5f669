"""Reads weights: safetensors, and the files of torch.save. In: a path, out: tensors by name, or plain values.

safetensors can hold nothing but tensors and text. torch.save's are pickles: torch reads them with
`weights_only`, and here their archive is looked at first.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from str_live.untrusted.unreadable import UnreadableError, in_one_line, reading


def read_metadata(path: Path) -> dict[str, str]:
    """The text in a safetensors file's header; UnreadableError."""
    with reading(path, "safetensors"), safe_open(path, "pt") as file:
        return dict(file.metadata() or {})


def read_tensors(path: Path, device: str = "cpu") -> dict[str, Tensor]:
    """All tensors of a safetensors file, each checked to be finite; UnreadableError."""
    with reading(path, "safetensors"):
        tensors = load_file(path, device=device)
        check_finite(tensors)
        return tensors


def check_finite(tensors: dict[str, Tensor]) -> None:
    """Refuse tensors that are no weights of anything."""
    for name, tensor in tensors.items():
        if tensor.is_complex() or not is_finite(tensor):
            raise UnreadableError(f"is damaged: {name!r} holds values that are no numbers")


def is_finite(tensor: Tensor) -> bool:
    """Whether all values are numbers, also in float32, in which they will be used."""
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.float()).all())


def is_dense(tensor: Tensor) -> bool:
    """Whether it is an ordinary tensor in this computer's memory: a file can also hold promises of one."""
    return tensor.layout is torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized


def read_torch(path: Path, names: Sequence[object] = ()) -> object:
    """Content of a file of torch.save, old or new format; only tensors and plain values are read.

    `names`: what torch.serialization.safe_globals takes, for other values that a file may hold.
    UnreadableError.
    """
    with reading(path, "torch", "pickle"):
        if zipfile.is_zipfile(path):
            _check_archive(path)
        with torch.serialization.safe_globals(list(names)):  # pyright: ignore[reportArgumentType]
            try:
                return torch.load(path, map_location="cpu", weights_only=True)
            except (UnreadableError, MemoryError, EOFError, OSError):
                raise
            except Exception as error:
                raise UnreadableError(
                    f"is damaged, or holds more than weights and was not read ({type(error).__name__}: "
                    f"{in_one_line(error)})"
                ) from error


def _check_archive(path: Path) -> None:
    """torch.save stores without compressing: an archive that unpacks to more is none of its."""
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > path.stat().st_size:
            raise UnreadableError("claims to hold more than it can")
