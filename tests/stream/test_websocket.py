"""Bodies as JSON for those who may listen: the newest, after the bones' lengths."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from str_live.skeleton import JOINT_NAMES, PARENTS
from str_live.stream.contract import StreamError
from str_live.stream.placing import Placing
from str_live.stream.websocket import WebSocketStream, frame_message
from tests.stream.results import BODY, make_results


@pytest.fixture
def stream():
    stream = WebSocketStream(0)
    stream.start()
    yield stream
    stream.stop()


@pytest.fixture
def bodies():
    placing = Placing(BODY)
    return [placing.place(result) for result in make_results(4)]


def test_a_listener_gets_the_bones_and_then_bodies(stream, bodies):
    stream.send(bodies[0])
    with connect(stream.address) as client:
        skeleton, frame = (json.loads(client.recv(timeout=20)) for _ in range(2))
        assert stream.receivers == 1
        stream.send(bodies[1])
        second = json.loads(client.recv(timeout=20))
    assert (skeleton["type"], skeleton["up"], skeleton["unit"]) == ("skeleton", "y", "m")
    assert (tuple(skeleton["names"]), tuple(skeleton["parents"])) == (JOINT_NAMES, PARENTS)
    np.testing.assert_allclose(skeleton["rest"], bodies[0].rest, atol=1e-5)
    for said, body in ((frame, bodies[0]), (second, bodies[1])):
        assert (said["type"], said["person"]) == ("frame", True)
        assert said["t"] == pytest.approx(body.time_s, abs=1e-5)
        for name, truth in (("root", body.pelvis), ("q", body.rotations), ("joints", body.joints)):
            np.testing.assert_allclose(said[name], truth, atol=1e-5)


def test_everybody_is_in_the_messages_and_the_followed_one_where_he_was(stream, bodies):
    first, second = bodies[0], replace(bodies[1], number=5)
    stream.send(first, [second])
    with connect(stream.address) as client:
        skeleton, frame = (json.loads(client.recv(timeout=20)) for _ in range(2))
        stream.send(second)
        kinds = [json.loads(client.recv(timeout=20))["type"] for _ in range(2)]
    assert [one["number"] for one in skeleton["people"]] == [1, 5]
    np.testing.assert_allclose(skeleton["people"][1]["rest"], second.rest, atol=1e-5)
    assert (skeleton["number"], frame["number"]) == (1, 1)
    assert [one["number"] for one in frame["people"]] == [1, 5]
    for found, body in zip(frame["people"], (first, second), strict=True):
        for name, truth in (("root", body.pelvis), ("q", body.rotations), ("joints", body.joints)):
            np.testing.assert_allclose(found[name], truth, atol=1e-5)
    assert {name: frame[name] for name in frame["people"][0]} == frame["people"][0]
    assert kinds == ["skeleton", "frame"]


def test_who_comes_late_or_is_slow_gets_the_newest_body(stream, bodies):
    for body in bodies:
        stream.send(body)
    with connect(stream.address) as client:
        client.recv(timeout=20)
        assert json.loads(client.recv(timeout=20))["t"] == pytest.approx(bodies[-1].time_s, abs=1e-5)


def test_another_shape_is_announced(stream, bodies):
    stream.send(bodies[0])
    with connect(stream.address) as client:
        kinds = [json.loads(client.recv(timeout=20))["type"] for _ in range(2)]
        stream.send(replace(bodies[1], rest=bodies[1].rest * 1.1))
        kinds += [json.loads(client.recv(timeout=20))["type"] for _ in range(2)]
    assert kinds == ["skeleton", "frame", "skeleton", "frame"]


@pytest.mark.parametrize("origin", ["null", "http://localhost:3000", "https://127.0.0.1", "http://[::1]:80"])
def test_pages_of_this_machine_may_listen(stream, bodies, origin):
    stream.send(bodies[0])
    with connect(stream.address, origin=origin) as client:
        assert json.loads(client.recv(timeout=20))["type"] == "skeleton"


@pytest.mark.parametrize(
    "origin", ["https://example.org", "http://localhost.example.org", "http://127.0.0.1.x"]
)
def test_other_people_s_pages_may_not(stream, origin):
    with pytest.raises(InvalidStatus):
        connect(stream.address, origin=origin)


def test_only_this_machine_can_reach_it(stream):
    assert stream.address.startswith("ws://127.0.0.1:")


def test_a_port_in_use_ends_in_a_sentence(stream):
    port = int(stream.address.rsplit(":", 1)[1])
    with pytest.raises(StreamError, match="choose another"):
        WebSocketStream(port).start()


def test_stopping_ends_connections_and_may_come_twice(stream, bodies):
    stream.send(bodies[0])
    with connect(stream.address) as client:
        client.recv(timeout=20)
        stream.stop()
        stream.stop()
        assert list(client) in ([], [json.dumps(frame_message(bodies[0]))])  # and then it is at its end
