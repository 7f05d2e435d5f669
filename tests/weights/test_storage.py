"""Weights on disk: 8 bits lose half a step at most, and what must stay whole does."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from str_live.weights.storage import pack, quantise, unpack


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "conv.weight": torch.randn(8, 4, 3, 3) * torch.logspace(-3, 1, 8)[:, None, None, None],
        "linear.weight": torch.randn(5, 16),
        "bn.running_var": torch.rand(8) * 1e-6,
        "bn.num_batches_tracked": torch.tensor(12345),
    }


def test_8_bits_lose_at_most_half_a_step_of_each_channel():
    state = weights()
    back = unpack(pack(state, "int8"))
    for name in ("conv.weight", "linear.weight"):
        step = state[name].flatten(1).abs().amax(1) / 127
        error = (back[name] - state[name]).flatten(1).abs().amax(1)
        assert (error <= step / 2 * 1.001).all()
        assert error.max() > 0


@pytest.mark.parametrize("precision", ["half", "int8"])
def test_what_has_one_dimension_is_kept_exactly(precision):
    back = unpack(pack(weights(), precision))
    assert torch.equal(back["bn.running_var"], weights()["bn.running_var"])
    assert back["bn.num_batches_tracked"].item() == 12345


def test_a_channel_of_zeros_stays_zero():
    tensor = torch.zeros(2, 3)
    tensor[1] = 1.0
    back = unpack(pack({"w": tensor}, "int8"))["w"]
    assert torch.equal(back, tensor)


def test_storing_twice_changes_nothing_more():
    once = unpack(pack(weights(), "int8"))
    twice = unpack(pack(once, "int8"))
    for name, value in once.items():
        torch.testing.assert_close(twice[name], value, rtol=1e-6, atol=0)


def test_8_bits_survive_the_file_and_take_a_quarter(tmp_path):
    state = {"w": torch.randn(64, 1000)}
    save_file(pack(state, "int8"), tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").stat().st_size < 0.26 * 64 * 1000 * 4
    back = unpack(load_file(tmp_path / "a.safetensors"))
    assert back.keys() == state.keys()
    torch.testing.assert_close(back["w"], state["w"], atol=0.03, rtol=0)


def test_every_row_uses_the_whole_range():
    whole, _ = quantise(torch.randn(4, 50) * torch.tensor([[1e-4], [1.0], [10.0], [1e3]]))
    assert whole.abs().amax(1).tolist() == [127] * 4


def test_half_precision_leaves_whole_numbers_alone():
    packed = pack(weights(), "half")
    assert packed["linear.weight"].dtype == torch.float16
    assert packed["bn.num_batches_tracked"].dtype == torch.int64
    assert unpack(packed)["linear.weight"].dtype == torch.float32


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="int8"):
        pack(weights(), "int4")
