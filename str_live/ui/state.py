"""The current Settings, in one place: panels and shortcuts replace them, panels and pipeline hear of it."""

from __future__ import annotations

import dataclasses

from PyQt6.QtCore import QObject, pyqtSignal

from str_live.settings import NetworkSettings, Settings, VariantSettings


class SettingsState(QObject):
    """Holds the frozen Settings; `changed(new, old)` follows every real change. GUI thread only."""

    changed = pyqtSignal(object, object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._settings

    def replace(self, settings: Settings) -> None:
        """Take new settings; equal ones change nothing, so that showing settings never echoes."""
        if settings == self._settings:
            return
        old, self._settings = self._settings, settings
        self.changed.emit(settings, old)

    def change(self, **fields: object) -> None:
        """Change fields of Settings itself."""
        self.replace(dataclasses.replace(self._settings, **fields))

    def change_source(self, **fields: object) -> None:
        """Change fields of the source settings."""
        self.change(source=dataclasses.replace(self._settings.source, **fields))

    def change_view(self, **fields: object) -> None:
        """Change fields of the view settings."""
        self.change(view=dataclasses.replace(self._settings.view, **fields))

    def variant(self, name: str) -> VariantSettings:
        """Variant 'A' or 'B'."""
        return self._settings.variant_a if name == "A" else self._settings.variant_b

    def change_variant(self, name: str, **fields: object) -> None:
        """Change fields of variant 'A' or 'B'."""
        changed = dataclasses.replace(self.variant(name), **fields)
        self.change(**{"variant_a" if name == "A" else "variant_b": changed})

    def change_network(self, name: str, **fields: object) -> None:
        """Change fields of the network of variant 'A' or 'B'."""
        network: NetworkSettings = dataclasses.replace(self.variant(name).network, **fields)
        self.change_variant(name, network=network)
