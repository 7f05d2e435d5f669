"""Pulls results from the session on a timer and hands them to whoever shows them.

Nothing is queued: a signal per frame would show every frame seconds late as soon as drawing is slower than
inference. The newest result is taken, the others are counted by the mailbox.
"""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from str_live.camera.transport import Transport
from str_live.latest import Latest
from str_live.live.status import SessionStatus
from str_live.messages import Alternatives, BodyResult
from str_live.network_text import change_text
from str_live.settings import Settings
from str_live.stats import RateMeter
from str_live.ui.followed import as_wished
from str_live.ui.state import SettingsState
from str_live.view.angle_history import AngleHistory
from str_live.view.history import AccelerationHistory
from str_live.view.scene import Scene
from str_live.view.stage import Stage

if TYPE_CHECKING:
    from str_live.live.switches.meter import SwitchFigures

PULL_MS = 16
PLOT_MS = 66
STATUS_MS = 250
_AGES_KEPT = 60
BUSY_DRAWING = 0.7
"""Share of the time spent from scenes to the screen. Above it (no graphics card) the 3D view follows every
third picture only, so that the picture itself stays fluent."""
_SLOW_EVERY = 3


class SessionLike(Protocol):
    """What the window needs of a session (str_live.live.session.LiveSession, or a fake in tests)."""

    results: Latest[BodyResult]
    """The newest result."""

    def start(self) -> None:
        """Open the source and begin."""
        ...

    def stop(self, timeout: float) -> object:
        """End, waiting no longer than `timeout` seconds."""
        ...

    def configure(self, settings: Settings) -> None:
        """Take other settings from the next frame on."""
        ...

    def announce(self, devices: list[tuple[str, str]]) -> None:
        """Take the (id, name) pairs of the cameras as Qt lists them."""
        ...

    def status(self) -> SessionStatus:
        """How things stand now."""
        ...

    def start_recording(self, path: Path) -> object:
        """Record from now on; raises OSError, RuntimeError or ValueError where that cannot be."""
        ...

    def stop_recording(self) -> object:
        """End the recording; the event 'saved' follows."""
        ...

    def start_film(self, path: Path, recorder: Any) -> object:
        """Film from now on, by a `record.Recorder`; raises as `start_recording` does."""
        ...

    def stop_film(self) -> object:
        """End the film; the event 'filmed' follows."""
        ...

    def watch_switches(self, wish: Alternatives | None) -> None:
        """Run other networks beside those shown and measure them; None ends that."""
        ...

    @property
    def switch_figures(self) -> SwitchFigures | None:
        """What was measured so far."""
        ...

    @property
    def transport(self) -> Transport | None:
        """The player buttons of a film or recording; None for a camera."""
        ...

    def mesh(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Faces (F, 3) int32 and owning joint (V,) of the body in use; None before it is loaded."""
        ...


class Controller(QObject):
    """Results in, scenes and figures out. GUI thread."""

    scene_changed = pyqtSignal(object)
    """Scene: to be drawn over the picture."""
    space_scene_changed = pyqtSignal(object)
    """Scene: to be drawn in the 3D view; rarer where drawing is slow, so that the picture stays fluent."""
    result_changed = pyqtSignal(object)
    """BodyResult: the filmstrip and the notices follow it."""
    history_changed = pyqtSignal(object)
    """AccelerationHistory: for the plots, fifteen times a second."""
    status_changed = pyqtSignal(object)
    """SessionStatus: four times a second."""

    def __init__(self, session: SessionLike, state: SettingsState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._state = state
        self._seen = 0
        self._stage = Stage()
        self._ages_ms: deque[float] = deque(maxlen=_AGES_KEPT)
        self._drawing_ms: deque[float] = deque(maxlen=_AGES_KEPT)
        self._handed_over_s: float | None = None
        self._count = 0
        self.history, self.angles = AccelerationHistory(), AngleHistory()
        self.shown = RateMeter()
        """Results shown per second."""
        self._made: BodyResult | None = None
        """The result on screen as the session gave it."""
        self.result: BodyResult | None = None
        """The result on screen."""
        self._followed: int | None = None
        """Whose figures the history holds."""
        self.paused = False
        """The display stands still; the session goes on."""
        self._timers = [
            self._timer(PULL_MS, self.pull, Qt.TimerType.PreciseTimer),
            self._timer(PLOT_MS, lambda: self.history_changed.emit(self.history)),
            self._timer(STATUS_MS, lambda: self.status_changed.emit(self.session.status())),
        ]
        state.changed.connect(self._settings_changed)
        state.running_changed.connect(self._follow_running)

    def _timer(self, interval: int, action, kind: Qt.TimerType = Qt.TimerType.CoarseTimer) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(kind)
        timer.setInterval(interval)
        timer.timeout.connect(action)
        return timer

    def start(self) -> None:
        """Begin to pull."""
        for timer in self._timers:
            timer.start()

    def stop(self) -> None:
        """Pull no more."""
        for timer in self._timers:
            timer.stop()

    def set_paused(self, paused: bool) -> None:
        """Hold the display, or let it run on."""
        self.paused = paused

    @property
    def age_ms(self) -> float | None:
        """Median age of the frames when they came on screen, look-ahead included; None before the first."""
        return float(np.median(self._ages_ms)) if self._ages_ms else None

    def frame_swapped(self) -> None:
        """The overlay came on screen: note how old its frame is by now. Qt says so for every plot, too."""
        if self._handed_over_s is None:
            return
        self._drawing_ms.append((time.perf_counter() - self._handed_over_s) * 1e3)
        self._handed_over_s = None
        if self.result is not None and not self.paused:
            self._ages_ms.append((time.perf_counter_ns() - self.result.frame.captured_ns) / 1e6)

    def pull(self) -> None:
        """Take the newest result, if there is a new one, and hand it on."""
        self._seen, result = self.session.results.get(self._seen, timeout=0)
        if result is None:
            return
        self._begin_curves_of(result.number)
        self.history.add(result)
        self.angles.add(result)
        if self.paused:
            return
        self.shown.tick()
        self._made = result
        self._show()

    def _begin_curves_of(self, number: int | None) -> None:
        """Another person is followed: his curves do not go on where another's ended."""
        if number != self._followed and self._followed is not None:
            self.history.clear()
            self.angles.clear()
        self._followed = number

    def _show(self) -> None:
        """Hand the current result on as a scene and as itself."""
        if self._made is not None:
            self.result = as_wished(self._made, self._state.settings)
            scene = self._stage.scene(self.result, self.session.mesh(), self._state.running.view)
            if scene is not None:
                self._hand_over(scene)
            self.result_changed.emit(self.result)

    def _hand_over(self, scene: Scene) -> None:
        """Give a scene to the views."""
        self._handed_over_s = time.perf_counter()
        self.scene_changed.emit(scene)
        self._count += 1
        if not self._drawing_is_slow() or self._count % _SLOW_EVERY == 0 or self.paused:
            self.space_scene_changed.emit(scene)

    def _drawing_is_slow(self) -> bool:
        """Whether drawing leaves the GUI thread little time for anything else."""
        median_ms = float(np.median(self._drawing_ms)) if self._drawing_ms else 0.0
        return median_ms / 1e3 * self.shown.rate() > BUSY_DRAWING

    def _settings_changed(self, settings: Settings, old: Settings) -> None:
        """A new source begins new curves; whom the user chooses is shown at once."""
        if (settings.follow, settings.left_out) != (old.follow, old.left_out):
            self._show()
        if settings.source.spec != old.source.spec:
            self.history.clear()
            self.angles.clear()
            self._ages_ms.clear()

    def _follow_running(self, running: Settings, old: Settings) -> None:
        """Another network leaves a mark; a new view is drawn at once."""
        if running.view != old.view:
            self._show()
        if change := change_text(running, old):
            self.history.mark(change)
