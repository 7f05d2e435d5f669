"""The device that the network runs on."""

from __future__ import annotations

import pytest
import torch

from str_live.network.device import DeviceError, resolve_device


@pytest.mark.parametrize("name", ["nonsense", "cuda:99"])
def test_a_device_that_is_not_there_is_refused_with_advice(name: str) -> None:
    with pytest.raises(DeviceError, match="give cpu"):
        resolve_device(name)


@pytest.mark.parametrize(("found", "name"), [(True, "cuda"), (False, "cpu")])
def test_without_a_wish_cuda_is_taken_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, found: bool, name: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found)
    assert resolve_device("") == name
