"""Streams run as the settings ask for, and start anew where these change."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from str_live.settings import StreamSettings
from str_live.stream.senders import StreamSenders
from tests.stream.results import BODY, make_results

WAIT_S = 20


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(WAIT_S)
        yield receiver


@pytest.fixture
def senders():
    senders = StreamSenders()
    yield senders
    senders.stop()


def test_what_is_switched_on_sends_and_what_is_switched_off_does_not(receiver, senders):
    on = StreamSettings(vmc=True, vmc_port=receiver.getsockname()[1])
    assert senders.configure(on, BODY) == []
    senders.put(make_results(1)[0])
    assert receiver.recv(2048).startswith(b"#bundle")
    assert [status.name for status in senders.status] == ["vmc"]
    senders.configure(StreamSettings(), BODY)
    assert senders.status == ()
    senders.put(make_results(1)[0])


def test_equal_settings_leave_a_stream_alone_and_others_start_it_anew(receiver, senders):
    on = StreamSettings(vmc=True, vmc_port=receiver.getsockname()[1])
    senders.configure(on, BODY)
    senders.put(make_results(1)[0])
    wait_until(lambda: senders.status[0].sent == 1)
    senders.configure(replace(on, ws_port=9999), BODY)
    assert senders.status[0].sent == 1
    senders.configure(replace(on, vmc_turn_around=True), BODY)
    assert senders.status[0].sent == 0


def test_what_cannot_start_is_told_and_the_others_run(receiver, senders, tmp_path):
    settings = StreamSettings(vmc=True, vmc_avatar=str(tmp_path / "none.vrm"), ws=True, ws_port=free_port())
    [sentence] = senders.configure(settings, BODY)
    assert "none.vrm" in sentence
    assert {status.name: bool(status.error) for status in senders.status} == {"ws": False, "vmc": True}


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
