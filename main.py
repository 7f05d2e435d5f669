"""STR-Live: the window, or with --headless the same without one. `python main.py --help` tells more."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from pathlib import Path
from types import TracebackType

from str_live.addresses import public_text
from str_live.arguments import Options, parse_arguments, without_missing_files
from str_live.camera.environment import configure_opencv_environment
from str_live.said import complain
from str_live.settings import Settings
from str_live.stopping import Stopping, watched_signals

RECORDINGS = Path("recordings")
"""Where the window records to, in the folder that it was started from."""


def main() -> int:
    """The process's exit status: 0; 2 where something given cannot be used; 128 and more after a signal."""
    settings, options = parse_arguments()
    configure_opencv_environment()  # before anything imports cv2
    report_everything(options)
    with watched_signals(Stopping()) as stopping:
        if options.headless:
            from str_live.headless import run_headless

            return run_headless(settings, options, stopping)
        return run_window_with_stored_settings(options, stopping)


def run_window_with_stored_settings(options: Options, stopping: Stopping) -> int:
    """Open the window with the settings of the last time, and what the command line says over them."""
    try:
        from str_live.ui.application import default_store, run_window
    except ImportError as error:  # a system library that Qt needs
        complain(f"main.py: the window cannot be opened ({error}): `make setup` installs all it needs")
        return 2
    recover_interrupted_recordings()
    store = default_store()
    stored = without_missing_files(store.load() or Settings())
    store.for_keeps = lambda now: options.for_keeps(now, stored)
    return run_window(options.over(stored), options, store=store, stopping=stopping)


def recover_interrupted_recordings() -> None:
    """Make whole what a crash left in the folder that the window records to."""
    if any(RECORDINGS.glob("*.npz.part")):
        from str_live.record import recover_leftovers

        recover_leftovers(RECORDINGS)


def report_everything(options: Options) -> None:
    """Leave a trace of whatever goes wrong, in any thread and in native code."""
    level = logging.DEBUG if options.verbose else logging.WARNING
    handler = logging.StreamHandler()
    handler.setFormatter(PublicFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    if sys.stderr is not None:
        faulthandler.enable()
    log = logging.getLogger("str_live")

    def report(arguments: threading.ExceptHookArgs) -> None:
        name = arguments.thread.name if arguments.thread else "unknown"
        log.critical("the thread %s failed", name, exc_info=arguments.exc_value)

    def fail(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("failed", exc_info=(kind, error, trace))

    sys.excepthook, threading.excepthook = fail, report


class PublicFormatter(logging.Formatter):
    """Leaves the secrets of addresses out of messages and tracebacks, whoever wrote them."""

    def format(self, record: logging.LogRecord) -> str:
        return public_text(super().format(record))


if __name__ == "__main__":
    sys.exit(main())
