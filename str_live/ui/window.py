"""The main window: puts the views, the controls and the plots together and connects them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from str_live.camera import kind_of
from str_live.live.persisted import PersistedSettings
from str_live.messages import BodyResult
from str_live.network_text import MODULES, shown_texts
from str_live.settings import MAX_LOOKAHEAD, Settings
from str_live.ui.angles import Angles
from str_live.ui.camera_watch import CameraWatch
from str_live.ui.control_column import ControlColumn
from str_live.ui.controller import Controller, SessionLike
from str_live.ui.exports import Exports
from str_live.ui.followed import FollowedPerson
from str_live.ui.notices import EventBridge, Notices
from str_live.ui.panels.front_end import automatic_text
from str_live.ui.settings_store import SettingsStore
from str_live.ui.shortcuts import ButtonKeys, ShortcutList, make_actions
from str_live.ui.state import SettingsState
from str_live.ui.status_text import status_texts
from str_live.ui.switches.opener import Switches
from str_live.ui.view_area import ViewArea
from str_live.ui.widgets.banner import ERROR
from str_live.ui.widgets.filmstrip import Filmstrip
from str_live.ui.widgets.player_bar import PlayerBar
from str_live.ui.widgets.plots import PlotArea
from str_live.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from str_live.film.painter import Staging
    from str_live.live.status import SessionStatus

logger = logging.getLogger(__name__)

STOP_TIMEOUT_S = 3.0
TITLE = "STR-Live"
VIEW_KEYS = ("mirror", "skeleton", "landmarks", "alone")
"""Actions that switch a field of ViewSettings of the same name."""


class MainWindow(QMainWindow):
    """The whole window. Everything it talks to is given: session, views, store. GUI thread."""

    closing = pyqtSignal()
    """It is about to end in order, and will."""

    def __init__(
        self,
        session: SessionLike,
        persisted: PersistedSettings,
        *,
        overlay: QWidget,
        space: QWidget,
        make_space: Callable[[], QWidget],
        store: SettingsStore,
        events: EventBridge,
        recordings: Path,
        cameras: CameraWatch | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.session, self.events = session, events
        self._store, self._persisted = store, persisted
        self.state = SettingsState(persisted.started, self)
        self.cameras = cameras or CameraWatch(self)
        self.overlay, self.space = overlay, space
        self.controller = Controller(session, self.state, self)
        self.followed = FollowedPerson(self.state, self)
        self.views = ViewArea(overlay, space)
        self.banner = self.views.banner
        self.notices = Notices(self.banner, self)
        self.controls = ControlColumn(self.state, self.cameras, recordings)
        self.exports = Exports(self, self.state)
        self.switches = Switches(self, self.controller, self.state, recordings, make_space=make_space)
        self.filmstrip = Filmstrip()
        self.plots = PlotArea()
        self.angles = Angles(self, self.controller, self.plots, self.state)
        self.player = PlayerBar(lambda: session.transport)
        self.status = StatusBar()
        self.actions_by_name, self.view_menu = make_actions(self)
        self._shortcut_list: ShortcutList | None = None
        self._named: dict[str, str] = {}
        """What the legends call the bodies on screen, by variant."""
        self._lay_out()
        self._connect()
        self._connect_actions()
        self._restore()
        if persisted.choice.automatic:
            self._explain_front_end(persisted.choice.reason)

    def _lay_out(self) -> None:
        """Views in the middle, controls at the right over the full height, measurements below."""
        self.setCentralWidget(self.views)
        self.setStatusBar(self.status)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        measurements = QWidget()
        column = QVBoxLayout(measurements)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.player)
        column.addWidget(self.filmstrip)
        column.addWidget(self.plots, 1)
        right, bottom = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        controls = self._add_dock("controls", "Controls", self.controls, right)
        dock = self._add_dock("measurements", "Filmstrip and plots", measurements, bottom)
        self.view_menu.addSeparator()
        self.view_menu.addActions([controls.toggleViewAction(), dock.toggleViewAction()])
        self.resizeDocks([dock], [270], Qt.Orientation.Vertical)

    def _add_dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        """A dock without a title bar, so it stays where it is; the view menu hides and shows it."""
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setTitleBarWidget(QWidget())
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        """Who hears of what."""
        self.state.changed.connect(self._settings_changed)
        self.state.running_changed.connect(lambda *_: self._show_settings())
        self.controller.scene_changed.connect(self.overlay.set_scene)
        self.controller.space_scene_changed.connect(self.space.set_scene)
        self.controller.space_scene_changed.connect(self.views.note_depth)
        self.controller.scene_changed.connect(self.followed.show_scene)
        self.controller.result_changed.connect(self._show_result)
        for show in (self.views.show_followed, self.filmstrip.show_person, self.plots.show_person):
            self.followed.named.connect(show)
        self.followed.several_changed.connect(self.actions_by_name["next_person"].setEnabled)
        self.actions_by_name["next_person"].setEnabled(False)
        for chooser in (self.overlay.person_chosen, self.controls.people.chips.chosen):
            chooser.connect(self.followed.choose)
        self.controller.history_changed.connect(self.plots.show_history)
        self.controller.status_changed.connect(self._show_status)
        self.controls.record.toggled.connect(self.toggle_recording)
        self.controls.record.film_toggled.connect(self.toggle_film)
        self.controls.record.export_asked.connect(self.exports.open_last)
        self.controls.network.effects_asked.connect(self.switches.toggle)
        self.exports.reported.connect(lambda text: self.notices.show_event("exported", text))
        self.views.preset_chosen.connect(self.space.show_preset)
        for view in (self.overlay, self.space):
            view.failed.connect(lambda text: self.banner.show_notice("view", text, level=ERROR))
        self.overlay.frameSwapped.connect(self.controller.frame_swapped)
        self.events.arrived.connect(self._show_event)
        self._show_settings()

    def _connect_actions(self) -> None:
        """Give every shortcut its action."""
        source, actions = self.controls.source, self.actions_by_name
        for name, act in {
            "open_file": source.open_file,
            "open_folder": source.open_folder,
            "open_address": source.open_address,
            "open_clip": source.open_clip,
            "record": self.toggle_recording,
            "film": self.toggle_film,
            "export": lambda: self.exports.open(self.player.trim_s),
            "quit": self.close,
            "next_network": lambda: self.state.next_network("A"),
            "more_lookahead": lambda: self._move_lookahead(1),
            "less_lookahead": lambda: self._move_lookahead(-1),
            "next_person": self.followed.follow_next,
            "front": lambda: self.space.show_preset("front"),
            "side": lambda: self.space.show_preset("side"),
            "top": lambda: self.space.show_preset("top"),
            "step_back": lambda: self.player.step(-1),
            "step_on": lambda: self.player.step(1),
            "range_begin": lambda: self.player.set_end(0),
            "range_end": lambda: self.player.set_end(1),
            "switches": self.switches.toggle,
            "reload_shaders": self.reload_shaders,
            "shortcuts": self.show_shortcuts,
        }.items():
            actions[name].triggered.connect(lambda _=False, act=act: act())
        for key, _, _ in MODULES:
            actions[key].triggered.connect(lambda on, key=key: self.state.change_network("A", **{key: on}))
        for key in VIEW_KEYS:
            actions[key].triggered.connect(lambda on, key=key: self.state.change_view(**{key: on}))
        actions["per_frame"].triggered.connect(lambda on: self.state.set_per_frame("A", on))
        actions["compare"].triggered.connect(lambda on: self.state.change(compare=on))
        actions["angles"].triggered.connect(lambda on: self.state.change_view(angle_plot=on))
        actions["pause"].triggered.connect(self.set_paused)
        actions["full_screen"].triggered.connect(self._set_full_screen)
        self._button_keys = ButtonKeys(self)
        for button in self.findChildren(QWidget):
            button.installEventFilter(self._button_keys)

    def start(self) -> None:
        """Start the session and begin to show what it gives."""
        self.cameras.ask_permission()
        if self.state.settings.compare:
            self.space.make_room()
        self._announce_cameras()
        self.cameras.changed.connect(self._announce_cameras)
        self.notices.show_loading(True)
        self.session.start()
        self.controller.start()

    def _announce_cameras(self) -> None:
        """Only Qt can list the cameras of Windows and macOS: pass its list on to the session."""
        devices = self.cameras.announced()
        if devices is not None:
            self.session.announce(devices)

    def _restore(self) -> None:
        geometry, state = self._store.load_window()
        self.resize(1280, 800)
        if geometry is not None:
            self.restoreGeometry(geometry)
        if state is not None:
            self.restoreState(state)

    def _settings_changed(self, settings: Settings, old: Settings) -> None:
        """LiveSession, store and labels follow the settings."""
        self.session.configure(settings)
        self._store.save(self._persisted.to_store(settings))
        self._show_settings()
        if settings.compare and not old.compare:
            self.space.make_room()

    def _show_settings(self) -> None:
        """Check marks of the menu, and what runs in the legends."""
        running, actions = self.state.running, self.actions_by_name
        network = running.variant_a.network
        for key, _, _ in MODULES:
            actions[key].setChecked(network.temporal == "str" and getattr(network, key))
            actions[key].setEnabled(network.temporal == "str")
        for key in VIEW_KEYS:
            actions[key].setChecked(getattr(running.view, key))
        actions["angles"].setChecked(running.view.angle_plot)
        actions["per_frame"].setChecked(network.temporal == "frame")
        for key in ("per_frame", "next_network"):
            actions[key].setEnabled(len(self.state.available) > 1)
        actions["compare"].setChecked(running.compare)
        self._name_variants()

    def _name_variants(self) -> None:
        """Call the bodies on screen by what made them."""
        result, running = self.controller.result, self.state.running
        replay = None if result is None else result.frame.replay
        replayed, texts = replay is not None, shown_texts(running, replay)
        if texts == self._named:
            return
        self._named = texts
        for part in (self.plots, self.views, self.controls.network.table):
            part.show_variants(texts)
        chosen = {name: variant.network.temporal for name, variant in running.variants.items()}
        self.filmstrip.show_networks({} if replayed else chosen)

    def _show_missing(self, missing: dict[str, str]) -> None:
        """Follow the weights: networks without any cannot be chosen."""
        if missing == self.state.missing:
            return
        self.state.set_missing(missing)
        self.controls.network.show_missing(missing)
        self._show_settings()

    def _show_result(self, result: BodyResult) -> None:
        self.notices.show_result(result)
        self.player.show_result(result)
        self.controls.people.show_result(result)
        self.filmstrip.show_crops(result.crops, result.lookahead, result.frame.time_s)

    def _show_status(self, status: SessionStatus) -> None:
        """Four times a second: figures of the status bar, and what the source really gives."""
        controller, controls = self.controller, self.controls
        result = controller.result
        lookahead = result.lookahead if result is not None else 0
        rate = controller.shown.rate()
        source, inference = status.source, status.inference
        self._show_missing(inference.missing_networks)
        if source.identity:
            self.state.set_webcam(kind_of(source.identity) == "webcam")
        self._name_variants()
        texts = status_texts(
            status,
            networks=", ".join(f"{name} {text}" for name, text in self._named.items()),
            lookahead=lookahead,
            age_ms=controller.age_ms,
            shown_fps=rate,
        )
        for name, text in texts.items():
            self.status.show_text(name, text, text if name == "source" else "")
        self.notices.show_loading(inference.loading)
        self.plots.show_means(inference.acceleration, inference.acceleration_reason)
        controls.network.show_means(inference.acceleration)
        controls.network.show_attention(result.attention if result is not None else {})
        controls.source.show_obtained(source.mode)
        controls.front_end.show_unavailable(status.unavailable_front_ends)
        controls.front_end.body.offer(status.found_bodies)
        self._show_takes(status)
        controls.stream.show_status(status.streams)
        self.player.show_source(source.identity, source.fps, source.position)
        paused = source.position.paused if self.player.plays_a_file and source.position else controller.paused
        self.actions_by_name["pause"].setChecked(paused)
        self.setWindowTitle(f"{source.name} – {TITLE}" if source.name else TITLE)

    def _show_takes(self, status: SessionStatus) -> None:
        """How far recording and film are; one that ended by itself, saved or not, is shown as ended."""
        panel = self.controls.record
        if status.recording is not None:
            panel.show_counts(status.recording.written, status.recording.dropped)
        elif panel.button.started_s is not None:
            panel.show_recording(None)
        if status.film is not None:
            panel.show_film_counts(status.film.written, status.film.dropped)
        elif panel.film.started_s is not None:
            panel.show_film(None)

    def _show_event(self, kind: str, text: str) -> None:
        """An event of the session, already in this thread."""
        if kind == "saved":
            self.controls.record.show_recording(None)
            self.controls.record.show_saved(text)
            self.exports.note_saved(Path(text))
            text = f"Saved {text}"
        elif kind == "filmed":
            self.controls.record.show_film(None)
            self.controls.record.show_saved(text)
            text = f"Saved {text}"
        self.notices.show_event(kind, text)

    def _explain_front_end(self, reason: str) -> None:
        """Say that the front end was chosen for the user, and why: over the picture, and in its panel."""
        text = automatic_text(self.state.settings.front_end, reason)
        self.controls.front_end.show_automatic(text)
        self.notices.show_event("front end", text)

    def toggle_recording(self) -> None:
        """Start a recording, or stop and save the one that runs."""
        panel = self.controls.record
        if panel.started_s is not None:
            self.session.stop_recording()
            panel.show_recording(None)
            return
        try:
            path = panel.next_path()
            self.session.start_recording(path)
        except (OSError, RuntimeError, ValueError) as error:
            self.banner.show_notice("record", f"Recording did not start: {error}", level=ERROR)
            return
        panel.show_recording(path)

    def toggle_film(self) -> None:
        """Start a film of what the views show, or stop and save the one that runs."""
        from str_live.film.recorder import FilmRecorder  # brings torch: who does not film does without

        panel = self.controls.record
        if panel.film.started_s is not None:
            self.session.stop_film()
            panel.show_film(None)
            return
        try:
            path = panel.next_path(".mp4")
            self.session.start_film(path, FilmRecorder(self._staging))
        except (OSError, RuntimeError, ValueError) as error:
            self.banner.show_notice("film", f"The film did not start: {error}", level=ERROR)
            return
        panel.show_film(path)

    def _staging(self) -> Staging:
        """What a film shows of a result: what the views do. The film's thread asks; all of it is frozen."""
        from str_live.film.painter import Staging

        return Staging(self.session.mesh(), self.state.running, self.space.camera)

    def set_paused(self, paused: bool) -> None:
        """Pause a film or recording; hold the display of a camera, whose session goes on."""
        if self.player.plays_a_file:
            self.player.pause(paused)
            return
        self.controller.set_paused(paused)
        if paused:
            self.banner.show_notice("pause", "Display held. The space bar lets it run on.")
        else:
            self.banner.clear("pause")

    def reload_shaders(self) -> None:
        """Compile the shaders again; an error is shown and the old ones stay."""
        message = self.overlay.reload_shaders() or self.space.reload_shaders()
        if message:
            self.banner.show_notice("shaders", f"Shaders kept as they were: {message}", level=ERROR)
        else:
            self.banner.show_notice("shaders", "Shaders compiled.", seconds=2.0)

    def show_shortcuts(self) -> None:
        """Show or hide the list of shortcuts."""
        if self._shortcut_list is None:
            self._shortcut_list = ShortcutList(self)
        self._shortcut_list.setVisible(not self._shortcut_list.isVisible())

    def _move_lookahead(self, step: int) -> None:
        lookahead = self.state.settings.lookahead + step
        self.state.change(lookahead=min(max(lookahead, 0), MAX_LOOKAHEAD))

    def _set_full_screen(self, on: bool) -> None:
        self.showFullScreen() if on else self.showNormal()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """A file may be dropped anywhere."""
        data = event.mimeData() if event is not None else None
        own = event is not None and event.source() is not None  # a file on its way out of this window
        if event is not None and data is not None and data.hasUrls() and not own:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Play what was dropped."""
        data = event.mimeData() if event is not None else None
        if data is not None and (urls := data.urls()):
            self.state.change_source(spec=urls[0].toLocalFile() or urls[0].toString())

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Disappear at once, then stop the session; never stay because something hangs.

        Settings were stored whenever they changed.
        """
        self.closing.emit()
        self._store.save_window(self.saveGeometry(), self.saveState())
        self.controller.stop()
        self.hide()
        self.session.stop(STOP_TIMEOUT_S)
        self.exports.stop()
        self.switches.stop()
        super().closeEvent(event)
