"""The config of a recording (what made it) as JSON, and the changes of it during the recording.

A change is a mapping from the path of what changed ('settings.variant_a.network.ttr') to its new value.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from str_live.addresses import public_address
from str_live.messages import RecordingInfo
from str_live.network_text import variant_text
from str_live.settings import NetworkSettings

DISPLAY_ONLY = "settings.view."
"""How bodies are drawn is no part of a recording: a slider that is moved must not fill it with changes."""


def config_of(info: RecordingInfo) -> dict[str, Any]:
    """The config of a recording, as plain JSON values, without the secrets of addresses."""
    return public_config(
        {
            "weights": info.weights,
            "body": info.body,
            "source": info.source,
            "lookahead": info.settings.lookahead,
            "smoothing": "raw",
            "settings": asdict(info.settings),
        }
    )


def public_config(config: Any) -> Any:
    """The config with the secrets of addresses removed."""
    if isinstance(config, Mapping):
        return {name: public_config(value) for name, value in config.items()}
    return public_address(config) if isinstance(config, str) else config


def change_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Values of `new` that differ from `old`, by path; without those of the display."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    return {
        path: value
        for path, value in after.items()
        if before.get(path) != value and not path.startswith(DISPLAY_ONLY)
    }


def changed_config(config: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `config` after a change; a path that leads nowhere raises a KeyError."""
    changed = copy.deepcopy(dict(config))
    for path, value in change.items():
        *above, name = path.split(".")
        place = changed
        for step in above:
            place = place[step]
        place[name] = value
    return changed


def networks_of(config: Any, changes: Any, frames: int) -> tuple[str, ...]:
    """Variant A's network at each of the N frames, in a few words; '' where the file does not name it."""
    texts = [_network_text(config)] * frames
    try:
        for entry in changes:
            config = changed_config(config, entry["changed"])
            start = min(max(int(entry["frame"]), 0), frames)
            texts[start:] = [_network_text(config)] * (frames - start)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError("its config_changes are not those of a recording") from error
    return tuple(texts)


def _network_text(config: Any) -> str:
    try:
        return variant_text(NetworkSettings(**config["settings"]["variant_a"]["network"]))
    except (KeyError, TypeError):
        return ""


def _leaves(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of every value that is no mapping itself."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
