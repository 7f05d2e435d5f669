"""Calibration files of all kinds give the camera; what is none is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from str_live.export import ExportError
from str_live.export.lens import read_lens

MATRIX = np.array([[900.5, 0, 640], [0, 901.5, 350], [0, 0, 1]])
DISTORTION = np.array([0.1, -0.2, 0.001, 0.002, 0.05])


def written(folder: Path, name: str) -> Path:
    """The same camera in the format of the name's suffix."""
    path = folder / name
    if path.suffix in (".yml", ".yaml", ".xml"):
        storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
        storage.write("image_width", 1280)
        storage.write("image_height", 720)
        storage.write("camera_matrix", MATRIX)
        storage.write("distortion_coefficients", DISTORTION)
        storage.release()
    elif path.suffix == ".json":
        camera = {"K": MATRIX.tolist(), "dist": DISTORTION.tolist(), "size": [1280, 720]}
        path.write_text(json.dumps({"cameras": {"left": camera}}))
    else:
        path.write_text(
            f"[cam_03]\nsize = [1280.0, 720.0]\nmatrix = {MATRIX.tolist()}\n"
            f"distortions = {DISTORTION.tolist()}\nfisheye = false\n"
        )
    return path


@pytest.mark.parametrize("name", ["a.yml", "a.yaml", "a.xml", "a.json", "a.toml"])
def test_the_same_camera_is_read_of_every_format(tmp_path, name):
    lens = read_lens(written(tmp_path, name))
    np.testing.assert_allclose(lens.matrix, MATRIX)
    np.testing.assert_allclose(lens.distortion, DISTORTION)
    assert lens.size == (1280, 720)
    assert not lens.fisheye


def test_half_the_picture_has_half_the_focal_length(tmp_path):
    lens = read_lens(written(tmp_path, "a.json")).fitted(640, 360)
    np.testing.assert_allclose(lens.matrix[:2], MATRIX[:2] / 2)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.yml", "%YAML:1.0\n---\nfocal: 3\n", "no camera matrix"),
        ("a.json", "{}", "no camera matrix"),
        ("a.json", "[1, 2]", "no table"),
        ("a.json", "{", "cannot be read"),
        ("a.toml", "a = = 3", "cannot be read"),
        ("a.json", '{"K": [[1, 2], [3, 4]]}', "4 numbers"),
        ("a.json", '{"K": [[0, 0, 1], [0, 0, 1], [0, 0, 1]]}', "focal length"),
        ("a.json", '{"K": [[NaN, 0, 1], [0, 1, 1], [0, 0, 1]]}', "no numbers"),
        ("a.json", '{"K": "much"}', "cannot be read"),
        ("a.yml", "not yaml at all", "cannot be read"),
        ("a.yml", "", "cannot be read"),
    ],
)
def test_what_is_no_calibration_is_named_and_refused(tmp_path, name, text, reason):
    (tmp_path / name).write_text(text)
    with pytest.raises(ExportError, match=reason) as told:
        read_lens(tmp_path / name)
    assert name in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ExportError, match=r"none\.json"):
        read_lens(tmp_path / "none.json")
