"""Whether a window can be opened here. Qt is asked in a process of its own, which ends where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

_ASK = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from PyQt6.QtGui import QGuiApplication
QGuiApplication(["str-live"])
"""
_ANSWER_S = 20.0
_NO_CONNECTION = ("could not connect to display", "failed to create wl_display")
"""Parts of what Qt says, in small letters, where there is no screen; else something else is missing."""


@cache
def no_screen() -> str:
    """Why there is no screen, in a few words; '' where there is one, or something else keeps Qt from it.

    Only Linux is asked: Windows and macOS have a screen always. A platform of Qt's that needs none, such as
    offscreen, was asked for and is taken.
    """
    if not sys.platform.startswith("linux"):
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform and not platform.startswith(("xcb", "wayland")):
        return ""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "neither DISPLAY nor WAYLAND_DISPLAY is set"
    return _why_qt_finds_none()


def _why_qt_finds_none() -> str:
    """What Qt says of a display that it cannot open."""
    # cv2 sets variables that lead Qt to its own plugins when it is imported.
    ours = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    try:
        ended = subprocess.run(
            [sys.executable, "-c", _ASK],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the display does not answer within {_ANSWER_S:.0f} s"
    for line in ended.stderr.splitlines() if ended.returncode else ():
        if any(words in line.lower() for words in _NO_CONNECTION):
            return line.removeprefix("qt.qpa.xcb: ").removeprefix("qt.qpa.wayland: ").strip()
    return ""
