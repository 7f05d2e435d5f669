"""Plays films, folders and recordings: play, pause, step, a time line, speed, a range. Hidden for cameras.

In: Position, results that are shown. Out: calls of the source's Transport.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from str_live.camera.transport import Position, Transport
from str_live.messages import BodyResult
from str_live.ui.widgets.inputs import Choice
from str_live.ui.widgets.time_line import TimeLine
from str_live.view import palette

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
SHORTEST_S = 0.1
"""A file that is not longer is a single picture."""


class PlayerBar(QWidget):
    """GUI thread."""

    def __init__(self, transport: Callable[[], Transport | None], parent: QWidget | None = None) -> None:
        """`transport` gives the buttons of the source that plays now, None for a camera."""
        super().__init__(parent)
        self._transport = transport
        self._position: Position | None = None
        self._identity = ""
        self._fps = 0.0
        self._now_s = 0.0
        self.play = PlayButton(self.toggle)
        self.back = _button("‹", "One picture back (,)", lambda: self.step(-1))
        self.on = _button("›", "One picture on (.)", lambda: self.step(1))
        self.line = TimeLine()
        self.line.sought.connect(self.seek)
        self.time = QLabel()
        self.time.setProperty("role", "quiet")
        self.time.setMinimumWidth(112)
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.begin = _button("[", "Play from here on (I)", lambda: self.set_end(0))
        self.end = _button("]", "Play up to here (O)", lambda: self.set_end(1))
        self.clear = _button("×", "Play all of it", lambda: self._set_range(None))
        self.speed = Choice()
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g} ×", speed)
        self.speed.setToolTip("Speed. Times and accelerations stay those of the file.")
        self.speed.activated.connect(lambda index: self._call(lambda each: each.set_speed(SPEEDS[index])))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 0)
        layout.setSpacing(4)
        for widget in (self.back, self.play, self.on):
            layout.addWidget(widget)
        layout.addWidget(self.line, 1)
        for widget in (self.time, self.begin, self.end, self.clear, self.speed):
            layout.addWidget(widget)
        self.hide()

    @property
    def range_s(self) -> tuple[float, float] | None:
        """The range that is played, seconds of the source's clock; None for all."""
        return None if self._position is None else self._position.range_s

    @property
    def trim_s(self) -> tuple[float, float] | None:
        """The range that is played, seconds after the first picture; None for all."""
        if self._position is None or self._position.range_s is None:
            return None
        (begin, end), first = self._position.range_s, self._position.start_s
        return begin - first, end - first

    @property
    def plays_a_file(self) -> bool:
        """Whether there is something to pause."""
        return self._position is not None

    def show_source(self, identity: str, fps: float, position: Position | None) -> None:
        """Follow the source; one without a length that can be played hides the bar."""
        if identity != self._identity:
            self._identity = identity
            self.line.forget()
        if position is not None and (position.duration_s or 0.0) < SHORTEST_S:
            position = None
        self._position, self._fps = position, fps
        self.setVisible(position is not None)
        if position is None:
            return
        self.line.show_position(position)
        self.play.show_paused(position.paused)
        self.speed.setCurrentIndex(min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - position.speed)))
        self.on.setEnabled(position.paused)
        self.clear.setEnabled(position.range_s is not None)
        self._show_time()

    def show_result(self, result: BodyResult) -> None:
        """Follow the picture on screen."""
        self._now_s = result.frame.time_s
        if self._position is not None:
            self.line.show_result(result)
            self._show_time()

    def toggle(self) -> None:
        """Play, or pause."""
        if self._position is not None:
            self.pause(not self._position.paused)

    def pause(self, paused: bool) -> None:
        """Pause or play on."""
        self._call(lambda transport: transport.pause(paused))

    def step(self, pictures: int) -> None:
        """One picture on or back; a file that plays is paused."""
        position = self._position
        if position is None:
            return
        if not position.paused:
            self.pause(True)
        if pictures > 0:
            self._call(lambda transport: transport.step())
        else:
            self.seek(self._now_s - 1 / (self._fps or 30.0))

    def seek(self, time_s: float) -> None:
        """Go there."""
        self._call(lambda transport: transport.seek(time_s))

    def set_end(self, which: int) -> None:
        """Let the range begin (0) or end (1) at the picture on screen."""
        position = self._position
        if position is None:
            return
        whole = position.start_s, position.start_s + (position.duration_s or 0.0)
        ends = list(position.range_s or whole)
        ends[which] = self._now_s
        if ends[0] < ends[1]:
            self._set_range((ends[0], ends[1]))
        else:
            self._set_range((self._now_s, whole[1]) if which == 0 else (whole[0], self._now_s))

    def _set_range(self, range_s: tuple[float, float] | None) -> None:
        self._call(lambda transport: transport.set_range(range_s))

    def _call(self, call: Callable[[Transport], None]) -> None:
        """Let the source's player do something, and show at once what it says then."""
        transport = self._transport()
        if transport is not None:
            call(transport)
            self.show_source(self._identity, self._fps, transport.position)

    def _show_time(self) -> None:
        position = self._position
        if position is not None:
            now = time_text(self._now_s - position.start_s)
            self.time.setText(f"{now} / {time_text(position.duration_s or 0.0)}")


def time_text(seconds: float) -> str:
    """'1:02:03.4', '2:03.4'."""
    tenths = max(0, round(seconds * 10))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"


class PlayButton(QToolButton):
    """A triangle where it would play, two bars where it would pause. GUI thread."""

    def __init__(self, act: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paused = False
        _prepare(self, "Play or pause (Space)", act)

    def show_paused(self, paused: bool) -> None:
        """Show what a click would do."""
        self.paused = paused
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The button, and the sign on it."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.TEXT))
        middle = QRectF(self.rect()).center()
        if self.paused:
            corners = ((-4.0, -6.0), (-4.0, 6.0), (6.0, 0.0))
            painter.drawPolygon(QPolygonF([middle + QPointF(*corner) for corner in corners]))
            return
        for x in (-5.0, 1.5):
            painter.drawRect(QRectF(middle.x() + x, middle.y() - 6, 3.5, 12))


def _button(text: str, tip: str, act: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    _prepare(button, tip, act)
    return button


def _prepare(button: QToolButton, tip: str, act: Callable[[], None]) -> None:
    button.setToolTip(tip)
    button.setProperty("small", True)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setFixedSize(30, 26)
    button.clicked.connect(lambda: act())
