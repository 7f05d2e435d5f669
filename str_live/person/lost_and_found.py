"""Follows one person and knows him again. In: Frame, out: Person or None under his number.

mediapipe's door for one follows best whom it sees from the first frame on, and does so here. Whom it does not
see, or no longer, the tracker for several looks for: distant people too, and those who were lost by motion,
clothes and size. From a first loss on that one follows for the rest of the source. Half a second after a loss
whoever is plainly there is followed, under a number of his own, until the lost one is there again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from str_live.messages import Frame, Person
from str_live.person.body import HIPS, Body
from str_live.person.clothes import TORSO, Wardrobe
from str_live.person.crop import box_from_landmarks
from str_live.person.detector import Detection
from str_live.person.follow import PATIENCE_S
from str_live.person.people import PeopleFinder, PeopleTracker
from str_live.person.regions import Look
from str_live.person.tracker import FORGET_NEW_S, FORGET_SHARE, PersonTracker

FIRST = 1
"""The number of whom the door for one follows."""
ROUNDING_S = 1e-3
"""Of the sources' clocks."""
AROUND = 1.1
"""Radius of the circle around a body, relative to the farthest landmark from the hips."""


class LostAndFound:
    """Follows one person through the frames of a source. All calls from one thread."""

    def __init__(self, door: PersonTracker, make_finder: Callable[[], PeopleFinder]) -> None:
        """`make_finder`: what the tracker for several sees with; called when it is needed first."""
        self._door, self._make_finder = door, make_finder
        self._finder: PeopleFinder | None = None
        self._source: tuple[int, tuple[int, ...]] | None = None
        self._forget()

    def _forget(self) -> None:
        self._several: PeopleTracker | None = None
        self._by_door = True
        """Whether the door follows; False: the tracker for several does."""
        self._last: tuple[Person, Wardrobe, Frame] | None = None
        """Whom the door saw last, what he wore, and where."""
        self._number: int | None = None
        """Who is followed."""
        self._home: int | None = None
        """Who is gone back to."""
        self._since_s = self._seen_s = 0.0
        """When the followed one was first and last seen."""
        self._time_s = -np.inf

    @property
    def segmentation(self) -> bool:
        """Whether persons come with their mask; may change at any time, on the thread that calls `find`."""
        return self._door.segmentation

    @segmentation.setter
    def segmentation(self, wanted: bool) -> None:
        self._door.segmentation = wanted

    def close(self) -> None:
        """Free mediapipe; the same thread that called `find`."""
        self._door.close()
        if self._finder is not None:
            self._finder.close()

    def find(self, frame: Frame) -> dict[int, Person | None]:
        """The followed one by number; None: out of sight. {}: nobody was seen yet.

        A new epoch or size, or time running back, forgets everybody.
        """
        source = (frame.epoch, frame.image.shape)
        if source != self._source or frame.time_s < self._time_s:
            self._forget()
        self._source, self._time_s = source, frame.time_s
        if self._by_door:
            person = self._door.find(frame)
            if person is not None:
                self._last = person, self._door.wardrobe, frame
                self._several = None
                return self._follow({FIRST: person}, frame)
        several = self._several = self._several or self._tracker_for_several()
        several.segmentation = self.segmentation
        found = several.find(frame)
        self._by_door = self._by_door and not found
        chosen = self._follow(found, frame)
        # Whoever is waited for is looked for beside the one who is followed.
        several.people = 2 if self._home != self._number or chosen.get(self._home or 0) is None else 1
        return chosen

    def _tracker_for_several(self) -> PeopleTracker:
        """One that waits for whom the door has lost."""
        if self._finder is None:
            self._finder = self._make_finder()
        tracker = PeopleTracker(1, segmentation=self.segmentation, detector=self._finder)
        if self._last is not None:
            person, wardrobe, frame = self._last
            tracker.wait_for(FIRST, _body_of(person, frame), wardrobe, frame)
        return tracker

    def _follow(self, found: Mapping[int, Person | None], frame: Frame) -> dict[int, Person | None]:
        """Choose among those found; the followed one alone."""
        there = {number: person for number, person in found.items() if person is not None}
        if self._home not in found:
            self._home = self._number if self._number in found else None
        if self._home in there:
            self._take(self._home, frame)
        elif self._number not in there and there and self._has_waited(frame):
            self._take(max(there, key=lambda number: there[number].box.side), frame)
        if self._number in there:
            self._seen_s = frame.time_s
        return {} if self._number is None else {self._number: found.get(self._number)}

    def _take(self, number: int | None, frame: Frame) -> None:
        """Follow him from now on; one who was there for a moment only is not gone back to."""
        if number == self._number:
            return
        if self._home is None or self._seen_s - self._since_s < PATIENCE_S:
            self._home = number
        self._number, self._since_s = number, frame.time_s

    def _has_waited(self, frame: Frame) -> bool:
        """Whether the followed one has been lost for long enough; a false find is not waited for."""
        if self._number is None:
            return True
        followed_s = self._seen_s - self._since_s
        patience_s = min(PATIENCE_S, max(FORGET_SHARE * followed_s, FORGET_NEW_S))
        return frame.time_s - self._seen_s >= patience_s - ROUNDING_S


def _body_of(person: Person, frame: Frame) -> Body:
    """Whom the door saw, as the tracker for several would have."""
    height, width = frame.image.shape[:2]
    points = person.landmarks_px
    detection = Detection(
        box=box_from_landmarks(points, width, height),
        landmarks_px=points,
        visibility=person.visibility,
        world_landmarks=person.world_landmarks,
        mask=None,
    )
    hips = points[HIPS].mean(axis=0)
    up = points[TORSO[:2]].mean(axis=0) - hips
    radius = AROUND * float(np.linalg.norm(points - hips, axis=-1).max())
    rim = hips + up * (radius / max(float(np.linalg.norm(up)), 1.0))
    return Body.found(Look(detection, np.stack([hips, rim]).astype(np.float64), 1.0), frame.time_s)
