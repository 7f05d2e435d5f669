"""What the banner says: the session's events and the state of the person, in words."""

from __future__ import annotations

import time
from contextlib import suppress

from PyQt6.QtCore import QObject, pyqtSignal

from str_live.messages import BodyResult
from str_live.ui.widgets.banner import ERROR, INFORMATION, WARNING, Banner
from str_live.view.scene import FADE_SECONDS

HELD_FROM_S = 0.5
"""Shorter gaps are not mentioned."""
LEVELS = {"error": ERROR, "stalled": WARNING, "notice": WARNING}
"""How urgent each kind of event is; the others are for information."""
SECONDS = {"source": 4.0, "front end": 8.0, "people": 8.0, "saved": 8.0, "filmed": 8.0, "exported": 8.0}
SECONDS |= {"notice": 20.0}
"""Kinds that go by themselves; the others stay until they are over or dismissed."""
OVER_WITH_A_NEW_SOURCE = ("stalled", "notice", "ended")
NOBODY_FROM_S = 1.0
_PERSON, _LOADING = "person", "loading"


class EventBridge(QObject):
    """Carries events of other threads into the GUI thread: emitting from any thread arrives queued."""

    arrived = pyqtSignal(str, str)
    """Kind and text."""

    def send(self, kind: str, text: str) -> None:
        """Any thread. What comes after the window has gone is shown to nobody."""
        with suppress(RuntimeError):  # PyQt's, for what Qt has deleted
            self.arrived.emit(kind, text)


class Notices(QObject):
    """Turns events and results into notices of the banner. GUI thread."""

    def __init__(self, banner: Banner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._banner = banner
        self._nobody_since_s: float | None = None

    def show_event(self, kind: str, text: str) -> None:
        """Show an event of the session; a new one takes the place of the last of its kind."""
        if kind == "source":
            for over in OVER_WITH_A_NEW_SOURCE:
                self._banner.clear(over)
        level = LEVELS.get(kind, INFORMATION)
        self._banner.show_notice(kind, text, level=level, seconds=SECONDS.get(kind))

    def show_loading(self, loading: bool) -> None:
        """Show while network and body are being loaded."""
        if loading:
            self._banner.show_notice(_LOADING, "The network and the body are being loaded …")
        else:
            self._banner.clear(_LOADING)

    def show_result(self, result: BodyResult) -> None:
        """Show for how long nobody has been found, while that lasts."""
        if result.person is not None or result.frame.replay is not None:
            self._banner.clear(_PERSON)
            self._nobody_since_s = None
        elif not result.bodies:
            self._nobody_yet()
        elif result.held_s >= HELD_FROM_S:
            text = f"No person: body held for {result.held_s:.1f} s"
            if result.held_s > FADE_SECONDS:
                text = f"No person for {result.held_s:.0f} s"
            self._banner.show_notice(_PERSON, text, level=WARNING)

    def _nobody_yet(self) -> None:
        """Show that after a while: the first pictures of a source are no reason for a warning."""
        now = time.monotonic()
        self._nobody_since_s = self._nobody_since_s or now
        if now - self._nobody_since_s > NOBODY_FROM_S:
            text = "No person found yet. The whole body should be in the picture."
            self._banner.show_notice(_PERSON, text, level=WARNING)
