"""Picture files of every kind become upright BGR."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from str_live.camera.picture_file import read_image

QUARTERS = np.zeros((40, 60, 3), np.uint8)  # RGB: red, green; blue, grey
QUARTERS[:20, :30, 0] = QUARTERS[:20, 30:, 1] = QUARTERS[20:, :30, 2] = 255
QUARTERS[20:, 30:] = 200


def corner(path: Path) -> list[int]:
    """RGB near the upper left corner."""
    image = read_image(path)
    assert image is not None
    assert image.dtype == np.uint8
    return image[4, 4, ::-1].tolist()


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
@pytest.mark.parametrize(("orientation", "colour"), [(1, 0), (2, 1), (3, 3), (6, 2), (8, 1)])
def test_pictures_are_turned_as_their_exif_says(tmp_path, suffix, orientation, colour):
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / f"turned.{suffix}"
    Image.fromarray(QUARTERS).save(path, exif=exif)
    expected = QUARTERS[[4, 4, -4, -4], [4, -4, 4, -4]][colour]
    np.testing.assert_allclose(corner(path), expected, atol=12)  # lossy
    assert read_image(path).shape[:2] == ((60, 40) if orientation > 4 else (40, 60))


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("CMYK", "cmyk.jpg"),
        ("CMYK", "cmyk.tif"),
        ("RGBA", "alpha.png"),
        ("RGBA", "alpha.webp"),
        ("RGBA", "alpha.avif"),
        ("P", "palette.png"),
    ],
)
def test_kinds_of_pixels_become_bgr(tmp_path, mode, name):
    Image.fromarray(QUARTERS).convert(mode).save(tmp_path / name)
    np.testing.assert_allclose(corner(tmp_path / name), [255, 0, 0], atol=12)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_grey_and_16_bit_pictures_become_bgr(tmp_path, suffix):
    path = tmp_path / f"deep.{suffix}"
    for deep in (np.full((8, 8), 200, np.uint8), np.full((8, 8), 200 * 256, np.uint16)):
        cv2.imwrite(str(path), deep)
        assert corner(path) == [200, 200, 200]
    cv2.imwrite(str(path), QUARTERS[:, :, ::-1].astype(np.uint16) * 257)
    assert corner(path) == [255, 0, 0]


def test_what_is_no_picture_is_none(tmp_path):
    whole = tmp_path / "whole.webp"
    Image.fromarray(QUARTERS).save(whole)
    for content in (b"", b"text", whole.read_bytes()[:40], b"RIFF\0\0\0\0WEBP"):
        path = tmp_path / "broken.webp"
        path.write_bytes(content)
        assert read_image(path) is None
    assert read_image(tmp_path / "none.png") is None
