"""Streams' names on the command line."""

from __future__ import annotations

import pytest

from str_live.settings import StreamSettings
from str_live.stream.choice import with_stream

OFF = StreamSettings()


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("vmc", "127.0.0.1", 39539),
        ("VMC:192.168.0.5", "192.168.0.5", 39539),
        ("vmc:192.168.0.5:39540", "192.168.0.5", 39540),
        ("vmc:39540", "127.0.0.1", 39540),
        ("vmc::39540", "127.0.0.1", 39540),
        ("vmc:[::1]:39540", "::1", 39540),
    ],
)
def test_vmc_s_host_and_port_may_be_left_out(text, host, port):
    assert with_stream(OFF, text) == StreamSettings(vmc=True, vmc_host=host, vmc_port=port)


@pytest.mark.parametrize(("text", "port"), [("ws", 8765), ("ws:9000", 9000)])
def test_the_websocket_s_port_may_be_left_out(text, port):
    assert with_stream(OFF, text) == StreamSettings(ws=True, ws_port=port)


def test_both_may_be_on():
    both = with_stream(with_stream(OFF, "ws:9000"), "vmc")
    assert both == StreamSettings(vmc=True, ws=True, ws_port=9000)


@pytest.mark.parametrize("text", ["", "osc", "vmc:host:port", "vmc:a:0", "ws:host", "ws:70000", "ws:\u0663"])
def test_what_is_none_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"is no (stream|port)"):
        with_stream(OFF, text)
