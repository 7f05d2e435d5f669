from __future__ import annotations

import logging
from itertools import count

import cv2
import numpy as np
import pytest

from str_live.camera import SourceError, frames
from str_live.camera.images import ImagesSource
from str_live.settings import SourceSettings


def source_of(path, **wishes) -> ImagesSource:
    return ImagesSource(SourceSettings(str(path), **{"loop": False, "realtime": False, **wishes}), count())


@pytest.fixture
def folder(tmp_path):
    for number, size in ((1, (32, 24)), (2, (40, 30)), (10, (32, 24))):
        cv2.imwrite(str(tmp_path / f"picture{number}.png"), np.full((size[1], size[0], 3), number, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_pictures_come_in_natural_order_with_their_own_sizes(folder):
    read = list(frames(source_of(folder)))
    assert [int(frame.image[0, 0, 0]) for frame in read] == [1, 2, 10]
    assert [frame.image.shape for frame in read] == [(24, 32, 3), (30, 40, 3), (24, 32, 3)]
    assert [frame.time_s for frame in read] == pytest.approx([0, 1 / 30, 2 / 30])


def test_unreadable_pictures_are_left_out_warned_of_and_counted_once(folder, caplog):
    (folder / "picture3.png").write_bytes(b"broken")
    (folder / "picture4.jpg").touch()
    source = source_of(folder, loop=True)
    source.open()
    with caplog.at_level(logging.WARNING):
        read = [source.read() for _ in range(6)]
    assert [int(frame.image[0, 0, 0]) for frame in read] == [1, 2, 10] * 2
    assert [frame.index for frame in read[:3]] == [0, 1, 4]
    assert [frame.epoch for frame in read] == [0, 0, 0, 1, 1, 1]
    assert source.unreadable == 2
    assert len(caplog.records) == 2
    source.close()


def test_grey_and_16_bit_pictures_become_bgr(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((8, 8), 200, np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((8, 8, 3), 200 * 256, np.uint16))
    for frame in frames(source_of(tmp_path)):
        assert frame.image.shape == (8, 8, 3)
        assert frame.image.dtype == np.uint8
        assert frame.image[0, 0, 0] == 200


def test_one_picture_is_a_film_of_one(folder):
    assert len(list(frames(source_of(folder / "picture2.png")))) == 1


def test_folders_without_pictures_are_refused_in_words(tmp_path):
    with pytest.raises(SourceError, match="There is no folder"):
        source_of(tmp_path / "none").open()
    with pytest.raises(SourceError, match="holds no pictures"):
        source_of(tmp_path).open()
    (tmp_path / "broken.png").write_bytes(b"broken")
    with pytest.raises(SourceError, match="None of the pictures"):
        source_of(tmp_path).open()


def test_real_time_keeps_the_wished_rate(folder):
    read = list(frames(source_of(folder, realtime=True, fps=20.0)))
    assert read[-1].index == 2
    assert (read[-1].captured_ns - read[0].captured_ns) / 1e9 == pytest.approx(0.1, abs=0.08)
