"""Login pages, pointers, archives and cut downloads in the place of a body or of weights are all named."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest

from str_live.body.smpl_files import BodyFileError, read_body
from str_live.weights.load import load_model
from str_live.weights.own import WeightsError, load_network
from str_live.weights.published import load_rival
from tests.body.test_smpl_files import smpl_arrays
from tests.untrusted.test_nature import LFS, OBJ, PAGE


def archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("smpl/models/basicmodel_neutral.pkl", b"x")
        file.writestr("data/vibe_data/spin_model_checkpoint.pth.tar", b"x")
    return path.read_bytes()


@pytest.fixture
def contents(tmp_path):
    """Words that the sentence must have -> what lies there."""
    return {
        "log in with the browser": PAGE,
        "git lfs pull": LFS,
        "unpack it and give .*inside it": archive(tmp_path / "archive.zip"),
        "empty": b"",
        "Kaydara|FBX": b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(100),
        "OBJ mesh": OBJ,
    }


@pytest.mark.parametrize("name", ["SMPL_NEUTRAL.pkl", "SMPL_NEUTRAL.npz", "body.zip"])
def test_in_place_of_a_body(tmp_path, contents, name):
    for words, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BodyFileError, match=rf"{name} cannot be used: it is .*({words})") as refused:
            read_body(tmp_path / name)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["tcmr.pth.tar", "ours.safetensors", "vibe.pt"])
def test_in_place_of_weights(tmp_path, contents, name):
    load = load_network if name.endswith(".safetensors") else load_rival
    for words, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsError, match=rf"{name} is .*({words})") as refused:
            load(tmp_path / name)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["spin.pth.tar", "spin.pt"])
def test_in_place_of_spin_s_checkpoint(tmp_path, contents, name):
    for words, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsError, match=rf"{name} is .*({words})"):
            load_model("resnet", backbone=tmp_path / name)


def test_downloads_that_were_cut_short(tmp_path):
    whole = pickle.dumps(smpl_arrays(), protocol=2)
    np.savez(tmp_path / "whole.npz", **{"v_template": np.zeros((40, 3))})
    zipped = (tmp_path / "whole.npz").read_bytes()
    for name, content in {"cut.pkl": whole[: len(whole) // 2], "cut.npz": zipped[: len(zipped) // 2]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BodyFileError, match=rf"{name}.*(ends too early|cut off).*download"):
            read_body(tmp_path / name)
