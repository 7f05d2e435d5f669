"""The threads around the Engine: settings, errors, the end, recordings; a slow reader costs nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from str_live.camera.status import IDLE, SourceStatus
from str_live.latest import Latest
from str_live.live import pace
from str_live.live.pace import MEASURED_TICKS, WARM_UP_TICKS
from str_live.live.session import Event, LiveSession
from str_live.messages import Alternatives, Frame
from str_live.record import NpzRecorder
from str_live.settings import (
    AUTOMATIC,
    MOST_PEOPLE,
    TEMPORAL_NETWORKS,
    NetworkSettings,
    Settings,
    SourceSettings,
    VariantSettings,
)
from str_live.weights.own import WeightsError
from tests.live.engine_fakes import FakeBody, FakeRunner, FakeTracker, make_frame


class FakeCameras:
    """Cameras whose frames a test hands over one by one."""

    def __init__(self, frames: Latest[Frame], on_event: Callable[[str, str], None]) -> None:
        self.frames, self.on_event = frames, on_event
        self.switched: list[SourceSettings] = []
        self.closed = False

    def switch(self, settings: SourceSettings) -> None:
        self.switched.append(settings)

    def status(self) -> SourceStatus:
        return replace(IDLE, name="fake", identity="fake.mp4", mode="64 x 48", rate=30.0, state="playing")

    def close(self) -> None:
        self.closed = True


class FakeLoaders:
    """Loads stand-ins; complains about weights and bodies called 'bad'."""

    def __init__(self) -> None:
        self.trackers: list[FakeTracker] = []
        self.loaded: list[str] = []
        self.threads: set[str] = set()

    def tracker(self) -> FakeTracker:
        self.trackers.append(FakeTracker())
        return self.trackers[-1]

    def model(self, settings: Settings) -> FakeRunner:
        self.threads.add(threading.current_thread().name)
        if settings.weights == ("bad",):
            raise WeightsError("bad is not a readable file: take another.")
        self.loaded.append(f"model {' '.join(settings.weights)}")
        networks = ("frame",) if settings.weights == ("spin alone",) else TEMPORAL_NETWORKS
        name, masked = " + ".join(settings.weights) or "default", settings.weights == ("masked",)
        self.runner = FakeRunner(name=name, networks=networks, needs_mask=masked)
        return self.runner

    def body(self, settings: Settings) -> FakeBody:
        if settings.body == "bad":
            raise ValueError("The body file bad cannot be used.")
        self.loaded.append(f"body {settings.body}")
        return FakeBody()


class Rig:
    """A LiveSession of stand-ins."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.events: list[Event] = []
        self.loaders = FakeLoaders()
        self.session = LiveSession(
            settings or Settings(lookahead=0),
            on_event=self.events.append,
            make_cameras=self._cameras,
            loaders=self.loaders,
        )
        self.session.start()
        wait_for(lambda: not self.session.status().inference.loading)

    def _cameras(self, frames: Latest[Frame], on_event: Callable[[str, str], None]) -> FakeCameras:
        self.cameras = FakeCameras(frames, on_event)
        return self.cameras

    def show(self, index: int, **options: object) -> object:
        """Hand over a frame and wait for a result (of look-ahead 0)."""
        seen, _ = self.session.results.get(0, timeout=0)
        self.cameras.frames.put(make_frame(index, **options))
        _, result = self.session.results.get(seen, timeout=60)
        return result

    def network_name(self) -> str:
        network = self.session.status().inference.network
        return network.name if network else ""

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def rig():
    made = Rig()
    yield made
    assert made.session.stop(5.0)
    assert made.cameras.closed
    assert made.loaders.trackers[0].closed


def test_frames_become_results_on_the_inference_thread(rig: Rig) -> None:
    result = rig.show(3)
    assert result.frame.index == 3
    assert result.bodies[0].betas[0] == 3
    assert rig.loaders.threads == {"inference"}
    assert rig.cameras.switched == [SourceSettings()]


def test_a_detector_that_cannot_be_used_is_named_once_and_the_built_in_one_goes_on(
    rig: Rig, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.task"
    bad.write_bytes(b"no bundle")
    settings = Settings(lookahead=0, detector=str(bad))
    for index, changed in enumerate((settings, replace(settings, compare=True))):
        rig.session.configure(changed)
        assert rig.show(index).frame.index == index
    (event,) = [event for event in rig.events if event.kind == "error"]
    assert "bad.task" in event.text
    assert "\n" not in event.text


def test_status_tells_what_is_in_use(rig: Rig) -> None:
    for index in range(3):
        rig.show(index)
    wait_for(lambda: bool(rig.session.status().inference.stages_ms))
    status = rig.session.status()
    assert (status.source.name, status.source.mode, status.source.rate) == ("fake", "64 x 48", 30.0)
    network = status.inference.network
    assert (network.name, status.inference.body_name, network.where) == ("default", "fake body", "cpu")
    assert {"person", "temporal", "body", "capture_age"} <= set(status.inference.stages_ms)
    assert status.recording is None
    assert "landmarks" not in status.unavailable_front_ends
    faces, owners = rig.session.mesh()
    assert faces.shape == (2, 3)
    assert owners.shape == (5,)


def test_another_source_is_switched_to_and_other_settings_are_not(rig: Rig) -> None:
    settings = Settings(lookahead=0)
    rig.session.configure(replace(settings, compare=True))
    assert len(rig.cameras.switched) == 1
    rig.session.configure(replace(settings, compare=True, source=SourceSettings(spec="film.mp4")))
    assert rig.cameras.switched[-1].spec == "film.mp4"
    assert len(rig.show(0).bodies) == 2


def test_changed_weights_are_loaded_and_bad_ones_leave_the_old(rig: Rig) -> None:
    rig.session.configure(Settings(lookahead=0, weights=("other",)))
    wait_for(lambda: rig.network_name() == "other")
    rig.session.configure(Settings(lookahead=0, weights=("bad",)))
    wait_for(lambda: "error" in rig.kinds())
    assert "take another" in rig.events[-1].text
    assert len(rig.show(1).bodies) == 1
    assert rig.network_name() == "other"
    for index in range(2, 5):
        rig.show(index)
    assert rig.kinds().count("error") == 1  # not tried again at each tick
    assert rig.loaders.loaded == ["body ", "model ", "model other"]


def test_a_network_without_weights_is_named_on_screen_and_in_recordings(rig: Rig, tmp_path: Path) -> None:
    assert rig.session.status().inference.network.networks == TEMPORAL_NETWORKS
    assert "notice" not in rig.kinds()
    alone = Settings(lookahead=0, weights=("spin alone",))
    rig.session.configure(alone)
    wait_for(lambda: "notice" in rig.kinds())
    assert rig.events[-1].text.startswith("STR has no weights in spin alone: give")
    assert "--weights" in rig.events[-1].text
    status = rig.session.status()
    assert status.inference.network.networks == ("frame",)
    assert set(status.inference.missing_networks) == {"str", "tcmr", "vibe"}
    rig.session.start_recording(tmp_path / "take.npz")
    rig.show(0)
    rig.session.stop_recording()
    wait_for(lambda: "saved" in rig.kinds())
    with np.load(tmp_path / "take.npz") as content:
        settings = json.loads(str(content["config"]))["settings"]
    assert settings["variant_a"]["network"]["temporal"] == "frame"


def test_a_film_runs_beside_a_recording_and_says_so_by_itself(rig: Rig, tmp_path: Path) -> None:
    rig.session.start_recording(tmp_path / "take.npz")
    rig.session.start_film(tmp_path / "film.npz", NpzRecorder())
    with pytest.raises(RuntimeError, match=r"film\.npz is still being recorded"):
        rig.session.start_film(tmp_path / "other.npz", NpzRecorder())
    rig.show(0)
    status = rig.session.status()
    assert (status.recording.path, status.film.path) == (tmp_path / "take.npz", tmp_path / "film.npz")
    rig.session.stop_film()
    wait_for(lambda: "filmed" in rig.kinds())
    assert rig.session.status().film is None
    assert rig.session.status().recording is not None
    rig.session.stop_recording()
    wait_for(lambda: "saved" in rig.kinds())
    texts = {event.kind: event.text for event in rig.events}
    assert texts["filmed"] == str(tmp_path / "film.npz")
    assert texts["saved"] == str(tmp_path / "take.npz")


def test_a_chosen_network_without_weights_is_mentioned_once_and_again_when_it_changes(rig: Rig) -> None:
    alone = Settings(lookahead=0, weights=("spin alone",))
    rig.session.configure(alone)
    wait_for(lambda: "notice" in rig.kinds())
    rig.session.configure(replace(alone, lookahead=1))
    rig.session.configure(replace(alone, variant_a=VariantSettings(NetworkSettings("vibe"))))
    wait_for(lambda: rig.kinds().count("notice") == 2)
    assert rig.events[-1].text.startswith("VIBE has no weights")
    rig.session.configure(replace(alone, variant_a=VariantSettings(NetworkSettings("frame"))))
    rig.show(0)
    assert rig.kinds().count("notice") == 2


def test_a_bad_body_leaves_the_old(rig: Rig) -> None:
    rig.session.configure(Settings(lookahead=0, body="bad"))
    wait_for(lambda: "error" in rig.kinds())
    assert len(rig.show(1).bodies) == 1
    assert rig.session.status().inference.body_name == "fake body"


def test_bad_weights_at_the_start_still_show_the_picture() -> None:
    rig = Rig(Settings(lookahead=0, weights=("bad",)))
    result = rig.show(0)
    assert result.person is not None
    assert result.bodies == ()
    assert rig.kinds() == ["error"]
    rig.session.configure(Settings(lookahead=0, weights=("good",)))
    wait_for(lambda: rig.network_name() == "good")
    assert len(rig.show(1).bodies) == 1
    rig.session.stop()


def test_the_end_comes_after_the_last_results() -> None:
    rig = Rig(Settings(lookahead=5))
    for index in range(4):
        rig.cameras.frames.put(make_frame(index))
        time.sleep(0.05)
    rig.cameras.on_event("ended", "fake has ended.")
    wait_for(lambda: "ended" in rig.kinds())
    _, result = rig.session.results.get(0, timeout=0)
    assert result.frame.index == 3
    rig.session.stop()


def test_camera_events_are_passed_on(rig: Rig) -> None:
    for kind in ("opened", "stalled", "waiting", "recovered", "notice", "error"):
        rig.cameras.on_event(kind, "text")
    assert rig.kinds() == ["source", "stalled", "stalled", "source", "notice", "error"]


def test_an_exception_ends_inference_with_one_sentence() -> None:
    rig = Rig()
    rig.loaders.trackers[0].find = None
    rig.cameras.frames.put(make_frame(0))
    wait_for(lambda: "error" in rig.kinds())
    assert rig.events[-1].text.startswith("Inference stopped (")
    assert rig.session.stop(2.0)


def test_the_next_frame_is_with_the_detector_while_this_one_goes_through_the_network(rig: Rig) -> None:
    """The network waits in one frame until the detector has the next one."""
    tracker, entered, found = rig.loaders.trackers[0], threading.Event(), threading.Event()
    rig.show(0)
    find, observe = tracker.find, rig.loaders.runner.observe

    def noting_find(frame):
        if frame.index == 2:
            found.set()
        return find(frame)

    def waiting_observe(observations):
        entered.set()
        assert found.wait(30)
        return observe(observations)

    tracker.find, rig.loaders.runner.observe = noting_find, waiting_observe
    rig.cameras.frames.put(make_frame(1))
    assert entered.wait(30)
    rig.cameras.frames.put(make_frame(2))
    wait_for(lambda: rig.session.results.get(0, timeout=0)[1].frame.index == 2)


def test_what_is_changed_holds_for_the_next_frame_in_both_halves(rig: Rig) -> None:
    """Whether a mask is made, in the first half, and by which network, in the second."""
    tracker, masks = rig.loaders.trackers[0], []
    find = tracker.find
    tracker.find = lambda frame: masks.append(tracker.segmentation) or find(frame)
    for index, weights in enumerate(["masked", "other", "masked"]):
        rig.session.configure(Settings(lookahead=0, weights=(weights,)))
        assert rig.show(index).made_by.weights == weights
    assert masks == [True, False, True]


@pytest.mark.parametrize(("chosen", "followed"), [(AUTOMATIC, MOST_PEOPLE), (2, 2)])
def test_as_many_people_are_followed_as_keep_pace_where_none_are_chosen(
    monkeypatch: pytest.MonkeyPatch, chosen: int, followed: int
) -> None:
    monkeypatch.setattr(pace, "people_in_time", lambda detector_ms, network_ms: MOST_PEOPLE)
    rig, measured = Rig(Settings(lookahead=0, people=chosen)), WARM_UP_TICKS + MEASURED_TICKS
    ticks = [rig.show(index) for index in range(measured)]
    if chosen == AUTOMATIC:
        wait_for(lambda: "people" in rig.kinds())
    ticks += [rig.show(index) for index in range(measured, measured + 3)]
    rig.session.stop()
    people = [tick.made_by.settings.people for tick in ticks]
    assert people == [max(chosen, 1)] * measured + [followed] * 3
    assert rig.kinds().count("people") == (chosen == AUTOMATIC)


def test_a_slow_reader_gets_the_newest_result(rig: Rig) -> None:
    for index in range(20):
        rig.show(index)
    _, result = rig.session.results.get(0, timeout=0)
    assert result.frame.index == 19


def test_recording_writes_what_comes_and_says_where_it_is(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    rig.session.start_recording(path)
    with pytest.raises(RuntimeError, match="still being recorded"):
        rig.session.start_recording(tmp_path / "second.npz")
    for index in range(5):
        rig.show(index)
    wait_for(lambda: rig.session.status().recording.written == 5)
    assert rig.session.status().recording.path == path
    rig.session.stop_recording()
    wait_for(lambda: "saved" in rig.kinds())
    assert rig.events[-1].text == str(path)
    assert rig.session.status().recording is None
    with np.load(path) as content:
        assert len(content["poses"]) == 5


def test_what_is_changed_while_it_records_is_recorded(rig: Rig, tmp_path: Path) -> None:
    rig.session.start_recording(tmp_path / "take.npz")
    rig.show(0)
    vibe = VariantSettings(NetworkSettings("vibe"))
    rig.session.configure(Settings(lookahead=0, variant_a=vibe))
    rig.show(1)
    rig.session.stop()
    with np.load(tmp_path / "take.npz") as content:
        assert content["frame_index"].tolist() == [0, 1]
        (change,) = json.loads(str(content["config_changes"]))
        assert json.loads(str(content["config"]))["source"] == "fake.mp4"
    assert (change["frame"], change["changed"]) == (1, {"settings.variant_a.network.temporal": "vibe"})


def test_stopping_saves_a_running_recording(tmp_path: Path) -> None:
    rig = Rig()
    rig.session.start_recording(tmp_path / "take.npz")
    rig.show(0)
    assert rig.session.stop(5.0)
    assert (tmp_path / "take.npz").exists()


def test_a_session_that_never_started_stops() -> None:
    rig_events: list[Event] = []
    session = LiveSession(
        Settings(), on_event=rig_events.append, make_cameras=FakeCameras, loaders=FakeLoaders()
    )
    assert session.stop(1.0)


def test_switches_are_watched_from_the_wish_to_its_end(rig: Rig) -> None:
    networks = (NetworkSettings(), NetworkSettings().without("ttr"))
    assert rig.show(0).alternatives is None
    rig.session.watch_switches(Alternatives(networks))
    for index in range(1, 4):
        result = rig.show(index)
    assert result.alternatives.networks == networks
    figures = rig.session.switch_figures
    assert set(figures.cases) == set(networks)
    rig.session.watch_switches(Alternatives(networks, posed=networks[1:]))
    assert list(rig.show(4).alternatives.bodies) == [networks[1]]
    assert rig.session.switch_figures.frames == figures.frames + 1
    rig.session.watch_switches(None)
    assert rig.show(5).alternatives is None
    assert rig.session.switch_figures is None
