"""Machines that can do less than this one: `--pretend-less` for all tests, `lesser_machine` for one.

What the program asks a machine (str_live/network/device.py) is then answered with no: no CUDA, oneDNN,
bfloat16. With the option, torch, oneDNN and NumPy leave out the processor's newer instructions as well, also
in every process that a test starts, so that sums are rounded in another order.
"""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest

from str_live.process import live_threads

OLDER_PROCESSOR = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 AVX512F",
    "CUDA_VISIBLE_DEVICES": "",
    # Compiled code lies there by what it computes, not by the instructions that it was compiled for.
    "TORCHINDUCTOR_CACHE_DIR": str(Path(tempfile.gettempdir()) / "str_live_older_processor"),
}
"""Read by the libraries when they are imported; those that know no such instructions take no notice."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pretend-less",
        action="store_true",
        help="run as on an old processor without CUDA, oneDNN and bfloat16",
    )


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("OMP_NUM_THREADS", str(live_threads()))  # for torch, which is not imported yet
    if config.getoption("--pretend-less"):
        os.environ.update(OLDER_PROCESSOR)
        answer_no(pytest.MonkeyPatch())


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name cases of bytes by number: packers write the time into them, and workers must agree on names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture
def lesser_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this test the machine has neither CUDA nor oneDNN nor bfloat16."""
    answer_no(monkeypatch)


def answer_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torch say that the machine has none of it."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    question = torch.ops.mkldnn._is_mkldnn_bf16_supported
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", AnswersNo(question))


class AnswersNo:
    """Stands in for one of torch's operators: torch itself looks at them as it exports networks."""

    def __init__(self, question: Any) -> None:
        self._question = question

    def __call__(self) -> bool:
        return False

    def __getattr__(self, name: str) -> object:
        return getattr(self._question, name)
