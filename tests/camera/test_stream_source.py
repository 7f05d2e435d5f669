from __future__ import annotations

import threading
import time
from collections import deque
from itertools import count

import pytest

from str_live.camera import SourceError, SourceLost
from str_live.camera.capture import CameraManager, Timeouts
from str_live.camera.stream import StreamSource
from str_live.latest import Latest
from str_live.settings import SourceSettings
from tests.camera.mjpeg_server import MjpegServer

OPENCV_S = 30.0
"""What OpenCV waits for a stream where nothing else is asked for."""


@pytest.fixture
def server():
    server = MjpegServer()
    yield server
    server.close()


def source_of(url: str) -> StreamSource:
    return StreamSource(SourceSettings(url), count(), open_timeout_s=1.0, read_timeout_s=0.5)


def test_an_mjpeg_camera_gives_pictures(server):
    source = source_of(server.url)
    source.open()
    read = [source.read() for _ in range(10)]
    source.close()
    assert [frame.index for frame in read] == list(range(10))
    assert read[0].image.shape == (240, 320, 3)
    assert source.size == (320, 240)
    assert read[9].captured_ns - read[0].captured_ns > 0.1e9


def test_a_silent_stream_is_lost_after_its_time_out(server):
    source = source_of(server.url)
    source.open()
    source.read()
    server.silent.set()
    start = time.perf_counter()
    with pytest.raises(SourceLost, match="has stopped"):
        deque(iter(source.read, "never"), maxlen=0)
    assert time.perf_counter() - start < OPENCV_S / 2
    source.close()


def test_nothing_to_play_is_refused_within_the_time_out(server):
    server.silent.set()
    start = time.perf_counter()
    for url in (server.url, "http://127.0.0.1:9/nothing", "rtsp://127.0.0.1:9/nothing"):
        with pytest.raises(SourceError, match="Nothing to play at"):
            source_of(url).open()
    assert time.perf_counter() - start < OPENCV_S / 2


def test_a_stream_that_hangs_up_is_connected_again_by_the_manager(server):
    output, events = Latest(), []
    waiting, back = threading.Event(), threading.Event()

    def on_event(kind: str, text: str) -> None:
        events.append(kind)
        if kind in ("waiting", "recovered"):
            (waiting if kind == "waiting" else back).set()

    timeouts = Timeouts(backoff_first_s=0.1, backoff_last_s=0.2, release_s=4.0)
    manager = CameraManager(output, on_event, timeouts=timeouts)
    manager.switch(SourceSettings(server.url))
    first = output.get(0, 30.0)[1]
    server.hung_up.set()
    assert waiting.wait(30.0)
    server.hung_up.clear()
    assert back.wait(30.0)
    frame = output.get(output.get(0, 0)[0], 30.0)[1]
    manager.close()
    assert frame.epoch > first.epoch
    assert events[:3] == ["opened", "waiting", "recovered"]


def test_a_stream_that_is_not_there_shows_no_password_and_asks_for_a_missing_one():
    secret = SourceSettings(spec="http://me:secret@127.0.0.1:9/video?token=secret")
    with pytest.raises(SourceError) as failed:
        StreamSource(secret, count()).open()
    assert "http://127.0.0.1:9/video" in str(failed.value)
    assert "secret" not in str(failed.value)
    assert "passwords are not stored" not in str(failed.value)
    with pytest.raises(SourceError, match="passwords are not stored"):
        StreamSource(SourceSettings(spec="http://127.0.0.1:9/video"), count()).open()
