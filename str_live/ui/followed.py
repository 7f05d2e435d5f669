"""Whom the window follows: named wherever his figures are shown, changed by mouse, key and panel."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QObject, pyqtSignal

from str_live.messages import BodyResult, PersonBody
from str_live.settings import Settings
from str_live.ui.state import SettingsState
from str_live.view.scene import Scene


class FollowedPerson(QObject):
    """Knows who is in the picture on screen. GUI thread."""

    named = pyqtSignal(object)
    """int: whose crops, curves and figures are shown; None: there is one person only."""
    several_changed = pyqtSignal(bool)
    """Whether there are several people, so that there is somebody to choose."""

    def __init__(self, state: SettingsState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._numbers: tuple[int, ...] = ()
        self.number: int | None = None
        """Who is followed; None: nobody yet."""
        self.several = False

    def show_scene(self, scene: Scene) -> None:
        """Take who is on screen."""
        self._numbers = tuple(sorted(one.number for one in scene.people))
        self._show(scene.people[0].number if scene.people else None, scene.several)

    def _show(self, number: int | None, several: bool) -> None:
        """Tell what has changed."""
        named, self.number = self.number if self.several else None, number
        if several != self.several:
            self.several = several
            self.several_changed.emit(several)
        if named != (now := number if several else None):
            self.named.emit(now)

    def choose(self, number: int, leave_out: bool) -> None:
        """Follow somebody, or leave him out."""
        self._state.leave_out(number) if leave_out else self._state.follow(number)

    def follow_next(self) -> None:
        """Follow the next of those who are not left out, by number."""
        left_out = self._state.settings.left_out
        there = [number for number in self._numbers if number not in left_out]
        later = [number for number in there if number > (self.number or 0)]
        if there and (following := (later or there)[0]) != self.number:
            self._state.follow(following)


def as_wished(result: BodyResult, settings: Settings) -> BodyResult:
    """A result with the person followed and those left out that the settings name by now.

    It was made under earlier ones, some frames ago or, while a film is held, long ago.
    """
    replayed = result.frame.replay is not None  # then nobody is found, and whoever was there is held for 0 s
    there = {
        one.number: one for one in result.others if one.person is not None or (replayed and one.held_s == 0.0)
    }
    free = [number for number in there if number not in settings.left_out]
    if settings.follow.isdigit() and int(settings.follow) in there:
        result = result.following(int(settings.follow))
    elif result.number in settings.left_out and free:
        result = result.following(max(free, key=lambda number: _side(there[number])))
    if not settings.left_out or not set(result.numbers) & set(settings.left_out):
        return result
    others = tuple(_without_bodies(one, settings.left_out) for one in result.others)
    if result.number in settings.left_out:
        result = replace(result, bodies=(), raw_bodies=None, acceleration=None, left_out=True)
    return replace(result, others=others)


def _side(one: PersonBody) -> float:
    return 0.0 if one.box is None else one.box.side


def _without_bodies(one: PersonBody, left_out: tuple[int, ...]) -> PersonBody:
    if one.number not in left_out:
        return one
    return replace(one, bodies=(), raw_bodies=None, acceleration=None, left_out=True)
