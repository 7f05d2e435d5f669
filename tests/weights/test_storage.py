"""Weights on disk: 8 bits lose half a step, pieces stay under their limit and come back whole."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from str_live.weights.storage import load_pieces, pack, quantise, save_pieces, unpack


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


def test_pieces_are_under_the_limit_and_come_back_whole(tmp_path):
    state = {f"w{i}": torch.randn(100, 250) for i in range(7)}  # 100 kB each
    paths = save_pieces(state, tmp_path, limit=330_000, metadata={"step": "7"})
    assert len(paths) == 4
    assert all(path.stat().st_size <= 330_000 for path in paths)
    back = load_pieces(tmp_path)
    assert back.keys() == state.keys()
    assert all(torch.equal(back[name], value) for name, value in state.items())


def test_fewer_pieces_replace_more(tmp_path):
    state = {f"w{i}": torch.randn(100, 250) for i in range(7)}
    save_pieces(state, tmp_path, limit=330_000, metadata={})
    save_pieces({"w0": state["w0"]}, tmp_path, limit=330_000, metadata={})
    assert load_pieces(tmp_path).keys() == {"w0"}


def test_pieces_of_two_savings_do_not_mix(tmp_path):
    state = {f"w{i}": torch.randn(100, 250) for i in range(7)}
    save_pieces(state, tmp_path, limit=330_000, metadata={"step": "1"})
    kept = (tmp_path / "part-2.safetensors").read_bytes()
    save_pieces(state, tmp_path, limit=330_000, metadata={"step": "2"})
    (tmp_path / "part-2.safetensors").write_bytes(kept)
    with pytest.raises(ValueError, match="different savings"):
        load_pieces(tmp_path)


def test_a_tensor_that_fits_no_piece_is_named(tmp_path):
    with pytest.raises(ValueError, match="big"):
        save_pieces({"big": torch.zeros(1000, 1000)}, tmp_path, limit=1_000_000, metadata={})
