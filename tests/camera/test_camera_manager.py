from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import groupby, pairwise

import pytest

from str_live.camera.capture import EVENTS, CameraManager, Timeouts
from str_live.camera.webcam import WebcamSource
from str_live.latest import Latest
from str_live.messages import Frame
from str_live.settings import SourceSettings
from tests.camera.fake_camera import Desk, FakeCamera

TIMEOUTS = Timeouts(
    stalled_s=0.15,
    reopen_s=60.0,
    backoff_first_s=0.05,
    backoff_last_s=0.2,
    first_frame_s=60.0,
    release_s=60.0,
    tick_s=0.01,
)
"""What a test waits for is short by `timeouts`; all else is too long for a busy machine to reach."""


class Everything(Latest[Frame]):
    """A Latest that remembers all that went through it."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    def put(self, value: Frame) -> None:
        self.frames.append(value)
        super().put(value)


class Rig:
    """A manager with fake cameras, and what came out of it."""

    def __init__(self, desk: Desk, timeouts: Timeouts) -> None:
        self.desk = desk
        self.output = Everything()
        self.events: list[tuple[str, str]] = []
        self.manager = CameraManager(
            self.output,
            lambda *event: self.events.append(event),
            timeouts=timeouts,
            cameras=desk.list_cameras,
        )

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]

    @property
    def grey(self) -> int:
        """Which camera the newest picture came from."""
        return int(self.output.frames[-1].image[0, 0, 0]) if self.output.frames else -1

    def switch(self, spec: str, **more) -> None:
        self.manager.switch(SourceSettings(spec, **more))


@pytest.fixture
def rig(request, monkeypatch):
    """Two cameras, the first showing 10, the second 20; closed at the end, with no thread left."""
    desk = Desk(FakeCamera("One", grey_value=10), FakeCamera("Two", grey_value=20))
    monkeypatch.setattr("str_live.camera.webcam.WebcamSource", partial(WebcamSource, device=desk.device))
    rig = Rig(desk, replace(TIMEOUTS, **getattr(request, "param", {})))
    yield rig
    rig.manager.close()
    assert all(kind in EVENTS for kind in rig.kinds)


def timeouts(**seconds: float) -> pytest.MarkDecorator:
    """Decorates a test of the rig whose watchdog acts after so long."""
    return pytest.mark.parametrize("rig", [seconds], indirect=True, ids=[""])


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return condition()


def test_the_first_switch_brings_pictures_and_says_so(rig):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    assert until(lambda: rig.kinds == ["opened"])
    status = rig.manager.status()
    assert (status.state, status.name, status.identity) == ("playing", "One", "name:One:0")
    assert "got 64 x 48" in status.mode


def test_switching_never_mixes_two_sources(rig):
    for name in ("One", "Two", "One", "synthetic:1000", "Two"):
        opened = rig.kinds.count("opened")
        rig.switch(name)
        assert until(lambda opened=opened: rig.kinds.count("opened") > opened)
        epoch = rig.output.frames[-1].epoch
        assert until(lambda epoch=epoch: sum(frame.epoch == epoch for frame in rig.output.frames) > 5)
    epochs = [frame.epoch for frame in rig.output.frames]
    assert epochs == sorted(epochs)
    assert len(set(epochs)) == 5
    for epoch in set(epochs):
        frames = [frame for frame in rig.output.frames if frame.epoch == epoch]
        assert all(b.index > a.index for a, b in pairwise(frames))
        assert len({frame.image.shape for frame in frames}) == 1
    assert until(lambda: [camera.open_devices for camera in rig.desk.cameras] == [0, 1])


def test_the_old_source_goes_on_until_the_new_one_gives_a_picture(rig):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    two = rig.desk.cameras[1]
    two.hang_in_grab = threading.Event()
    rig.switch("Two")
    assert until(lambda: two.open_devices == 1)
    before = len(rig.output.frames)
    assert until(lambda: len(rig.output.frames) > before + 5)
    assert rig.grey == 10
    two.hang_in_grab.set()
    assert until(lambda: rig.grey == 20)


@pytest.mark.parametrize("spec", ["Nobody", "/nowhere/film.mp4", "http://127.0.0.1:9/nothing"])
def test_a_switch_that_fails_keeps_the_old_source(rig, spec):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    rig.switch(spec)
    assert until(lambda: "error" in rig.kinds)
    before = len(rig.output.frames)
    assert until(lambda: len(rig.output.frames) > before)
    assert rig.manager.status().name == "One"
    assert len({frame.epoch for frame in rig.output.frames}) == 1


@timeouts(first_frame_s=0.5)
def test_a_switch_that_hangs_is_given_up(rig):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    rig.desk.cameras[1].hang_in_grab = threading.Event()
    rig.switch("Two")
    assert until(lambda: "error" in rig.kinds)
    assert "No picture came from Two" in rig.events[-1][1]
    assert rig.manager.status().state == "playing"
    rig.desk.cameras[1].hang_in_grab.set()
    time.sleep(0.1)
    assert rig.grey == 10


def test_the_last_of_several_requests_counts(rig):
    for spec in ("One", "Two", "One", "Two", "synthetic:50", "Two"):
        rig.switch(spec)
    assert until(lambda: rig.grey == 20)
    time.sleep(0.2)
    assert rig.grey == 20
    assert rig.manager.status().name == "Two"


def test_the_same_camera_is_handed_over_for_a_new_mode(rig):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    rig.switch("One", width=320)
    assert until(lambda: rig.kinds.count("opened") == 2)
    assert rig.desk.cameras[0].most_open_devices == 1
    assert "asked 320" in rig.manager.status().mode


def test_silence_is_reported_and_so_is_its_end(rig):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    rig.desk.cameras[0].silent = True
    assert until(lambda: "stalled" in rig.kinds)
    assert rig.manager.status().state == "stalled"
    rig.desk.cameras[0].silent = False
    assert until(lambda: "recovered" in rig.kinds)
    assert rig.kinds[:3] == ["opened", "stalled", "recovered"]
    assert rig.desk.cameras[0].opened == 1


@timeouts(reopen_s=0.4)
def test_lasting_silence_opens_the_camera_again_as_a_new_epoch(rig):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    rig.desk.cameras[0].silent = True
    assert until(lambda: "waiting" in rig.kinds)
    rig.desk.cameras[0].silent = False
    assert until(lambda: "recovered" in rig.kinds)
    assert rig.desk.cameras[0].opened >= 2
    assert rig.output.frames[-1].epoch > rig.output.frames[0].epoch
    assert rig.desk.cameras[0].most_open_devices == 1


@timeouts(reopen_s=0.4)
def test_an_unplugged_camera_is_picked_up_when_it_is_back(rig):
    rig.switch("Two")
    assert until(lambda: rig.grey == 20)
    rig.desk.cameras[1].plugged = False
    assert until(lambda: "waiting" in rig.kinds)
    assert "Waiting for Two" in rig.events[-1][1]
    assert rig.manager.status().state == "waiting"
    rig.desk.cameras[1].plugged = True
    assert until(lambda: rig.kinds[-1] == "recovered")
    kinds = [kind for kind, _ in groupby(rig.kinds)]
    assert (kinds[0], kinds[-2:]) == ("opened", ["waiting", "recovered"])
    assert rig.grey == 20


@timeouts(reopen_s=0.4)
def test_another_source_may_be_chosen_while_waiting(rig):
    rig.switch("Two")
    assert until(lambda: rig.grey == 20)
    rig.desk.cameras[1].plugged = False
    assert until(lambda: "waiting" in rig.kinds)
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    rig.desk.cameras[1].plugged = True
    time.sleep(0.3)
    assert rig.grey == 10


@timeouts(reopen_s=0.4)
def test_a_failed_request_while_waiting_goes_back_to_waiting(rig):
    rig.switch("Two")
    assert until(lambda: rig.grey == 20)
    rig.desk.cameras[1].plugged = False
    assert until(lambda: "waiting" in rig.kinds)
    rig.switch("Nobody")
    assert until(lambda: "error" in rig.kinds)
    rig.desk.cameras[1].plugged = True
    assert until(lambda: "recovered" in rig.kinds)


@timeouts(reopen_s=0.4, release_s=0.5)
def test_a_hung_camera_is_left_behind(rig):
    one = rig.desk.cameras[0]
    one.exclusive = False
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    hang = one.hang_in_grab = threading.Event()
    assert until(lambda: "waiting" in rig.kinds)
    one.hang_in_grab = None  # a second device of the same camera works
    assert until(lambda: "recovered" in rig.kinds)
    epoch = rig.output.frames[-1].epoch
    hang.set()
    time.sleep(0.2)
    assert rig.output.frames[-1].epoch == epoch


@timeouts(release_s=0.5)
@pytest.mark.parametrize("knob", ["hang_in_release", "hang_in_grab"])
def test_close_returns_while_a_driver_hangs(rig, knob):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    hang = threading.Event()
    setattr(rig.desk.cameras[0], knob, hang)
    assert knob == "hang_in_release" or rig.desk.cameras[0].hung.wait(60)
    rig.manager.close()
    assert rig.desk.cameras[0].hung.is_set()
    assert "capture" in {thread.name for thread in threading.enumerate()}
    before = len(rig.output.frames)
    hang.set()
    time.sleep(0.1)
    assert len(rig.output.frames) == before


def test_close_gives_the_camera_back_and_ends_the_threads(rig):
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    rig.manager.close()
    rig.manager.close()
    assert rig.desk.cameras[0].open_devices == 0
    names = [thread.name for thread in threading.enumerate()]
    assert "capture" not in names
    assert "camera watchdog" not in names


def test_the_end_of_a_file_is_reported_once(rig):
    rig.switch("synthetic:5", loop=False)
    assert until(lambda: "ended" in rig.kinds)
    assert rig.output.frames[-1].index == 4
    rig.switch("One")
    assert until(lambda: rig.grey == 10)
    assert rig.kinds.count("ended") == 1


def test_a_looping_file_gets_a_new_epoch_each_time(rig):
    rig.switch("synthetic:5", realtime=False, loop=True)
    assert until(lambda: rig.output.get(0, 0)[1] is not None and rig.output.frames[-1].epoch >= 3)
    rig.manager.close()
    epochs = [frame.epoch for frame in rig.output.frames]
    assert epochs == sorted(epochs)
    rig.switch("One")


def test_without_realtime_the_reader_sets_the_pace_and_gets_every_frame(rig):
    rig.switch("synthetic:20", realtime=False, loop=False)
    seen, indices = 0, []
    while len(indices) < 20:
        seen, frame = rig.output.get(seen, 60.0)
        assert frame is not None
        indices.append(frame.index)
        time.sleep(0.005)
    assert indices == list(range(20))
    assert rig.output.dropped == 0


def test_a_slow_picture_folder_is_not_taken_for_a_stall(rig):
    rig.switch("synthetic:50", fps=2.0)
    assert until(lambda: len(rig.output.frames) >= 2 and bool(rig.kinds))
    assert rig.kinds == ["opened"]


def test_a_source_that_breaks_in_an_unforeseen_way_is_an_error(monkeypatch):
    def opener(*_arguments, **_more):
        raise RuntimeError("a bug")

    events = []
    manager = CameraManager(
        Everything(), lambda *event: events.append(event), timeouts=TIMEOUTS, opener=opener
    )
    manager.switch(SourceSettings("x"))
    assert until(lambda: bool(events))
    manager.close()
    assert events == [("error", "The source cannot be opened: a bug.")]


def test_repeated_pictures_still_count_as_new_frames(rig):
    rig.switch("One")  # a fake camera shows the same picture for ever
    assert until(lambda: len(rig.output.frames) > 10)
    assert [frame.index for frame in rig.output.frames[:10]] == list(range(10))
    stamps = [frame.captured_ns for frame in rig.output.frames]
    assert all(b > a for a, b in pairwise(stamps))
