"""Where settings survive a restart: one JSON string plus the window's own geometry, in an injected QSettings.

An INI file loses types (a fresh process reads 'true' and '0.5' as strings), hence the single string.
"""

from __future__ import annotations

from PyQt6.QtCore import QByteArray, QSettings

from str_live.settings import Settings, from_json, to_json, without_secrets

_SETTINGS, _GEOMETRY, _WINDOW_STATE = "settings", "geometry", "windowState"


class SettingsStore:
    """Reads and writes what a QSettings keeps. GUI thread."""

    def __init__(self, backing: QSettings) -> None:
        self._backing = backing

    def load(self) -> Settings | None:
        """The stored settings, or None where nothing was stored yet."""
        text = self._backing.value(_SETTINGS)
        if not isinstance(text, str):
            return None
        stored = from_json(text)
        public = without_secrets(stored)
        if public != stored:  # earlier versions kept the password of a camera's address
            self._backing.setValue(_SETTINGS, to_json(public))
            self._backing.sync()
        return public

    def save(self, settings: Settings) -> None:
        """Store the settings, without passwords."""
        self._backing.setValue(_SETTINGS, to_json(without_secrets(settings)))
        self._backing.sync()

    def load_window(self) -> tuple[QByteArray | None, QByteArray | None]:
        """Geometry and dock state of the window, each None where absent."""
        geometry, state = self._backing.value(_GEOMETRY), self._backing.value(_WINDOW_STATE)
        return (
            geometry if isinstance(geometry, QByteArray) else None,
            state if isinstance(state, QByteArray) else None,
        )

    def save_window(self, geometry: QByteArray, state: QByteArray) -> None:
        """Store geometry and dock state of the window."""
        self._backing.setValue(_GEOMETRY, geometry)
        self._backing.setValue(_WINDOW_STATE, state)
        self._backing.sync()
