"""Notices over the picture: what the person should know, without a dialogue that stops the program."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from str_live.view import palette

INFORMATION, WARNING, ERROR = "information", "warning", "error"
_COLOURS = {INFORMATION: palette.VARIANT_A, WARNING: palette.WARNING, ERROR: palette.RECORD}
_SIGNS = {INFORMATION: "i", WARNING: "!", ERROR: "×"}
_MAXIMUM_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """One message; a later one with the same key takes its place."""

    key: str
    text: str
    level: str
    expires_s: float | None
    """time.monotonic() at which it goes by itself; None: it stays until it is cleared or dismissed."""


class NoticeRow(QFrame):
    """One notice: a coloured sign, the text, and a button that dismisses it. GUI thread."""

    dismissed = pyqtSignal(str)

    def __init__(self, notice: Notice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = notice.key
        self.sign = QLabel()
        self.sign.setFixedWidth(14)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        close = QToolButton()
        close.setText("Dismiss")
        close.setProperty("small", True)
        close.clicked.connect(lambda: self.dismissed.emit(self._key))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 8, 6)
        layout.addWidget(self.sign)
        layout.addWidget(self.text, 1)
        layout.addWidget(close)
        self.show_notice(notice)

    def show_notice(self, notice: Notice) -> None:
        """Take the text and the colour of a notice."""
        colour = _COLOURS[notice.level]
        self.sign.setText(f"<b style='color:{colour}'>{_SIGNS[notice.level]}</b>")
        self.text.setText(notice.text)
        self.setStyleSheet(
            f"NoticeRow {{ background: {palette.PANEL}; border: 1px solid {palette.BORDER};"
            f" border-left: 4px solid {colour}; border-radius: 6px; }}"
        )


class Banner(QWidget):
    """Up to three notices, laid over the top of its parent so that nothing below ever jumps. GUI thread."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._notices: dict[str, Notice] = {}
        self._rows: dict[str, NoticeRow] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self._timer = QTimer(self)
        self._timer.setInterval(250)
        self._timer.timeout.connect(self._expire)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """The texts of all current notices, oldest first."""
        return [notice.text for notice in self._notices.values()]

    def show_notice(
        self, key: str, text: str, *, level: str = INFORMATION, seconds: float | None = None
    ) -> None:
        """Show a text under a key, for good or for a while."""
        expires = None if seconds is None else time.monotonic() + seconds
        self._notices[key] = Notice(key, text, level, expires)
        self._refresh()

    def clear(self, key: str) -> None:
        """Take a notice away; a key that is not shown is fine."""
        if self._notices.pop(key, None) is not None:
            self._refresh()

    def place(self) -> None:
        """Lie along the top of the parent; called when the parent changes size."""
        parent = self.parentWidget()
        assert parent is not None
        width = min(parent.width() - 24, 640)
        height = sum(self._row_height(row, width) for row in self._rows.values())
        height += self._layout.spacing() * max(len(self._rows) - 1, 0)
        self.setGeometry((parent.width() - width) // 2, 40, width, max(height, 1))
        self.raise_()

    @staticmethod
    def _row_height(row: NoticeRow, width: int) -> int:
        return row.heightForWidth(width) if row.hasHeightForWidth() else row.sizeHint().height()

    def _refresh(self) -> None:
        """Make the rows match the newest notices."""
        shown = dict(list(self._notices.items())[-_MAXIMUM_SHOWN:])
        for key in [key for key in self._rows if key not in shown]:
            row = self._rows.pop(key)
            self._layout.removeWidget(row)
            row.deleteLater()
        for key, notice in shown.items():
            if key in self._rows:
                self._rows[key].show_notice(notice)
            else:
                row = NoticeRow(notice, self)
                row.dismissed.connect(self.clear)
                self._layout.addWidget(row)
                row.show()  # at once: a layout shows its new widgets only when the event loop turns
                self._rows[key] = row
        self.setVisible(bool(shown))
        timed = any(notice.expires_s is not None for notice in self._notices.values())
        self._timer.start() if timed else self._timer.stop()
        self.place()

    def _expire(self) -> None:
        """Drop the notices whose time is over."""
        now = time.monotonic()
        over = [key for key, entry in self._notices.items() if entry.expires_s and entry.expires_s <= now]
        for key in over:
            del self._notices[key]
        if over:
            self._refresh()
