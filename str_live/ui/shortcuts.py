"""Every keyboard shortcut in one table, the actions made from it, and the list that `?` shows."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QAction, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QGridLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QWidget,
)

from str_live.view import palette


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One action of the window: its name in the code, its menu, its keys, and what it does in words."""

    name: str
    menu: str
    keys: tuple[str, ...]
    text: str
    checkable: bool = False


SHORTCUTS = (
    Shortcut("open_file", "File", ("Ctrl+O",), "Open a file…"),
    Shortcut("open_folder", "File", ("Ctrl+Shift+O",), "Open a folder of pictures…"),
    Shortcut("open_address", "File", ("Ctrl+L",), "Open a network address…"),
    Shortcut("open_clip", "File", ("Ctrl+K",), "Play the built-in clip"),
    Shortcut("record", "File", ("R",), "Start or stop recording"),
    Shortcut("film", "File", ("V",), "Start or stop filming"),
    Shortcut("export", "File", ("Ctrl+E",), "Export a recording…"),
    Shortcut("quit", "File", ("Ctrl+Q",), "Quit"),
    Shortcut("ttr", "Network", ("1",), "TTR on or off in A", True),
    Shortcut("ste_time", "Network", ("2",), "STE, time on or off in A", True),
    Shortcut("ste_freq", "Network", ("3",), "STE, frequency on or off in A", True),
    Shortcut("self_integration", "Network", ("4",), "Self-integration on or off in A", True),
    Shortcut("cross_integration", "Network", ("5",), "Cross-integration on or off in A", True),
    Shortcut("per_frame", "Network", ("0",), "A per frame, or as before", True),
    Shortcut("next_network", "Network", ("N",), "Next network in A"),
    Shortcut("compare", "Network", ("B",), "Compare A with B", True),
    Shortcut("switches", "Network", ("W",), "What each switch does"),
    Shortcut("more_lookahead", "Network", ("]", "+"), "One frame more of look-ahead"),
    Shortcut("less_lookahead", "Network", ("[", "-"), "One frame less of look-ahead"),
    Shortcut("mirror", "View", ("M",), "Mirror the picture", True),
    Shortcut("skeleton", "View", ("K",), "Show the skeleton", True),
    Shortcut("landmarks", "View", ("L",), "Show the landmarks", True),
    Shortcut("next_person", "View", ("Tab",), "Follow the next person"),
    Shortcut("alone", "View", ("P",), "Followed person alone in the 3D view", True),
    Shortcut("angles", "View", ("J",), "Plot joint angles", True),
    Shortcut("front", "View", ("F",), "3D view from the front"),
    Shortcut("side", "View", ("S",), "3D view from the side"),
    Shortcut("top", "View", ("T",), "3D view from the top"),
    Shortcut("pause", "View", ("Space",), "Pause a film, hold a camera's display", True),
    Shortcut("step_back", "View", (",",), "One picture of a film back"),
    Shortcut("step_on", "View", (".",), "One picture of a film on"),
    Shortcut("range_begin", "View", ("I",), "Play a film from here on"),
    Shortcut("range_end", "View", ("O",), "Play a film up to here"),
    Shortcut("reload_shaders", "View", ("F5",), "Compile the shaders again"),
    Shortcut("full_screen", "View", ("F11",), "Full screen", True),
    Shortcut("shortcuts", "Help", ("?", "F1"), "Keyboard shortcuts"),
)
MOUSE = (
    "3D view: drag turns, right-drag moves, wheel zooms, double click resets.\n"
    "Picture: a click on somebody follows him, Shift+click leaves him out."
)
MENUS = ("File", "Network", "View", "Help")


def make_actions(window: QMainWindow) -> tuple[dict[str, QAction], QMenu]:
    """Fill the menus of a window; returns the actions by name, not connected yet, and the view menu."""
    menu_bar = window.menuBar()
    assert menu_bar is not None
    menus: dict[str, QMenu] = {}
    for name in MENUS:
        menu = menu_bar.addMenu(name)
        assert menu is not None
        menus[name] = menu
    actions = {}
    for entry in SHORTCUTS:
        action = QAction(entry.text, window)
        action.setShortcuts([QKeySequence(key) for key in entry.keys])
        action.setCheckable(entry.checkable)
        menus[entry.menu].addAction(action)
        window.addAction(action)
        actions[entry.name] = action
    return actions, menus["View"]


class ButtonKeys(QObject):
    """Leaves the space bar to a button that has the focus, so that the keyboard alone can use it."""

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Claim the space bar for focused buttons before the shortcut gets it."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Space
            and isinstance(QApplication.focusWidget(), QAbstractButton)
        ):
            event.accept()
            return True
        return False


class ShortcutList(QDialog):
    """The list of all shortcuts; it does not stop the program."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 20, 24, 20)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        half = {"File": 0, "Network": 0, "View": 1, "Help": 1}
        rows = [0, 0]
        for menu in MENUS:
            side = half[menu]
            heading = QLabel(menu.upper())
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, 10 if rows[side] else 0, 0, 2)
            grid.addWidget(heading, rows[side], side * 3, 1, 2)
            rows[side] += 1
            for entry in (entry for entry in SHORTCUTS if entry.menu == menu):
                grid.addWidget(_key_label(entry.keys), rows[side], side * 3)
                grid.addWidget(QLabel(entry.text.rstrip("…")), rows[side], side * 3 + 1)
                rows[side] += 1
        mouse = QLabel(MOUSE)
        mouse.setProperty("role", "quiet")
        mouse.setWordWrap(True)
        grid.addWidget(mouse, rows[1], 3, 2, 2)
        grid.setColumnMinimumWidth(2, 12)


def _key_label(keys: tuple[str, ...]) -> QLabel:
    """The keys of one shortcut, drawn like key caps."""
    style = f"background-color:{palette.RAISED}; color:{palette.TEXT}"
    caps = " ".join(f"<span style='{style}'>&nbsp;{key}&nbsp;</span>" for key in keys)
    return QLabel(caps)
