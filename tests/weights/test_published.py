"""Other people's checkpoints: files of their exact keys and shapes are read, anything else is refused."""

from __future__ import annotations

import collections
from pathlib import Path

import numpy as np
import pytest
import torch

from str_live.body.regressor import Regressor
from str_live.temporal import TCMR, VIBE
from str_live.weights.own import WeightsError
from str_live.weights.published import (
    load_extra_regressor,
    load_h36m_regressor,
    load_mean_body,
    load_tcmr,
    load_vibe,
    start_from,
)

SIZES = {"width": 16, "hidden": 8}
KINDS = {"tcmr": (TCMR, load_tcmr), "vibe": (VIBE, load_vibe)}


def gen_state(kind: type[torch.nn.Module]) -> dict[str, torch.Tensor]:
    """The released checkpoints' names, at a small width, with some of the SMPL tensors they carry."""
    torch.manual_seed(3)
    state = collections.OrderedDict()
    state._metadata = kind(16).state_dict()._metadata  # as every state dictionary of torch carries
    for prefix, module in (("encoder", kind(16)), ("regressor", Regressor(16, 8))):
        state |= {f"{prefix}.{name}": torch.rand_like(value) for name, value in module.state_dict().items()}
    state["regressor.smpl.v_template"] = torch.zeros(6890, 3)
    state["regressor.smpl.faces_tensor"] = torch.zeros(13776, 3, dtype=torch.int64)
    return state


def write(path: Path, kind: type[torch.nn.Module], *, old: bool = False, **changes: object) -> Path:
    content = {
        "epoch": 29,
        "gen_state_dict": gen_state(kind),
        "performance": np.float64(52.7),
        "gen_optimizer": {"state": {}, "param_groups": [{"lr": 5e-5, "params": [0]}]},
        "disc_motion_state_dict": None,
        "disc_motion_optimizer": None,
    }
    torch.save({**content, **changes}, path, _use_new_zipfile_serialization=not old)
    return path


@pytest.mark.parametrize("old", [True, False], ids=["torch 1.4", "torch 1.6 on"])
@pytest.mark.parametrize("name", KINDS)
def test_checkpoint_gives_encoder_and_regressor(name, old, tmp_path):
    kind, load = KINDS[name]
    loaded = load(write(tmp_path / "a.pth.tar", kind, old=old), **SIZES)
    assert isinstance(loaded.temporal, kind)
    assert (loaded.epoch, loaded.performance) == (29, 52.7)
    state = gen_state(kind)
    for prefix, module in (("encoder", loaded.temporal), ("regressor", loaded.regressor)):
        for key, value in module.state_dict().items():
            assert torch.equal(value, state[f"{prefix}.{key}"])
    with torch.no_grad():
        feature = loaded.temporal(torch.rand(2, 16, 16)).features[:, -1]
        assert loaded.regressor(feature).pose6d.shape == (2, 24, 6)


def test_performance_of_numpy_before_and_after_version_two_is_read(tmp_path):
    path = write(tmp_path / "a.pth.tar", VIBE, old=True)
    text = path.read_bytes()
    old, new = b"cnumpy.core.multiarray\nscalar", b"cnumpy._core.multiarray\nscalar"
    assert (old in text) != (new in text)
    path.write_bytes(text.replace(old, new) if old in text else text.replace(new, old))
    assert load_vibe(path, **SIZES).performance == 52.7


def test_smpl_s_own_tensors_are_dropped(tmp_path):
    loaded = load_tcmr(write(tmp_path / "a.pth.tar", TCMR), **SIZES)
    assert not [key for key in loaded.regressor.state_dict() if "smpl" in key]


def test_a_missing_an_additional_and_a_misshapen_weight_are_named(tmp_path):
    path, state = tmp_path / "a.pth.tar", gen_state(VIBE)
    lacking = {key: value for key, value in state.items() if key != "encoder.linear.bias"}
    with pytest.raises(WeightsError, match=r"a\.pth\.tar lacks 1 .*'encoder\.linear\.bias'.*take vibe_model"):
        load_vibe(write(path, VIBE, gen_state_dict=lacking), **SIZES)
    with pytest.raises(WeightsError, match=r"has besides 1 .*'encoder\.extra'"):
        load_vibe(write(path, VIBE, gen_state_dict={**state, "encoder.extra": torch.zeros(1)}), **SIZES)
    for odd, said in ((torch.zeros(3), r"\(3,\)"), ("text", "str")):
        with pytest.raises(WeightsError, match=rf"'encoder\.linear\.bias' is {said}, expected \(16,\)"):
            load_vibe(write(path, VIBE, gen_state_dict={**state, "encoder.linear.bias": odd}), **SIZES)
    endless = torch.full((16,), torch.inf)
    with pytest.raises(WeightsError, match="not finite"):
        load_vibe(write(path, VIBE, gen_state_dict={**state, "encoder.linear.bias": endless}), **SIZES)


def test_the_other_network_s_checkpoint_is_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"lacks \d+ of the weights of this network"):
        load_tcmr(write(tmp_path / "a.pth.tar", VIBE), **SIZES)


def test_full_width_is_the_default(tmp_path):
    with pytest.raises(WeightsError, match=r"expected \(6144, 2048\)|expected \(3072, 2048\)|expected"):
        load_vibe(write(tmp_path / "a.pth.tar", VIBE))


def test_files_that_are_none_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(WeightsError, match="does not exist: take tcmr_table4"):
        load_tcmr(tmp_path / "none.pth.tar")
    (tmp_path / "text.pth.tar").write_text("hello")
    with pytest.raises(WeightsError, match="is a text"):
        load_tcmr(tmp_path / "text.pth.tar")
    cut = write(tmp_path / "cut.pth.tar", VIBE)
    cut.write_bytes(cut.read_bytes()[:-500])
    with pytest.raises(WeightsError, match="damaged"):
        load_vibe(cut, **SIZES)
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(WeightsError, match="holds a list"):
        load_vibe(tmp_path / "list.pt")
    torch.save({"model": {}}, tmp_path / "spin.pt")
    with pytest.raises(WeightsError, match="'gen_state_dict'"):
        load_vibe(tmp_path / "spin.pt")


class Hostile:
    def __reduce__(self):
        return print, ("a pickle ran code",)


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("place", ["performance", "gen_optimizer", "gen_state_dict"])
def test_hostile_checkpoint_runs_nothing(place, old, tmp_path, capsys):
    path = write(tmp_path / "evil.pth.tar", VIBE, old=old, **{place: Hostile()})
    with pytest.raises(WeightsError, match="was not read"):
        load_vibe(path, **SIZES)
    assert "ran code" not in capsys.readouterr().out


def test_mean_body_becomes_the_regressor_s_start(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {"pose": rng.random(144), "shape": rng.random(10), "cam": np.array([0.9, 0.0, 0.0])}
    np.savez(tmp_path / "smpl_mean_params.npz", **arrays)
    regressor = Regressor(16, 8)
    start_from(regressor, load_mean_body(tmp_path / "smpl_mean_params.npz"))
    for key, array in arrays.items():
        np.testing.assert_allclose(getattr(regressor, f"init_{key}")[0], array, rtol=1e-6)


def test_bad_mean_bodies_are_refused(tmp_path):
    path = tmp_path / "smpl_mean_params.npz"
    np.savez(path, pose=np.zeros(144), shape=np.zeros(10))
    with pytest.raises(WeightsError, match="lacks 'cam': take smpl_mean_params"):
        load_mean_body(path)
    np.savez(path, pose=np.zeros(72), shape=np.zeros(10), cam=np.zeros(3))
    with pytest.raises(WeightsError, match=r"'pose' has shape \(72,\), expected \(144,\)"):
        load_mean_body(path)
    np.savez(path, pose=np.array([Hostile()] * 144), shape=np.zeros(10), cam=np.zeros(3))
    with pytest.raises(WeightsError, match=r"pickled object in place of the array 'pose'"):
        load_mean_body(path)
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(WeightsError, match="single array"):
        load_mean_body(tmp_path / "array.npy")


@pytest.mark.parametrize(("load", "joints"), [(load_h36m_regressor, 17), (load_extra_regressor, 9)])
def test_joint_regressors_have_to_fit_the_body(load, joints, tmp_path):
    path = tmp_path / "J_regressor.npy"
    np.save(path, np.eye(joints, 40))
    assert load(path, 40).dtype == np.float32
    with pytest.raises(WeightsError, match=rf"\({joints}, 40\), expected \({joints}, 6890\)"):
        load(path, 6890)
    np.save(path, np.full((joints, 40), np.nan))
    with pytest.raises(WeightsError, match="finite numbers"):
        load(path, 40)
    np.savez(tmp_path / "two.npz", a=np.zeros(1))
    with pytest.raises(WeightsError, match="npz of named arrays"):
        load(tmp_path / "two.npz", 40)
    path.write_bytes(b"")
    with pytest.raises(WeightsError, match="is empty"):
        load(path, 40)
