"""What all panels share: a heading over a column of rows, and the choice of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

LABEL_WIDTH = 78


class Panel(QWidget):
    """A heading, and rows below it. GUI thread."""

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(14, 10, 14, 4)
        self.rows.setSpacing(6)
        title = QLabel(heading.upper())
        title.setProperty("role", "heading")
        self.rows.addWidget(title)

    def add_row(self, label: str, *widgets: QWidget, tip: str = "") -> QLabel:
        """A label and, beside it, one or more widgets; the first takes the width."""
        row = QHBoxLayout()
        row.setSpacing(6)
        name = QLabel(label)
        name.setFixedWidth(LABEL_WIDTH)
        name.setBuddy(widgets[0])
        row.addWidget(name)
        for number, widget in enumerate(widgets):
            row.addWidget(widget, 1 if number == 0 else 0)
            if tip:
                widget.setToolTip(tip)
        name.setToolTip(tip)
        self.rows.addLayout(row)
        return name

    def add_note(self, text: str = "") -> QLabel:
        """A quiet line of explanation that wraps."""
        note = QLabel(text)
        note.setWordWrap(True)
        note.setProperty("role", "quiet")
        self.rows.addWidget(note)
        note.setVisible(bool(text))
        return note


def show_note(note: QLabel, text: str) -> None:
    """Set a note's text; an empty one takes no room."""
    if note.text() != text:
        note.setText(text)
    note.setVisible(bool(text))


class FileChoice(QWidget):
    """The name of a chosen file, or of the default; a button to choose and one to go back to the default."""

    chosen = pyqtSignal(str)

    def __init__(self, default: str, title: str, filters: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._default, self._title, self._filters = default, title, filters
        self.name = QLabel(default)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choose = QPushButton("Choose…")
        self.reset = QToolButton()
        self.reset.setText("Default")
        self.choose.clicked.connect(self._ask)
        self.reset.clicked.connect(lambda: self.chosen.emit(""))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.name, 1)
        layout.addWidget(self.reset)
        layout.addWidget(self.choose)
        self.show_path("")

    def show_path(self, path: str) -> None:
        """Name the file; '' is the default."""
        self.name.setText(Path(path).name if path else self._default)
        self.name.setToolTip(path or self._default)
        self.reset.setVisible(bool(path))

    def offer(self, files: dict[str, str]) -> None:
        """Let the button offer files that were found, path by label, before it asks for another."""
        if not files or self.choose.menu() is not None:
            return
        menu = QMenu(self.choose)
        for label, path in files.items():
            action = menu.addAction(label)
            assert action is not None
            action.triggered.connect(lambda _checked, path=path: self.chosen.emit(path))
        menu.addSeparator()
        other = menu.addAction("Another file…")
        assert other is not None
        other.triggered.connect(self._ask)
        self.choose.setMenu(menu)

    def _ask(self) -> None:
        ask_for_path(self, self._title, self.chosen.emit, filters=self._filters)


class FilesChoice(QWidget):
    """Several files that belong together: the number or name of those chosen, and buttons for another one
    and to go back to the default."""

    chosen = pyqtSignal(tuple)

    def __init__(self, default: str, title: str, filters: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._default = default
        self._paths: tuple[str, ...] = ()
        self.name = QLabel(default)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choose = QPushButton()
        self.reset = QToolButton()
        self.reset.setText("Default")
        self.choose.clicked.connect(lambda: ask_for_path(self, title, self.add, filters=filters))
        self.reset.clicked.connect(lambda: self.chosen.emit(()))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.name, 1)
        layout.addWidget(self.reset)
        layout.addWidget(self.choose)
        self.show_paths(())

    def add(self, path: str) -> None:
        """Choose one more file."""
        self.chosen.emit(tuple(dict.fromkeys((*self._paths, path))))

    def show_paths(self, paths: tuple[str, ...]) -> None:
        """Name the file or count the files; () is the default."""
        self._paths = paths
        names = [Path(path).name for path in paths] or [self._default]
        self.name.setText(names[0] if len(names) == 1 else f"{len(names)} files")
        self.name.setToolTip("\n".join(paths or names))
        self.choose.setText("Add…" if paths else "Choose…")
        self.reset.setVisible(bool(paths))


def ask_for_path(
    parent: QWidget, title: str, answer: Callable[[str], None], *, filters: str = "", folder: bool = False
) -> QFileDialog:
    """Open a file dialogue that does not stop the program; `answer` gets the path, or is never called."""
    dialogue = QFileDialog(parent, title, "", filters)
    mode = QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile
    dialogue.setFileMode(mode)
    dialogue.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialogue.fileSelected.connect(answer)
    dialogue.open()
    return dialogue
