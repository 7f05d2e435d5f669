"""Makes the Qt application and the window, runs them, and ends them: the door that main.py calls."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QCoreApplication, QObject, QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QIcon, QSurfaceFormat
from PyQt6.QtWidgets import QApplication

from str_live.addresses import public_text
from str_live.files import ASSETS
from str_live.live.command_line import Options, without_missing_files
from str_live.live.persisted import PersistedSettings
from str_live.process import listen
from str_live.settings import Settings
from str_live.stopping import Stopping
from str_live.ui.controller import SessionLike
from str_live.ui.notices import EventBridge
from str_live.ui.settings_store import SettingsStore
from str_live.ui.theme import apply_theme
from str_live.ui.widgets.gl_widget import OverlayWidget, SpaceWidget, surface_format
from str_live.ui.widgets.plots import configure_pyqtgraph
from str_live.ui.window import STOP_TIMEOUT_S, MainWindow

logger = logging.getLogger(__name__)

ORGANISATION, APPLICATION = "STR-Live", "STR-Live"
ICON = ASSETS / "icon.png"
_FORCED_END_S = 5.0
"""After the window has gone, for threads that still run."""


def make_application(arguments: list[str] | None = None) -> QApplication:
    """The themed QApplication, with everything that must be set before it. Main thread."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)  # set by cv2's own Qt when it is imported; ours must not follow it
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QSurfaceFormat.setDefaultFormat(surface_format())
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    QCoreApplication.setOrganizationName(ORGANISATION)
    QCoreApplication.setApplicationName(APPLICATION)
    application = QApplication(arguments or ["str-live"])
    application.setWindowIcon(QIcon(str(ICON)))
    apply_theme(application)
    configure_pyqtgraph()
    return application


def default_store() -> SettingsStore:
    """The user's own settings, in the place the system has for them."""
    return SettingsStore(
        QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)
    )


def run_window(options: Options, stopping: Stopping, *, store: SettingsStore | None = None) -> int:
    """Show the window until it is closed or a signal ends it; the process's exit status. Main thread.

    It starts with the settings of `store` (None: the user's own), and the options over them.
    """
    # These bring torch: the tests of the window do without.
    from str_live.live.session import LiveSession
    from str_live.weights.choose import choose_front_end

    application = make_application()
    store = store or default_store()
    stored = without_missing_files(store.load() or Settings())
    persisted = PersistedSettings(stored, options, choose_front_end(options.over(stored)))
    events = EventBridge()
    session = LiveSession(persisted.started, on_event=lambda event: events.send(event.kind, event.text))
    window = MainWindow(
        session,
        persisted,
        overlay=OverlayWidget(),
        space=SpaceWidget(),
        make_space=SpaceWidget,
        store=store,
        events=events,
        recordings=Path.cwd() / "recordings",
    )
    show_unexpected(events)
    close_on_request(window, session, stopping)
    if (picture := options.screenshot) is not None:
        QTimer.singleShot(int(options.screenshot_after * 1000), lambda: save_screenshot(window, picture))
    window.show()
    QTimer.singleShot(0, window.start)
    if options.without:
        QTimer.singleShot(0, lambda: window.switches.show_without(options.without))
    status = application.exec() or stopping.status
    # Qt's objects must go before the application does, and in this order: Python's own would be chance.
    sip.delete(window)
    _end_for_certain(status)
    return status


def close_on_request(window: MainWindow, session: SessionLike, stopping: Stopping) -> None:
    """Close the window as its user would when the process is asked to end; without it where it hangs."""
    request = _Request(window)
    request.arrived.connect(window.close)
    window.closing.connect(stopping.acknowledge)
    stopping.on_request = request.send
    stopping.on_overdue = lambda: session.stop(STOP_TIMEOUT_S)
    if stopping.requested:  # while it was made
        QTimer.singleShot(0, window.close)


class _Request(QObject):
    """Brings the request to end from the thread that receives it to the window's."""

    arrived = pyqtSignal()

    def send(self) -> None:
        """Any thread. Where the window has gone already there is nothing to close."""
        with suppress(RuntimeError):  # PyQt's, for what Qt has deleted
            self.arrived.emit()


def save_screenshot(window: MainWindow, path: Path) -> None:
    """Write what the window shows, or where it is open that of the switches, GL views included; close it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictured = window.switches.window if window.switches.is_open else window
    if pictured is None or not pictured.grab().save(str(path)):
        logger.error("the screenshot could not be written to %s", path)
    window.close()


def show_unexpected(events: EventBridge) -> Callable[[], None]:
    """Show every error that nobody caught in the banner; gives what ends it. process.py logs it."""

    def show(error: BaseException) -> None:
        events.send("error", f"Unexpected: {type(error).__name__}: {public_text(str(error))}")

    return listen(show)


def _end_for_certain(status: int) -> None:
    """End the process even where a camera's driver hangs after the window has gone."""

    def end() -> None:
        time.sleep(_FORCED_END_S)
        logger.warning("something still hangs: the process ends without it")
        os._exit(status)

    left = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if left:
        logger.info("still running: %s", ", ".join(thread.name for thread in left))
        threading.Thread(target=end, name="forced end", daemon=True).start()
