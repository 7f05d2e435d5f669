from __future__ import annotations

import logging
import os
import subprocess
import sys
from functools import partial
from itertools import count

import cv2
import numpy as np
import pytest

from str_live.camera import SOURCES, SourceEnded, SourceError, clip, frames, kind_of, open_source
from str_live.camera.clip import clip_source
from str_live.camera.environment import OPENCV_ENVIRONMENT, configure_opencv_environment
from str_live.camera.kinds import file_patterns
from str_live.camera.test_pattern import SyntheticSource, paint_pattern
from str_live.camera.webcam import WebcamSource
from str_live.settings import SourceSettings
from tests.camera.fake_camera import Desk, FakeCamera
from tests.camera.made_films import grey, write_film


@pytest.fixture
def clip_folder(tmp_path, monkeypatch):
    """A built-in clip of five pictures."""
    writer = cv2.VideoWriter(str(tmp_path / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (64, 48))
    for index in range(5):
        writer.write(paint_pattern(index, (64, 48)))
    writer.release()
    truth = np.arange(5 * 24 * 3, dtype=np.float32).reshape(5, 24, 3)
    np.savez(tmp_path / "clip_truth.npz", joints_cam=truth)
    monkeypatch.setattr(clip, "CLIP_FOLDER", tmp_path)
    return tmp_path


def on_desk(monkeypatch, *cameras: FakeCamera) -> Desk:
    desk = Desk(*cameras)
    monkeypatch.setattr("str_live.camera.webcam.WebcamSource", partial(WebcamSource, device=desk.device))
    return desk


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("", "webcam"),
        ("0", "webcam"),
        ("Integrated Camera", "webcam"),
        ("/dev/v4l/by-id/usb-Gone-video-index0", "webcam"),
        ("clip", "clip"),
        ("synthetic:10", "synthetic"),
        ("film.MP4", "video"),
        ("take.npz", "recording"),
        ("yoga.jpg", "images"),
        ("http://10.0.0.2/video", "stream"),
        ("RTSP://10.0.0.2/live", "stream"),
        ("https://example.org/film.mp4?x=1", "video"),
        ("srt://10.0.0.2:9000", "stream"),
        ("foo+bar://x", "stream"),
        ("file:///tmp/a%20film.mp4", "video"),
        ("12:30.mp4", "video"),
        ("synthetic:film.mp4", "video"),
        ("film.MXF", "video"),
        ("anim.gif", "video"),
        ("take.npz.part", "recording"),
        ("IMG_1.HEIC", "images"),
        (".", "images"),
        (__file__, "video"),
    ],
)
def test_a_spec_means_one_kind_of_source(spec, kind):
    assert kind_of(spec) == kind
    assert kind in SOURCES


def test_what_does_not_exist_is_refused_with_what_there_is(monkeypatch):
    desk = on_desk(monkeypatch, FakeCamera("Desk"))
    with pytest.raises(SourceError, match=r"no camera, file or folder 'Desc'.*name:Desk:0"):
        open_source(SourceSettings("Desc"), cameras=desk.list_cameras)
    with pytest.raises(SourceError, match="There is no file"):
        open_source(SourceSettings("/nowhere/film.mp4"))


def test_an_address_of_a_file_manager_is_the_file(tmp_path):
    film = tmp_path / "a film: 100%.mp4"
    write_film(film, [grey(index) for index in range(3)])
    for address in (film.as_uri(), film.as_uri().replace("file:///", "file://localhost/")):
        source = open_source(SourceSettings(address, loop=False, realtime=False))
        assert (source.identity, source.name) == (str(film), film.name)
        assert len(list(frames(source))) == 3


def test_streams_that_ffmpeg_does_not_speak_get_a_way_round():
    with pytest.raises(SourceError, match=r"srt:// cannot be played here: let ffmpeg pass the stream on"):
        open_source(SourceSettings("srt://user:secret@10.0.0.2:9000"))


def test_the_file_dialog_shows_all_that_plays():
    patterns = set(file_patterns().split())
    assert {"*.mp4", "*.mpg", "*.wmv", "*.flv", "*.ts", "*.ogv", "*.gif", "*.webp", "*.tif"} <= patterns
    assert {"*.3gp", "*.m2ts", "*.mts", "*.mxf", "*.vob", "*.npz", "*.npz.part"} <= patterns
    for pattern in patterns:
        assert kind_of(f"name{pattern[1:]}") in ("video", "images", "recording")


def test_nothing_wished_takes_the_first_camera_that_opens(monkeypatch):
    desk = on_desk(monkeypatch, FakeCamera("Busy", open_devices=1), FakeCamera("Free"))
    source = open_source(SourceSettings(), cameras=desk.list_cameras)
    assert source.name == "Free"
    assert "Busy cannot be opened" in source.notice
    assert "Free is used instead" in source.notice
    source.close()


def test_without_a_camera_the_clip_plays_and_says_so(clip_folder, caplog):
    with caplog.at_level(logging.WARNING):
        source = open_source(SourceSettings(), cameras=list)
    assert source.notice == "No camera was found. The built-in clip is playing."
    assert source.notice in caplog.text
    assert source.identity == "clip"
    source.close()


def test_the_clip_brings_its_truth(clip_folder):
    source = open_source(SourceSettings("clip", loop=False, realtime=False), 3)
    read = list(frames(source))
    assert len(read) == 5
    assert {frame.epoch for frame in read} == {3}
    assert read[2].truth.joints_cam.shape == (24, 3)
    assert read[2].truth.joints_cam[0, 0] == 2 * 24 * 3


def test_a_missing_or_broken_clip_is_told_in_words(clip_folder):
    make = partial(clip_source, SourceSettings("clip"), count(), clip_folder)
    np.savez(clip_folder / "clip_truth.npz", joints_cam=np.zeros((5, 17, 3)))
    with pytest.raises(SourceError, match="not \\(N, 24, 3\\)"):
        make()
    (clip_folder / "clip_truth.npz").write_bytes(b"broken")
    with pytest.raises(SourceError, match="cannot be read"):
        make()
    (clip_folder / "clip.mp4").unlink()
    with pytest.raises(SourceError, match="is missing"):
        make()


def test_the_test_pattern_counts_loops_and_ends(clock):
    source = SyntheticSource(3, 30.0, loop=True, epochs=count(5))
    source.open()
    read = [source.read() for _ in range(4)]
    assert [(frame.epoch, frame.index) for frame in read] == [(5, 0), (5, 1), (5, 2), (6, 0)]
    assert np.array_equal(read[0].image, read[3].image)
    assert not np.array_equal(read[0].image, read[1].image)
    source.close()
    assert len(list(frames(open_source(SourceSettings("synthetic:4", loop=False, realtime=False))))) == 4
    still = SyntheticSource(1, loop=True, realtime=True, epochs=count(5))
    still.open()
    start = clock.now_s
    assert {(frame.epoch, frame.index) for frame in (still.read() for _ in range(5))} == {(5, 0)}
    assert clock.now_s - start == pytest.approx(4 / 10)
    ended = SyntheticSource(0)
    ended.open()
    with pytest.raises(SourceEnded):
        ended.read()


def test_importing_the_package_imports_neither_cv2_nor_qt_nor_torch():
    code = (
        "import sys, str_live.camera, str_live.camera.environment;"
        "assert not {'cv2', 'torch', 'PyQt6'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_environment_is_set_but_never_overwritten(monkeypatch):
    for name in OPENCV_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "DEBUG")
    configure_opencv_environment()
    assert os.environ["OPENCV_LOG_LEVEL"] == "DEBUG"
    assert os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] == "2"
    for name in OPENCV_ENVIRONMENT:
        monkeypatch.delenv(name)
