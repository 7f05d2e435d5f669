"""The current Settings, in one place: panels and shortcuts replace them, panels and session follow.

A network may be stored or chosen that has no weights: `settings` names it all the same, `running` what runs
in its place. All that names a network on screen takes the latter. So does what draws: in `running` the
mirror is that of the kind of source that plays.
"""

from __future__ import annotations

import dataclasses

from PyQt6.QtCore import QObject, pyqtSignal

from str_live.camera import kind_of
from str_live.settings import FOLLOW_CHOICES, TEMPORAL_NETWORKS, NetworkSettings, Settings


class SettingsState(QObject):
    """Holds the frozen Settings; `changed(new, old)` follows every real change. GUI thread only."""

    changed = pyqtSignal(object, object)
    running_changed = pyqtSignal(object, object)
    """(new, old): the same Settings with the networks that run and the mirror that is shown."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.missing: dict[str, str] = {}
        """Temporal networks without weights, each with the reason; none while nothing is loaded."""
        self.webcam = kind_of(settings.source.spec) == "webcam"
        """Whether a webcam plays; before anything does, whether one was asked for."""
        self._follow_choice = settings.follow if settings.follow in FOLLOW_CHOICES else FOLLOW_CHOICES[0]
        self._before: dict[str, str] = {}
        """The last network but the per-frame one that was chosen for each variant."""
        self._note_networks()

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._settings

    @property
    def available(self) -> tuple[str, ...]:
        """Temporal networks that can be chosen."""
        return tuple(name for name in TEMPORAL_NETWORKS if name not in self.missing)

    @property
    def running(self) -> Settings:
        """The settings with the networks that run and the mirror that is shown."""
        running = self._settings.running(self.available)
        return dataclasses.replace(running, view=running.view.of_source(webcam=self.webcam))

    def replace(self, settings: Settings) -> None:
        """Take new settings; equal ones change nothing, so that showing settings never echoes."""
        if settings == self._settings:
            return
        old, running, self._settings = self._settings, self.running, settings
        self._note_networks()
        if settings.follow in FOLLOW_CHOICES:
            self._follow_choice = settings.follow
        self.changed.emit(settings, old)
        self._announce_running(running)

    def set_missing(self, missing: dict[str, str]) -> None:
        """Take which temporal networks have no weights, each with the reason."""
        running, self.missing = self.running, missing
        self._announce_running(running)

    def set_webcam(self, webcam: bool) -> None:
        """Take whether it is a webcam that plays."""
        running, self.webcam = self.running, webcam
        self._announce_running(running)

    def _note_networks(self) -> None:
        for name in ("A", "B"):
            temporal = self._settings.variant(name).network.temporal
            if temporal != "frame":
                self._before[name] = temporal

    def _announce_running(self, old: Settings) -> None:
        if self.running != old:
            self.running_changed.emit(self.running, old)

    def change(self, **fields: object) -> None:
        """Change fields of Settings itself."""
        self.replace(dataclasses.replace(self._settings, **fields))

    def change_source(self, **fields: object) -> None:
        """Change fields of the source settings; another source is no slow motion unless that is given, and
        shows other people.
        """
        people = {}
        if fields.get("spec", self._settings.source.spec) != self._settings.source.spec:
            fields.setdefault("slow_motion", 1.0)
            people = {"follow": self._follow_choice, "left_out": ()}
        self.change(source=dataclasses.replace(self._settings.source, **fields), **people)

    def follow(self, number: int) -> None:
        """Follow the person of this number, whether he was left out or not."""
        left_out = tuple(other for other in self._settings.left_out if other != number)
        self.change(follow=str(number), left_out=left_out)

    def leave_out(self, number: int) -> None:
        """Leave the person of this number out, or take him in again."""
        left_out = set(self._settings.left_out) ^ {number}
        follow = self._settings.follow
        if number in left_out and follow == str(number):
            follow = self._follow_choice
        self.change(follow=follow, left_out=tuple(sorted(left_out)))

    def change_view(self, **fields: object) -> None:
        """Change fields of the view settings; 'mirror' is kept apart for webcams and everything else."""
        if self.webcam and "mirror" in fields:
            fields["mirror_webcam"] = fields.pop("mirror")
        self.change(view=dataclasses.replace(self._settings.view, **fields))

    def change_variant(self, name: str, **fields: object) -> None:
        """Change fields of variant 'A' or 'B'."""
        changed = dataclasses.replace(self._settings.variant(name), **fields)
        self.replace(self._settings.with_variant(name, changed))

    def set_per_frame(self, name: str, on: bool) -> None:
        """Let a variant run frame by frame, or what it ran before; without that the first there is."""
        before = self._before.get(name)
        back = before if before in self.available else self.available[0]
        self.change_network(name, temporal="frame" if on else back)

    def next_network(self, name: str) -> None:
        """Let a variant run the next temporal network that has weights."""
        now = self._settings.variant(name).network.running(self.available).temporal
        following = (self.available.index(now) + 1) % len(self.available)
        self.change_network(name, temporal=self.available[following])

    def change_network(self, name: str, **fields: object) -> None:
        """Change fields of the network of variant 'A' or 'B'."""
        network: NetworkSettings = dataclasses.replace(self._settings.variant(name).network, **fields)
        self.change_variant(name, network=network)
