"""Files that are something else are told what they are, and what to do about it."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from str_live.untrusted.nature import nature_of

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935\nsize 39001280\n"
PAGE = b"\n<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>"
OBJ = b"# Blender v2.79\nmtllib a.mtl\no body\nv 0.1 0.2 0.3\nv 1 2 3\nv 1 2 4\nf 1 2 3\n"


def tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.pkl"))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (PAGE, "web page"),
        (b"\xef\xbb\xbf<html>", "web page"),
        (LFS, "pointer of Git LFS"),
        (gzip.compress(b"hello", mtime=0), "gzip"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "7-Zip"),
        (b"Rar!\x1a\x07\x01\x00", "RAR"),
        (tar(), "tar archive"),
        (b"Kaydara FBX Binary  \x00\x1a\x00", "FBX"),
        (OBJ, "OBJ mesh"),
        (b"glTF\x02\x00\x00\x00", "glTF"),
        (b'{"error": "not found"}', "JSON"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x00\x00\x00\x20ftypisom", "film"),
        (b"\x89PNG\r\n", "picture"),
        (b"Access denied.", "is a text"),
        (b"PK\x03\x04" + bytes(200), "cut off"),
        (pickle.dumps([1]), "pickle"),
    ],
)
def test_each_kind_is_named(tmp_path, content, words):
    (tmp_path / "a").write_bytes(content)
    nature = nature_of(tmp_path / "a")
    assert words in nature.problem
    assert nature.remedy


def test_arrays_and_weights_are_told_apart(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    np.savez(tmp_path / "a.npz", a=np.zeros(3))
    torch.save({"a": torch.zeros(2)}, tmp_path / "a.pt")
    save_file({"a": torch.zeros(2)}, tmp_path / "a.safetensors")
    for suffix, name in {"npy": "npy", "npz": "npz", "pt": "torch", "safetensors": "safetensors"}.items():
        assert nature_of(tmp_path / f"a.{suffix}").name == name


def test_an_archive_says_what_to_take_out_of_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "SMPL_python_v.1.1.0.zip", "w") as archive:
        for name in (
            "readme.txt",
            "smpl/models/basicmodel_f_v1.1.0.pkl",
            "smpl/models/basicmodel_neutral.pkl",
        ):
            archive.writestr(f"SMPL_python_v.1.1.0/{name}", b"x")
    nature = nature_of(tmp_path / "SMPL_python_v.1.1.0.zip")
    assert "not unpacked" in nature.problem
    assert nature.remedy.endswith("SMPL_python_v.1.1.0/smpl/models/basicmodel_neutral.pkl inside it")


def test_noise_and_absent_files_are_of_no_nature(tmp_path):
    (tmp_path / "a").write_bytes(bytes(range(128, 256)))
    assert nature_of(tmp_path / "a") is None
    assert nature_of(tmp_path / "b") is None
