"""STR-Live: the window, or with --headless the same without one. `str-live --help` tells more."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from str_live.console import complain, program_name
from str_live.live.command_line import Options, parse_arguments
from str_live.process import prepare_to_run, report_everything
from str_live.stopping import Stopping, watched_signals
from str_live.ui.screen import no_screen

RECORDINGS = Path("recordings")
"""Where the window records to, in the folder that it was started from; so does a run without a screen."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The process's exit status: 0; 2 where something given cannot be used; 128 and more after a signal."""
    settings, options = parse_arguments(arguments, has_screen=lambda: not no_screen())
    report_everything(logging.DEBUG if options.verbose else logging.WARNING)
    with watched_signals(Stopping()) as stopping:
        prepare_to_run()
        if options.headless:
            if options.out is not None:
                from str_live.live.batch import run_batch

                return run_batch(settings, options, stopping)
            from str_live.live.headless import run_headless

            return run_headless(settings, options, stopping)
        if reason := no_screen():
            recover_interrupted_recordings()
            from str_live.live.without_screen import run_without_screen

            return run_without_screen(options, stopping, reason, RECORDINGS)
        return open_window(options, stopping)


def main_headless() -> int:
    """`str-live-headless ...` is `str-live --headless ...`."""
    return main(["--headless", *sys.argv[1:]])


def open_window(options: Options, stopping: Stopping) -> int:
    """Run the window with the settings of the last time, and what the command line says over them."""
    try:
        from str_live.ui.application import run_window
    except ImportError as error:  # a system library that Qt needs
        complain(
            f"{program_name()}: the window cannot be opened ({error}): `make setup` installs all it needs"
        )
        return 2
    recover_interrupted_recordings()
    return run_window(options, stopping)


def recover_interrupted_recordings() -> None:
    """Make whole what a crash left in the folder that the window records to."""
    if any(RECORDINGS.glob("*.npz.part")):
        from str_live.record import recover_leftovers

        recover_leftovers(RECORDINGS)
    if any(RECORDINGS.glob("*.mp4.part")):
        from str_live.record.film import recover_films

        recover_films(RECORDINGS)


if __name__ == "__main__":
    sys.exit(main())
