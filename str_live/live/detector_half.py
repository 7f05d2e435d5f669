"""The half of a tick that finds people. In: Frame, out: Detected, which the network half goes on with.

It owns the detector and whom to follow, and gets nothing back from the network half, so that it may run one
frame ahead of it on another thread (detector_thread.py) without changing any result.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from str_live.messages import Frame, Person
from str_live.person.choose import Alone, People, people_for
from str_live.person.follow import Follow, Seen
from str_live.person.people import PeopleTracker
from str_live.person.tracker import Tracker
from str_live.settings import Settings
from str_live.stats import StageTimer


@dataclass(frozen=True, slots=True)
class Detected:
    """A frame with the people in it."""

    frame: Frame
    people: Mapping[int, Person | None]
    """By number; None: out of sight, and still waited for. Nobody where a recording is shown."""
    followed: int | None
    """The number of the followed person; None before the first."""
    generation: int
    """A new one with another source, size or number of people, and where time runs back."""
    stages_ms: Mapping[str, float]
    """What this half took, by stage, and the picture's age at its beginning."""


class DetectorHalf:
    """Detects frame after frame, on one thread at a time.

    `settings` and `segmentation` are changed between two frames only.
    """

    def __init__(self, settings: Settings, tracker: Tracker | PeopleTracker | None) -> None:
        """`tracker` None: as many people as the settings say."""
        self.settings = settings
        self._own_tracker = tracker is None
        self._asked = _asked(settings)
        self._people = people_for(*self._asked) if tracker is None else _as_people(tracker)
        self._follow = Follow(settings.follow)
        self._timer = StageTimer(1)
        self._source: tuple[int, tuple[int, ...]] | None = None
        self._last_s = 0.0
        self._generation = 0

    @property
    def segmentation(self) -> bool:
        """Whether persons come with their mask."""
        return self._people.segmentation

    @segmentation.setter
    def segmentation(self, wanted: bool) -> None:
        self._people.segmentation = wanted

    def close(self) -> None:
        """Free the detector."""
        self._people.close()

    def detect(self, frame: Frame) -> Detected:
        """The people of the next frame; nobody is looked for where a recording is shown."""
        self._timer.new_tick()
        self._timer.add("capture_age", (time.perf_counter_ns() - frame.captured_ns) / 1e6)
        self._begin_anew_where_needed(frame)
        self._last_s = frame.time_s
        people: Mapping[int, Person | None] = {}
        if frame.replay is None:
            with self._timer.stage("person"):
                people = self._people.find(frame)
                self._choose(people, frame)
        else:
            self._choose({one.number: one if one.person else None for one in frame.replay.people}, frame)
        return Detected(frame, people, self._follow.number, self._generation, self._timer.current)

    def _choose(self, people: Mapping[int, Seen | None], frame: Frame) -> None:
        """Whom to follow among those found or recorded; of those who are left out only where all are."""
        left_out = self.settings.left_out
        self._follow.wish = self.settings.follow
        if self._follow.number in left_out:
            self._follow.reset()  # another at once, not after the patience with somebody lost
        self._follow({n: people[n] for n in people if n not in left_out} or people, frame)

    def _begin_anew_where_needed(self, frame: Frame) -> None:
        """At another source, size or number of people, or when time runs back, nobody is known."""
        source = (frame.epoch, frame.image.shape)
        asked = _asked(self.settings) if self._own_tracker else self._asked
        if source == self._source and frame.time_s >= self._last_s and asked == self._asked:
            return
        self._source = source
        self._generation += 1
        self._follow.reset()
        if asked != self._asked:
            self._asked = asked
            segmentation = self.segmentation
            self._people.close()
            self._people = people_for(*asked)
            self.segmentation = segmentation


def _asked(settings: Settings) -> tuple[int, str]:
    """How many people the detector must be good for, and its bundle."""
    return max(settings.people, 1), settings.detector


def _as_people(tracker: Tracker | PeopleTracker) -> People:
    """A tracker of one person as one of people."""
    return tracker if isinstance(tracker, PeopleTracker) else Alone(tracker)
