"""Avatars' files are read for their bones, and anything else ends in a sentence."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from str_live.stream.contract import StreamError
from str_live.stream.vrm import read_avatar
from tests.stream.avatars import BONES, avatar_joints, write_glb_json, write_vrm


@pytest.mark.parametrize("version", ["0.x", "1.0"])
def test_both_versions_give_the_same_places_in_unity_s_frame(tmp_path, version):
    write_vrm(tmp_path / "a.vrm", version)
    avatar = read_avatar(tmp_path / "a.vrm")
    assert tuple(avatar.positions) == BONES
    assert avatar.hips_height == pytest.approx(avatar_joints()[0, 1])
    np.testing.assert_allclose(avatar.positions["hips"], avatar_joints()[0] * [-1, 1, 1], atol=1e-9)


NODE = {"translation": [0, 1, 0]}
HUMANOID = {b: {"node": n} for n, b in enumerate(("hips", "spine", "head"))}


def model(nodes: list, humanoid: dict) -> dict:
    return {"nodes": nodes, "extensions": {"VRMC_vrm": {"humanoid": {"humanBones": humanoid}}}}


@pytest.mark.parametrize(
    "gltf",
    [
        {},
        [],
        {"nodes": [], "extensions": {}},
        model([NODE], {"hips": {"node": 0}}),
        model([NODE], HUMANOID),
        model([NODE, NODE, NODE], {**HUMANOID, "head": {"node": -1}}),
        model([{**NODE, "children": [1]}, {**NODE, "children": [0]}, NODE], HUMANOID),
        model([{"translation": [0, float("nan"), 0]}, NODE, NODE], HUMANOID),
        model([{"translation": [0, -1, 0]}, NODE, NODE], HUMANOID),
        model([{**NODE, "rotation": [0, 0, 0, 0]}, NODE, NODE], HUMANOID),
        model([{**NODE, "translation": "here"}, NODE, NODE], HUMANOID),
    ],
)
def test_models_that_are_no_people_are_refused(tmp_path, gltf):
    write_glb_json(tmp_path / "a.vrm", gltf)
    with pytest.raises(StreamError, match="no VRM avatar"):
        read_avatar(tmp_path / "a.vrm")


@pytest.mark.parametrize(
    "content",
    [b"", b"glTF", bytes(64), struct.pack("<5I", 0x46546C67, 2, 9, 2**31, 0x4E4F534A), b"\xff" * 64],
)
def test_files_that_are_no_models_are_refused(tmp_path, content):
    (tmp_path / "a.vrm").write_bytes(content)
    with pytest.raises(StreamError, match="no VRM avatar"):
        read_avatar(tmp_path / "a.vrm")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StreamError, match=r"a\.vrm cannot be read"):
        read_avatar(tmp_path / "a.vrm")
