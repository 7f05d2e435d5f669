"""Opens and closes the window of the switches, and feeds it while it is open; closed it costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from str_live.camera.kinds import kind_of
from str_live.live.switches.cases import CASES, WATCHED, WHOLE, Case
from str_live.live.switches.sources import why_no_film
from str_live.messages import Alternatives, BodyResult
from str_live.settings import NETWORK_NAMES
from str_live.ui.controller import Controller
from str_live.ui.state import SettingsState
from str_live.ui.switches.film_run import FilmRun, Order, free_folder

if TYPE_CHECKING:
    from str_live.live.status import SessionStatus
    from str_live.ui.switches.window import SwitchWindow

_STOP_TIMEOUT_S = 10.0
"""For a run over a film to notice that the program ends."""


class Switches(QObject):
    """One window for the whole program, made when it is opened for the first time. GUI thread."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        state: SettingsState,
        recordings: Path,
        *,
        make_space: Callable[[], QWidget],
    ) -> None:
        super().__init__(window)
        self._parent, self._controller, self._state = window, controller, state
        self._recordings, self._make_space = recordings, make_space
        self.run = FilmRun(parent=self)
        self.window: SwitchWindow | None = None
        """None before it is opened for the first time."""
        self._status: SessionStatus | None = None
        self._spec = ""
        controller.result_changed.connect(self._show_result)
        controller.history_changed.connect(self._show_curves)
        controller.status_changed.connect(self._show_status)

    @property
    def is_open(self) -> bool:
        """Whether the window is on screen."""
        return self.window is not None and self.window.isVisible()

    def toggle(self) -> None:
        """Open the window, or close it."""
        if self.is_open:
            assert self.window is not None
            self.window.close()
            return
        from str_live.ui.switches.window import SwitchWindow  # its plots are made at the first use

        if self.window is None:
            self.window = SwitchWindow(
                self._parent, make_space=self._make_space, run=self.run, make_order=self.make_order
            )
            self.window.chosen.connect(self._watch)
            self.window.closed.connect(lambda: self._controller.session.watch_switches(None))
        self.window.begin_anew()
        self.window.show()
        self.window.raise_()
        self._watch(self.window.case)

    def show_without(self, key: str) -> None:
        """Open the window at the case of this key."""
        if not self.is_open:
            self.toggle()
        assert self.window is not None
        self.window.choose(next(case for case in CASES if case.key == key))

    def stop(self) -> None:
        """The program ends: close the window and let go of a film."""
        if self.window is not None:
            self.window.close()
        self.run.stop(_STOP_TIMEOUT_S)

    def make_order(self) -> Order | str:
        """The film that plays with the present settings, or the sentence why there is none."""
        source = None if self._status is None else self._status.source
        if source is None or not source.identity:
            return "Nothing plays."
        if reason := why_no_film(source.identity):
            return reason
        name = "built-in clip" if source.identity == "clip" else Path(source.identity).name
        settings = self._state.settings
        film = replace(settings, source=replace(settings.source, spec=source.identity))
        return Order(film, name, free_folder(self._recordings, name))

    def _watch(self, case: Case) -> None:
        """Have the networks run, and those two whose bodies are drawn posed."""
        if self.is_open:
            self._controller.session.watch_switches(Alternatives(WATCHED, posed=(WHOLE, case.network)))

    def _show_result(self, result: BodyResult) -> None:
        if self.window is not None and self.window.isVisible():
            self.window.show_result(result, self._controller.session.mesh())

    def _show_curves(self) -> None:
        if self.window is not None and self.window.isVisible():
            self.window.show_curves()

    def _show_status(self, status: SessionStatus) -> None:
        self._status = status
        if self.window is None or not self.window.isVisible():
            return
        if status.source.identity != self._spec:
            self._spec = status.source.identity
            self.window.begin_anew()
        self.window.show_note(_why_nothing(status))
        self.window.show_figures(self._controller.session.switch_figures)


def _why_nothing(status: SessionStatus) -> str:
    """Why no switch can be shown; '' while they can."""
    if kind_of(status.source.identity) == "recording":
        return "A recording plays: it holds bodies, and no network runs. Open a film or a camera."
    missing = status.inference.missing_networks.get(WHOLE.temporal)
    return f"{NETWORK_NAMES[WHOLE.temporal]} does not run: {missing}." if missing else ""
