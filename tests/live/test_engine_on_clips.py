"""The whole way on real films: detector, guard, crop, an untrained network, the free body."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from str_live.body.skinning import load_body
from str_live.camera import frames, open_source
from str_live.live.engine import Engine
from str_live.live.session import Event, LiveSession
from str_live.messages import BodyResult
from str_live.network.network import Network, NetworkConfig
from str_live.network.runner import NetworkRunner
from str_live.person.tracker import PersonTracker, Tracker
from str_live.settings import Settings, SourceSettings
from str_live.temporal import STRConfig
from str_live.weights.load import Parts

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "data" / "clips"
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not CLIPS.is_dir(), reason="../shared/data is not there"),
]


@pytest.fixture(scope="module")
def parts() -> Parts:
    network = Network(NetworkConfig(switches=STRConfig(width=32, attention_width=16), regressor_hidden=32))
    return Parts(NetworkRunner(network, name="untrained", device="cpu"), load_body())


def run(name: str, parts: Parts, limit: int) -> tuple[Engine, list[BodyResult]]:
    source = SourceSettings(spec=str(CLIPS / name), loop=False, realtime=False)
    engine, results = Engine(Settings(source=source), parts), []
    for frame in frames(open_source(source)):
        results += engine.process(frame)
        if frame.index + 1 == limit:
            break
    results += engine.flush()
    engine.close()
    return engine, results


def test_squats_are_followed_through_every_frame(parts: Parts) -> None:
    engine, results = run("squats.mp4", parts, 25)
    assert [result.frame.index for result in results] == list(range(25))
    assert all(result.person is not None and len(result.bodies) == 1 for result in results)
    assert "5 pictures a second" in engine.meter.reason
    reference = np.array(json.loads((CLIPS / "squats_blazepose_2d.json").read_text()))[:25, :, :2]
    found = np.stack([result.person.landmarks_px for result in results])
    body = [11, 12, 23, 24, 25, 26, 27, 28]
    assert np.median(np.linalg.norm(found - reference, axis=-1)[:, body]) < 15
    for result in results:
        low, high = result.person.landmarks_px.min(axis=0), result.person.landmarks_px.max(axis=0)
        assert result.box.cx - result.box.side / 2 < low[0] < high[0] < result.box.cx + result.box.side / 2
        assert result.bodies[0].joints_cam[:, 2].min() > 0.5


def test_the_beam_walker_gets_bodies_and_accelerations_at_60_fps(parts: Parts) -> None:
    engine, results = run("balance_cam03.mp4", parts, 80)
    assert [result.frame.index for result in results] == list(range(80))
    assert all(len(result.bodies) == 1 for result in results)
    samples = [result.acceleration for result in results if result.acceleration is not None]
    assert len(samples) >= 12  # 1.33 s less twice 0.4 s, at 30 a second
    means = engine.meter.means()
    # mediapipe after 6 Hz; the triangulated reference of this clip has 8.8
    assert 5 < means.magnitude["reference"] < 20
    assert {"A", "frame"} == set(means.error)


def test_the_threads_play_a_film_again_and_again(parts: Parts) -> None:
    class ReadyMade:
        def tracker(self) -> Tracker:
            return PersonTracker()

        def model(self, settings: Settings) -> NetworkRunner:
            return parts.runner

        def body(self, settings: Settings) -> object:
            return parts.body

    events: list[Event] = []
    source = SourceSettings(spec=str(CLIPS / "balance_cam03.mp4"))
    session = LiveSession(Settings(source=source, people=1), on_event=events.append, loaders=ReadyMade())
    session.start()
    seen, epochs, bodies, deadline = 0, set(), 0, time.monotonic() + 40
    while (len(epochs) < 2 or bodies < 4) and time.monotonic() < deadline:
        seen, result = session.results.get(seen, timeout=1)
        if result is not None:
            epochs.add(result.frame.epoch)
            bodies += bool(result.bodies)
    status = session.status()
    assert session.stop(10)
    assert len(epochs) >= 2
    assert bodies > 3
    assert [event.kind for event in events if event.kind != "notice"] == ["source"]
    assert (status.source.name, status.source.state) == ("balance_cam03.mp4", "playing")
    assert status.inference.network.name == "untrained"
