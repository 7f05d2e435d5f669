"""What of a session's settings outlives it. In: stored settings, command line, choice of the front end."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from str_live.live.command_line import Options
from str_live.settings import FOLLOW_CHOICES, Settings

if TYPE_CHECKING:  # brings torch
    from str_live.weights.choose import FrontEndChoice


@dataclass(frozen=True, slots=True)
class PersistedSettings:
    """The settings that a session starts with, and which of them it leaves behind."""

    stored: Settings
    """As they were when the last session ended."""
    options: Options
    """What the command line says for this session only."""
    choice: FrontEndChoice
    """What the front end became where the settings leave it open."""

    @property
    def started(self) -> Settings:
        """What the session starts with."""
        return self.choice.into(self.options.over(self.stored))

    def to_store(self, now: Settings) -> Settings:
        """What is stored of the settings `now`.

        What the command line gives is for one session: where it was not changed, the stored setting stays. So
        does 'auto' until the user chooses another front end. People's numbers are for one session, too.
        """
        started, now = self.options.over(self.stored), self.choice.as_wished(now)
        unchanged = {
            field.name: getattr(self.stored, field.name)
            for field in fields(Settings)
            if field.name != "source" and getattr(now, field.name) == getattr(started, field.name)
        }
        source = self.stored.source if now.source.spec == started.source.spec else now.source
        source = replace(now.source, spec=source.spec, slow_motion=source.slow_motion)
        follow = now.follow if now.follow in FOLLOW_CHOICES else self.stored.follow
        return replace(now, **{"source": source, "follow": follow, "left_out": (), **unchanged})
