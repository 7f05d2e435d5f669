"""From settings to streams that are ready to start. In: StreamSettings. Out: Streams by name."""

from __future__ import annotations

from pathlib import Path

from str_live.settings import StreamSettings
from str_live.stream.contract import Stream
from str_live.stream.vmc import VmcOptions, VmcStream
from str_live.stream.vrm import read_avatar
from str_live.stream.websocket import WebSocketStream

NAMES = ("vmc", "ws")


def wanted(settings: StreamSettings, name: str) -> tuple[object, ...] | None:
    """All that the settings say of a stream; None where it is off. Two that differ are two streams."""
    if name == "ws":
        return (settings.ws_port,) if settings.ws else None
    options = (
        settings.vmc_avatar,
        settings.vmc_turn_around,
        settings.vmc_bundles,
        settings.vmc_everybody,
    )
    return (settings.vmc_host, settings.vmc_port, *options) if settings.vmc else None


def open_stream(settings: StreamSettings, name: str) -> Stream:
    """The stream of that name, not started yet; StreamError where its avatar cannot be read."""
    if name == "ws":
        return WebSocketStream(settings.ws_port)
    options = VmcOptions(
        avatar=read_avatar(Path(settings.vmc_avatar)) if settings.vmc_avatar else None,
        turn_around=settings.vmc_turn_around,
        bundles=settings.vmc_bundles,
        everybody=settings.vmc_everybody,
    )
    return VmcStream(settings.vmc_host, settings.vmc_port, options)
