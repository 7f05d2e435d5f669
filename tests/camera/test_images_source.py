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


def test_real_time_keeps_the_rate_that_was_asked_for(folder, clock):
    read = list(frames(source_of(folder, realtime=True, fps=20.0)))
    assert [frame.index for frame in read] == [0, 1, 2]
    assert (read[-1].captured_ns - read[0].captured_ns) / 1e9 == pytest.approx(2 / 20)


def test_hidden_files_are_no_pictures(folder):
    for name in ("._picture1.png", ".picture.png", "Thumbs.db"):
        (folder / name).write_bytes(b"hidden")
    (folder / "folder.png").mkdir()
    source = source_of(folder)
    assert len(list(frames(source))) == 3
    assert (source.unreadable, source.notice) == (0, "")


def test_pictures_that_must_be_converted_are_named_with_a_remedy(folder, tmp_path):
    phone = tmp_path / "phone"
    phone.mkdir()
    for index in range(3):
        (phone / f"IMG_{index}.HEIC").write_bytes(b"heic")
    with pytest.raises(SourceError, match=r"3 pictures of type HEIC, which cannot be read: convert"):
        source_of(phone).open()
    with pytest.raises(SourceError, match=r"IMG_1\.HEIC is a picture of a type that cannot be read: convert"):
        source_of(phone / "IMG_1.HEIC").open()
    (folder / "IMG_1.HEIC").write_bytes(b"heic")
    source = source_of(folder)
    assert len(list(frames(source))) == 3
    assert source.notice.startswith("1 picture of type HEIC in")


def test_a_folder_of_films_says_so(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"film")
    with pytest.raises(SourceError, match=r"no pictures but films: choose one, such as film\.mp4"):
        source_of(tmp_path).open()


@pytest.mark.parametrize("realtime", [False, True])
def test_a_single_picture_stays_ten_times_a_second_in_one_epoch(folder, realtime, clock):
    source = source_of(folder / "picture2.png", loop=True, realtime=realtime)
    source.open()
    start = clock.now_s
    read = [frame for frame in (source.read() for _ in range(6)) if frame is not None]
    source.close()
    assert clock.now_s - start > 0.4
    assert {(frame.epoch, frame.index) for frame in read} == {(0, 0)}
    assert [frame.time_s for frame in read] == pytest.approx(np.arange(len(read)) / 10)


def test_a_long_run_of_unreadable_pictures_is_skipped_in_real_time(folder, clock):
    for index in range(11, 200):
        (folder / f"picture{index}.png").write_bytes(b"broken")
    cv2.imwrite(str(folder / "picture200.png"), np.zeros((8, 8, 3), np.uint8))
    source = source_of(folder, realtime=True)
    start = clock.now_s
    assert [frame.index for frame in frames(source)][-1] == 192
    assert clock.now_s - start < 1
    assert source.notice.startswith("A gap of 6 s in the time stamps of")


def test_slow_motion_divides_the_times(folder):
    read = list(frames(source_of(folder, slow_motion=4.0)))
    assert [frame.time_s for frame in read] == pytest.approx([0, 1 / 120, 2 / 120])
