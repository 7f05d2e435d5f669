"""Frozen dataclasses as JSON: written in one line, read back with every name and type checked."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, get_origin, get_type_hints


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the entry, the reason and what is allowed."""


def config_from(kind: type, content: Any, where: str) -> Any:
    """An instance of the dataclass `kind` from JSON, every name and type checked."""
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where or 'the file'} is {content!r}, where named entries are expected")
    hints = get_type_hints(kind)
    unknown = [name for name in content if name not in hints]
    if unknown:
        raise ConfigError(f"unknown entry {where}{unknown[0]}: choose among {', '.join(hints)}")
    needed = [entry.name for entry in dataclasses.fields(kind) if _is_required(entry)]
    missing = [name for name in needed if name not in content]
    if missing:
        raise ConfigError(f"the entry {where}{missing[0]} is missing")
    return kind(**{name: _value(hints[name], value, where + name) for name, value in content.items()})


def as_json(config: Any) -> str:
    """One JSON line that `config_from` reads back."""
    return json.dumps(dataclasses.asdict(config))


def _is_required(entry: dataclasses.Field) -> bool:
    return entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING


def _value(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return config_from(hint, value, f"{where}.")  # pyright: ignore[reportArgumentType]
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where} is {value!r}, where a list is expected")
        return tuple(_value(hint.__args__[0], entry, where) for entry in value)
    allowed = getattr(hint, "__args__", (hint,))
    if float in allowed and type(value) is int:
        value = float(value)
    if type(value) not in allowed:
        raise ConfigError(f"{where} is {value!r}, expected {' or '.join(kind.__name__ for kind in allowed)}")
    return value


def change_entry(content: dict[str, Any], change: str) -> None:
    """Write one 'a.b=value' into the mapping; the value is JSON, or else text."""
    name, equals, text = change.partition("=")
    if not equals:
        raise ConfigError(f"the change {change!r} should read NAME=VALUE, such as network.temporal=tcmr")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    *above, last = name.split(".")
    for part in above:
        content = content.setdefault(part, {})
        if not isinstance(content, dict):
            raise ConfigError(f"the change {change!r} names something inside {part}, which has no parts")
    content[last] = value
