"""The main job on a machine without a screen: a recording and a film, instead of a window.

In: Options of the command line. Out: both files, in the folder that the window records to.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from str_live.addresses import public_address
from str_live.console import complain, program_name
from str_live.live.command_line import Options
from str_live.live.headless import run_headless
from str_live.record.names import free_path
from str_live.settings import Settings
from str_live.stopping import Stopping
from str_live.view.headless import create_context, release_context


def run_without_screen(options: Options, stopping: Stopping, reason: str, recordings: Path) -> int:
    """Run the source, or the built-in clip, and say where the files are; the exit status."""
    if options.screenshot is not None:
        complain(
            f"{program_name()}: There is no screen ({reason}): start it with xvfb-run to picture the window."
        )
        return 2
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):  # OpenGL, too, would try to reach what cannot be opened
        os.environ.pop(name, None)
    options = _with_files(replace(options, headless=True), recordings)
    source = public_address(options.given.get("source", "the built-in clip"))
    complain(
        f"{program_name()}: There is no screen ({reason}): {source} is recorded and filmed without a window."
    )
    options = _without_impossible_film(options)
    status = run_headless(options.over(Settings()), options, stopping, bar=True)
    for what, path in (("recording", options.record), ("film", options.film)):
        if path is not None and path.exists():
            complain(f"{program_name()}: The {what} is {path}.")
    return status


def _with_files(options: Options, recordings: Path) -> Options:
    """With names for both files, where none were given."""
    if options.record is not None or options.film is not None:
        return options
    record = free_path(recordings, ".npz", ".mp4")
    choice = replace(options.film_choice, parts=("picture", "3d", "acceleration"))
    return replace(options, record=record, film=record.with_suffix(".mp4"), film_choice=choice)


def _without_impossible_film(options: Options) -> Options:
    """Without the film where there is no OpenGL; the recording is worth having all the same."""
    if options.film is None:
        return options
    try:
        release_context(create_context())
    except RuntimeError as error:
        complain(f"{program_name()}: No film can be made: {error}.")
        return replace(options, film=None)
    return options
