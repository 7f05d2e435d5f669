"""OSC as somebody else's library builds it, byte for byte."""

from __future__ import annotations

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from str_live.stream.osc import bundle, message

VALUES = [(), ("root",), ("abc", 1.5), (1,), ("Füße", 0.0, -2.5, 7)]


def theirs(address: str, values: tuple) -> OscMessageBuilder:
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return builder


@pytest.mark.parametrize("values", VALUES)
def test_messages_are_the_same(values):
    assert message("/VMC/Ext/T", *values) == theirs("/VMC/Ext/T", values).build().dgram


def test_bundles_are_the_same():
    builder = OscBundleBuilder(IMMEDIATELY)
    for values in VALUES:
        builder.add_content(theirs("/a", values).build())
    assert bundle([message("/a", *values) for values in VALUES]) == builder.build().dgram
