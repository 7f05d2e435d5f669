from __future__ import annotations

from collections import deque
from itertools import count, pairwise

import cv2
import numpy as np
import pytest

from str_live.camera import CameraInfo, SourceError, SourceLost
from str_live.camera.pixels import bgr_from_retrieved
from str_live.camera.webcam import WebcamSource
from str_live.settings import SourceSettings
from tests.camera.fake_camera import Desk, FakeCamera


def opened(camera: FakeCamera, **wishes: float) -> WebcamSource:
    source = WebcamSource(SourceSettings(**wishes), count(), camera.info, device=Desk(camera).device)
    source.open()
    return source


def test_frames_are_numbered_stamped_and_of_one_epoch():
    source = opened(FakeCamera())
    read = [source.read() for _ in range(5)]
    source.close()
    assert [frame.index for frame in read] == [0, 1, 2, 3, 4]
    assert all(b.captured_ns > a.captured_ns and b.time_s > a.time_s for a, b in pairwise(read))
    assert {frame.epoch for frame in read} == {0}
    assert read[0].image.shape == (48, 64, 3)


def test_format_is_asked_for_before_size_before_rate_before_buffer():
    camera = FakeCamera(formats=("YUYV", "MJPG"))
    opened(camera).close()
    assert [prop for prop, _ in camera.asked] == [
        cv2.CAP_PROP_FOURCC,
        cv2.CAP_PROP_FRAME_WIDTH,
        cv2.CAP_PROP_FRAME_HEIGHT,
        cv2.CAP_PROP_FPS,
        cv2.CAP_PROP_BUFFERSIZE,
    ]
    assert camera.asked[0][1] == cv2.VideoWriter.fourcc(*"MJPG")


def test_mode_says_what_was_asked_and_what_was_obtained():
    source = opened(FakeCamera(formats=("MJPG",), fps=50.0), width=1280, height=720, fps=30.0)
    assert source.mode == "asked 1280 x 720 at 30, got 64 x 48 at 50 MJPG"
    source.close()


def test_size_may_change_while_it_runs():
    camera = FakeCamera()
    source = opened(camera)
    source.read()
    camera.size = (32, 24)
    frame = source.read()
    assert frame.image.shape == (24, 32, 3)
    assert source.size == (32, 24)
    assert "got 32 x 24" in source.mode
    source.close()


def test_empty_pictures_and_missed_grabs_are_passed_over():
    camera = FakeCamera()
    source = opened(camera)
    camera.empty = True
    assert source.read() is None
    camera.empty, camera.silent = False, True
    assert source.read() is None
    camera.silent = False
    assert source.read().index == 0
    source.close()


def test_a_camera_whose_file_is_gone_is_lost(tmp_path):
    path = tmp_path / "video7"
    path.touch()
    camera = FakeCamera()
    info = CameraInfo("name:Fake:0", "Fake", "", "", "ANY", str(path), ())
    source = WebcamSource(SourceSettings(), count(), info, device=Desk(camera).device)
    source.open()
    camera.plugged = False
    path.unlink()
    with pytest.raises(SourceLost, match="unplugged"):
        source.read()
    source.close()


def test_a_camera_whose_driver_fails_again_and_again_is_lost():
    camera = FakeCamera(fps=1000.0)
    source = opened(camera)
    camera.silent = True
    with pytest.raises(SourceLost, match="no longer answers"):
        deque(iter(source.read, "never"), maxlen=0)
    source.close()


def test_a_busy_camera_and_one_without_pictures_are_refused_and_given_back():
    busy = FakeCamera(open_devices=1)
    with pytest.raises(SourceError, match="cannot be opened"):
        opened(busy)
    dead = FakeCamera(silent=True)
    with pytest.raises(SourceError, match="gives no picture"):
        opened(dead)
    assert dead.open_devices == 0


def test_flat_bytes_become_a_picture():
    source = opened(FakeCamera(formats=("BGR3",), flat_formats=("BGR3",)))
    assert source.read().image.shape == (48, 64, 3)
    source.close()


def test_a_format_that_cannot_be_used_gives_way_to_the_next():
    camera = FakeCamera(formats=("MJPG", "YUYV"), flat_formats=("MJPG",))
    source = opened(camera)
    assert source.read().image.shape == (48, 64, 3)
    assert source.mode.endswith("YUYV")
    source.close()


@pytest.mark.parametrize(
    ("fourcc", "encode"),
    [
        ("UYVY", None),
        ("YU12", cv2.COLOR_BGR2YUV_I420),
        ("YV12", cv2.COLOR_BGR2YUV_YV12),
        ("GREY", cv2.COLOR_BGR2GRAY),
    ],
)
def test_raw_formats_are_decoded(fourcc, encode):
    grey = np.full((48, 64, 3), 120, np.uint8)
    content = cv2.cvtColor(grey, encode) if encode is not None else np.full((48, 64, 2), 120, np.uint8)
    if fourcc == "UYVY":
        content[..., 0] = 128  # no colour
        content[..., 1] = 119  # limited range: 16 + 120 * 219 / 255
    image = bgr_from_retrieved(content.reshape(1, -1), fourcc, (64, 48))
    assert image.shape == (48, 64, 3)
    assert np.abs(image.astype(int) - 120).max() <= 2


def test_pixels_that_make_no_sense_are_refused():
    assert bgr_from_retrieved(None, "YUYV", (64, 48)) is None
    assert bgr_from_retrieved(np.zeros((1, 17), np.uint8), "BGR3", (64, 48)) is None
    assert bgr_from_retrieved(np.zeros((1, 17), np.uint8), "MJPG", (64, 48)) is None
    assert bgr_from_retrieved(np.zeros((48, 64), np.uint8), "", (64, 48)).shape == (48, 64, 3)
    assert bgr_from_retrieved(np.zeros((48, 64, 4), np.uint8), "", (64, 48)).shape == (48, 64, 3)
    assert bgr_from_retrieved(np.full((48, 64), 30000, np.uint16), "", (64, 48)).shape == (48, 64, 3)
