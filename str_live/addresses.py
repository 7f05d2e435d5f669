"""Addresses without what is secret in them: what may be shown, written and stored. Standard library only.

A camera's address often holds a password (rtsp://me:secret@10.0.0.2/live) or a token (?token=...), which only
the code that opens the source needs. A password may hold any character, '@', '/' and '?' too, so whatever is
doubtful is left out.
"""

from __future__ import annotations

import re

HARMLESS = {
    *("action", "camera", "cam", "channel", "chn", "codec", "compression", "fps", "framerate", "format"),
    *("height", "id", "profile", "quality", "rate", "resolution", "rotation", "size", "stream", "streamtype"),
    *("subtype", "transport", "type", "unicast", "videocodec", "width"),
}
"""Query parameters whose values only select a picture, in the addresses of many makers' cameras."""
_HARMLESS_VALUE = re.compile(r"[\w.,x*-]{0,16}")
_ADDRESS = re.compile(r"""[a-z][a-z0-9+.-]{0,31}://[^\s"'<>`]+""", re.IGNORECASE)
"""A scheme has an end: without one a long line without any address costs the square of its length."""


def public_address(spec: str) -> str:
    """The address without user name, password, fragment and any query parameter that may be secret.

    What is no address (a path, a camera's name, 'clip') is returned unchanged.
    """
    return _without_secrets(spec) if _ADDRESS.match(spec) else spec


def holds_secret(spec: str) -> bool:
    """Whether something is missing from the public address, so that it may not open the source again."""
    return public_address(spec) != spec


def public_text(text: str) -> str:
    """A message in which every address, of whatever scheme, is replaced by its public form."""
    return _ADDRESS.sub(lambda found: _public_within_sentence(found.group()), text)


def _public_within_sentence(found: str) -> str:
    """The public form of an address in a sentence, whose full stop or comma is no part of the address."""
    address = found.rstrip(".,;:!?)]}")
    return _without_secrets(address) + found[len(address) :]


def _without_secrets(address: str) -> str:
    scheme, _, rest = address.partition("://")
    if not re.search("[@?#]", rest):
        return address
    rest = _without_user(rest).partition("#")[0]
    place, _, query = rest.partition("?")
    harmless = "&".join(part for part in query.split("&") if _is_harmless(part))
    return f"{scheme}://{place}{'?' if harmless else ''}{harmless}"


def _without_user(rest: str) -> str:
    """What follows '://', without 'user:password@'.

    The last '@' ends it, wherever that is, unless the host before the path has neither '@' nor ':': then the
    '@' belongs to path or query. Raw passwords hold '/', '?' and '#', which no rule can tell from a path.
    """
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in host or (":" in host and not host.startswith("[")):
        return rest.rpartition("@")[2]
    return rest


def _is_harmless(part: str) -> bool:
    """Whether 'name=value' of a query may be shown."""
    name, _, value = part.partition("=")
    return name.lower() in HARMLESS and _HARMLESS_VALUE.fullmatch(value) is not None
