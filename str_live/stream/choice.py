"""What a stream is called on the command line: 'vmc', 'vmc:HOST', 'vmc:HOST:PORT', 'ws', 'ws:PORT'."""

from __future__ import annotations

from dataclasses import replace

from str_live.settings import StreamSettings


def with_stream(settings: StreamSettings, text: str) -> StreamSettings:
    """The settings with the stream that the text names switched on; ValueError in a sentence for another."""
    kind, _, place = text.strip().partition(":")
    if kind.lower() == "vmc":
        host, port = _host_and_port(place)
        return replace(
            settings,
            vmc=True,
            vmc_host=host or StreamSettings().vmc_host,
            vmc_port=parse_port(port) if port else StreamSettings().vmc_port,
        )
    if kind.lower() == "ws":
        return replace(settings, ws=True, ws_port=parse_port(place) if place else StreamSettings().ws_port)
    raise ValueError(f"{text!r} is no stream: choose vmc, vmc:HOST:PORT, ws or ws:PORT")


def parse_port(text: str) -> int:
    """The port in a text; ValueError in a sentence where it is none."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError(f"{text!r} is no port: give a number between 1 and 65535")
    return int(text)


def _host_and_port(place: str) -> tuple[str, str]:
    """'', 'HOST', ':PORT', 'PORT', 'HOST:PORT', '[IPV6]:PORT' -> host and port, '' where one is not given."""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = place.partition(":")
    return ("", host) if host.isdigit() and not port else (host, port)
