from __future__ import annotations

import logging
import shutil
import subprocess
from itertools import count, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from str_live.camera import SourceEnded, SourceError, frames
from str_live.camera.test_pattern import paint_pattern
from str_live.camera.video import VideoSource
from str_live.settings import SourceSettings
from tests.camera.made_films import grey, write_film

N_FRAMES = 20
SIZE = (96, 64)


def write_video(path: Path, fps: float = 60.0, n_frames: int = N_FRAMES) -> str:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, SIZE)
    for index in range(n_frames):
        image = paint_pattern(0, SIZE)
        image[:] = index * 10 % 256  # the frame's number, to be read back
        writer.write(image)
    writer.release()
    return str(path)


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> str:
    return write_video(tmp_path_factory.mktemp("video") / "counting.mp4")


def source_of(path: str, *, loop: bool = False, realtime: bool = False, **more) -> VideoSource:
    return VideoSource(SourceSettings(path, loop=loop, realtime=realtime), count(7), **more)


def numbers(images: list[np.ndarray]) -> list[int]:
    return [round(float(image.mean()) / 10) for image in images]


def test_every_picture_of_a_60_fps_file_comes_once_with_its_media_time(video):
    read = list(frames(source_of(video)))
    assert numbers([frame.image for frame in read]) == list(range(N_FRAMES))
    assert [frame.index for frame in read] == list(range(N_FRAMES))
    assert [frame.time_s for frame in read] == pytest.approx(
        [index / 60 for index in range(N_FRAMES)], abs=1e-3
    )
    assert {frame.epoch for frame in read} == {7}


def test_open_states_size_rate_and_number(video):
    source = source_of(video)
    source.open()
    source.open()
    assert (source.size, source.fps, source.frame_count) == (SIZE, 60.0, N_FRAMES)
    assert source.mode == "96 x 64 at 60 frames/s"
    source.close()
    source.close()


def test_looping_starts_again_as_a_new_epoch(video):
    source = source_of(video, loop=True)
    source.open()
    read = [source.read() for _ in range(2 * N_FRAMES + 1)]
    source.close()
    assert [frame.epoch for frame in read] == [7] * N_FRAMES + [8] * N_FRAMES + [9]
    assert [frame.index for frame in read] == [*range(N_FRAMES), *range(N_FRAMES), 0]
    assert read[N_FRAMES].time_s == read[0].time_s


def test_the_end_is_told_again_and_again(video):
    source = source_of(video)
    source.open()
    for _ in range(N_FRAMES):
        source.read()
    for _ in range(2):
        with pytest.raises(SourceEnded):
            source.read()
    source.close()


def test_real_time_takes_as_long_as_the_film(tmp_path, clock):
    path = write_video(tmp_path / "slow.mp4", fps=20.0, n_frames=10)
    start = clock.now_s
    read = list(frames(source_of(path, realtime=True)))
    assert clock.now_s - start == pytest.approx(9 / 20)
    assert len(read) == 10
    assert all(b.captured_ns > a.captured_ns for a, b in pairwise(read))


def test_a_slow_reader_loses_pictures_but_not_the_time(tmp_path, clock):
    path = write_video(tmp_path / "fast.mp4", fps=60.0, n_frames=60)
    start, read = clock.now_s, []
    for frame in frames(source_of(path, realtime=True)):
        read.append(frame)
        clock.sleep(0.1)
    assert len(read) < 30
    assert clock.now_s - start == pytest.approx(1.0, abs=0.15)
    assert [frame.index for frame in read] == numbers_in_time(read)


def numbers_in_time(read) -> list[int]:
    return [round(frame.time_s * 60) for frame in read]


def test_truth_goes_with_its_own_picture(video):
    truth = np.arange(N_FRAMES - 2, dtype=np.float32)[:, None, None] * np.ones((1, 24, 3), np.float32)
    read = list(frames(source_of(video, truth=truth)))
    assert [frame.truth.joints_cam[0, 0] for frame in read[:-2]] == list(range(N_FRAMES - 2))
    assert read[-1].truth is None


def test_files_that_are_no_video_are_refused_in_words(tmp_path):
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.touch()
    text.write_text("not a video\n" * 100)
    for path, words in (
        (tmp_path / "none.mp4", "There is no file"),
        (empty, "is empty"),
        (text, "not a video"),
        (tmp_path, "There is no file"),
    ):
        with pytest.raises(SourceError, match=words):
            source_of(str(path)).open()


def test_a_file_cut_short_gives_what_it_has(tmp_path):
    whole = Path(write_video(tmp_path / "whole.avi", n_frames=40))
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    read = list(frames(source_of(str(cut))))
    assert 5 < len(read) < 40


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg to write a rotated file")
def test_rotation_stated_in_the_file_is_applied(tmp_path, video):
    turned = tmp_path / "turned.mp4"
    ways = (["-display_rotation", "90", "-i", video], ["-i", video, "-metadata:s:v:0", "rotate=90"])
    for way in ways:  # since ffmpeg 6, and before
        command = ["ffmpeg", "-y", "-loglevel", "quiet", *way, "-c", "copy", str(turned)]
        if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0:
            break
    source = source_of(str(turned))
    source.open()
    assert source.read().image.shape == (SIZE[0], SIZE[1], 3)
    source.close()


def noisy_film(path: Path) -> Path:
    pictures = np.random.default_rng(0).integers(0, 255, (40, 64, 96, 3), np.uint8)
    options = {"g": "5", "bf": "0", "preset": "ultrafast", "qp": "10"}
    return write_film(path, list(pictures), options=options)


def test_what_could_not_be_read_is_told_once_at_the_end(tmp_path, caplog):
    path = noisy_film(tmp_path / "spot.mp4")
    content = bytearray(path.read_bytes())
    start, length = len(content) // 2, len(content) // 5
    content[start : start + length] = (b"y\n" * length)[:length]
    path.write_bytes(content)
    source = source_of(str(path), loop=True)
    source.open()
    assert (source.unreadable, source.notice) == (0, "")
    with caplog.at_level(logging.WARNING):
        epochs = [source.read().epoch for _ in range(120)]
    source.close()
    assert max(epochs) > 8
    assert source.unreadable == 40 - epochs.count(8) > 0
    assert source.notice == f"{source.unreadable} pictures of spot.mp4 could not be read."
    assert caplog.messages == [source.notice]


@pytest.mark.parametrize("realtime", [False, True])
def test_a_film_of_one_picture_stays_ten_times_a_second_in_one_epoch(tmp_path, realtime, clock):
    path = write_film(tmp_path / "one.mp4", [grey(5)])
    source = source_of(str(path), loop=True, realtime=realtime)
    source.open()
    start = clock.now_s
    read = [frame for frame in (source.read() for _ in range(6)) if frame is not None]
    assert clock.now_s - start > 0.4
    assert [(frame.epoch, frame.index) for frame in read] == [(7, 0)] * len(read)
    assert [frame.time_s for frame in read] == pytest.approx(np.arange(len(read)) / 10)
    source.close()
    assert len(list(frames(source_of(str(path), realtime=realtime)))) == 1


def test_a_gap_of_an_hour_is_skipped_in_real_time_and_said(tmp_path, clock):
    stamps = [0, 1, 2, 90_002, 90_003]
    path = write_film(tmp_path / "gap.mkv", [grey(index) for index in range(5)], stamps=stamps)
    source = source_of(str(path), realtime=True)
    start = clock.now_s
    read = list(frames(source))
    assert clock.now_s - start < 1
    assert [frame.time_s for frame in read] == pytest.approx(np.array(stamps) / 25, abs=1e-3)
    assert source.notice == "A gap of 1 h 0 min in the time stamps of gap.mkv was skipped."


def test_slow_motion_divides_the_times_and_plays_as_slow_as_the_film_is(tmp_path, clock):
    path = write_film(tmp_path / "slow.mp4", [grey(index) for index in range(10)])
    for realtime in (False, True):
        source = VideoSource(
            SourceSettings(str(path), loop=False, realtime=realtime, slow_motion=8.0), count()
        )
        start = clock.now_s
        read = list(frames(source))
        assert [frame.time_s for frame in read] == pytest.approx([frame.index / 200 for frame in read])
        assert source.mode.endswith("at 25 frames/s, slow motion 8")
    assert clock.now_s - start > 0.3


def test_a_phones_slow_motion_is_pointed_out(tmp_path):
    def filmed_at_240(container, _):
        container.metadata["com.android.capture.fps"] = "240.0"

    path = write_film(
        tmp_path / "phone.mp4",
        [grey(0)] * 3,
        fps=30,
        prepare=filmed_at_240,
        muxer={"movflags": "use_metadata_tags"},
    )
    source = source_of(str(path))
    source.open()
    source.close()
    assert "filmed at 240 pictures a second and plays at 30: slow motion 8" in source.notice


def test_a_film_that_begins_again_shows_its_last_picture_for_its_time(tmp_path, clock):
    path = write_film(tmp_path / "two.mp4", [grey(0), grey(1)], fps=5)
    source = source_of(str(path), loop=True, realtime=True)
    source.open()
    start, epoch = clock.now_s, 7
    while epoch < 9:
        frame = source.read()
        epoch = epoch if frame is None else frame.epoch
    source.close()
    assert clock.now_s - start == pytest.approx(2 * 2 / 5)
