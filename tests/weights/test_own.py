"""What a checkpoint rebuilds, and what is said about files that do not fit."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch
from safetensors.torch import save_file

from str_live.network.network import Network, features_config
from str_live.settings import TEMPORAL_NETWORKS
from str_live.temporal import STRConfig
from str_live.weights.own import FORMAT, WeightsError, has_encoder, load_network, read_notes, save_network
from tests.network.small_network import SMALL, network


def test_checkpoint_rebuilds_the_network_exactly(tmp_path):
    saved = network()
    save_network(saved, tmp_path / "a.safetensors", notes={"training": "none"})
    loaded = load_network(tmp_path / "a.safetensors")
    assert loaded.config == SMALL
    assert read_notes(tmp_path / "a.safetensors")["training"] == "none"
    for name, value in saved.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name])


@pytest.mark.parametrize(("precision", "share", "apart"), [("half", 0.7, 1e-3), ("int8", 0.6, 1e-2)])
def test_checkpoints_in_fewer_bits_are_smaller_and_nearly_the_same(tmp_path, precision, share, apart):
    saved = network()
    save_network(saved, tmp_path / "full.safetensors")
    save_network(saved, tmp_path / "small.safetensors", precision=precision)
    full, small = ((tmp_path / f"{name}.safetensors").stat().st_size for name in ("full", "small"))
    assert small < share * full
    loaded = load_network(tmp_path / "small.safetensors")
    for name, value in saved.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value, atol=apart, rtol=apart)


def test_missing_corrupt_and_foreign_files_are_named(tmp_path):
    with pytest.raises(WeightsError, match="does not exist"):
        load_network(tmp_path / "none.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00nonsense")
    with pytest.raises(WeightsError, match=r"broken\.safetensors is damaged"):
        load_network(broken)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, foreign)
    with pytest.raises(WeightsError, match="not one of STR-Live's"):
        load_network(foreign)


def test_cut_off_file_is_named(tmp_path):
    path = tmp_path / "cut.safetensors"
    save_network(network(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"cut\.safetensors"):
        load_network(path)


def test_header_that_does_not_fit_its_weights_is_named(tmp_path):
    path = tmp_path / "odd.safetensors"
    notes = {"format": FORMAT, "config": json.dumps({"networks": ["frame"], "switches": {"width": 32}})}
    save_file(network().state_dict(), path, metadata=notes)
    with pytest.raises(WeightsError, match="does not fit the network"):
        load_network(path)


def test_weights_of_an_older_version_are_named_as_such(tmp_path):
    path = tmp_path / "old.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"format": "str-live-1", "config": "{}"})
    with pytest.raises(WeightsError, match="made by an older version"):
        load_network(path)


VIDEO = {
    "temporal": "vibe", "width": 16, "switches": {"width": 16, "attention_width": 8}, "bypassed": [],
    "hidden": 12, "regressor_hidden": 8, "regressor_dropout": 0.5, "all_frames": False,
}  # fmt: skip
"""Header of a network on stored features, as it was until these had the format of all others."""


def test_checkpoints_of_trainings_on_features_in_their_old_format_are_read(tmp_path):
    known = Network(features_config("vibe", width=16, hidden=12, regressor_hidden=8, all_frames=False)).eval()
    head = known.only_head
    tensors = {f"temporal.{name}": value for name, value in head.temporal.state_dict().items()}
    tensors |= {f"regressor.{name}": value for name, value in head.regressor.state_dict().items()}
    header = {"format": "str-live-video-1", "config": json.dumps(VIDEO), "validation": "{}"}
    save_file(tensors, tmp_path / "best.safetensors", metadata=header)
    assert not has_encoder(tmp_path / "best.safetensors")
    loaded = load_network(tmp_path / "best.safetensors").eval()
    assert (loaded.networks, loaded.only_head.all_frames) == (("vibe",), False)
    assert loaded.config.switches.attention_width == 8
    windows = torch.rand(2, 16, 16)
    torch.testing.assert_close(loaded.only_head(windows), head(windows), rtol=0, atol=0)


@pytest.mark.parametrize("change", [{"temporal": "gru"}, {"bypassed": ["all"]}, {"state": 3}, {"width": 32}])
def test_old_headers_that_do_not_fit_are_named(tmp_path, change):
    known = Network(features_config("vibe", width=16, hidden=12, regressor_hidden=8)).only_head
    tensors = {f"temporal.{name}": value for name, value in known.temporal.state_dict().items()}
    tensors |= {f"regressor.{name}": value for name, value in known.regressor.state_dict().items()}
    header = {"format": "str-live-video-1", "config": json.dumps(VIDEO | change)}
    save_file(tensors, tmp_path / "best.safetensors", metadata=header)
    with pytest.raises(WeightsError, match="does not fit"):
        load_network(tmp_path / "best.safetensors")


def test_the_apps_checkpoints_in_their_old_format_are_read(tmp_path):
    saved = network()
    older = asdict(saved.config)
    del older["bypassed"], older["all_frames"]
    header = {"format": "str-live-2", "config": json.dumps(older)}
    save_file(saved.state_dict(), tmp_path / "a.safetensors", metadata=header)
    loaded = load_network(tmp_path / "a.safetensors")
    assert loaded.config == saved.config
    assert has_encoder(tmp_path / "a.safetensors")
    assert all(torch.equal(value, saved.state_dict()[name]) for name, value in loaded.state_dict().items())


@pytest.mark.parametrize("temporal", TEMPORAL_NETWORKS)
def test_checkpoints_on_features_rebuild_themselves(tmp_path, temporal):
    sizes = {"width": 16, "switches": STRConfig(attention_width=8), "regressor_hidden": 8}
    saved = Network(features_config(temporal, bypassed=("ttr",), **sizes)).eval()
    save_network(saved, tmp_path / "best.safetensors", notes={"training": "none"})
    loaded = load_network(tmp_path / "best.safetensors").eval()
    assert loaded.config == saved.config
    windows = torch.rand(2, 16, 16)
    torch.testing.assert_close(loaded.only_head(windows), saved.only_head(windows), rtol=0, atol=0)


def test_a_checkpoint_may_hold_some_of_the_heads_only(tmp_path):
    saved = network()
    save_network(saved, tmp_path / "part.safetensors", networks=("vibe", "frame"))
    loaded = load_network(tmp_path / "part.safetensors")
    assert loaded.networks == ("vibe", "frame")
    for name, value in loaded.state_dict().items():
        assert torch.equal(value, saved.state_dict()[name])


def test_heads_of_other_people_are_not_written(tmp_path):
    own = Network(replace(SMALL, networks=("str", "frame")))
    own.heads["tcmr"] = network().head("tcmr")
    assert own.networks == ("str", "tcmr", "frame")
    with pytest.raises(ValueError, match="theirs"):
        save_network(own, tmp_path / "a.safetensors")
    save_network(own, tmp_path / "a.safetensors", networks=("str", "frame"))
