"""In what precision which device runs."""

from __future__ import annotations

import pytest
import torch

from str_live.precision import choose_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(("able", "chosen"), [({"amx_bf16": True}, "bfloat16"), ({}, "float32")])
def test_auto_takes_bfloat16_on_processors_with_amx(monkeypatch, able, chosen):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert choose_precision("auto", CPU).name == chosen


def test_bfloat16_instructions_without_amx_do_not_pay(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True, "avx512_f": True})
    precision = choose_precision("auto", CPU)
    assert precision.name == "float32"
    assert "AMX" in precision.reason


def test_float32_is_float32_everywhere():
    precision = choose_precision("float32", CPU)
    assert (precision.name, precision.dtype) == ("float32", torch.float32)


def test_bfloat16_is_refused_with_a_reason_where_nothing_can_run_it(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    precision = choose_precision("bfloat16", CPU)
    assert precision.name == "float32"
    assert precision.reason.startswith("bfloat16 was asked for, but")
