"""Which tracker runs: the one that follows one person, or the one for several. In: settings, out: People."""

from __future__ import annotations

from pathlib import Path

from str_live.messages import Frame, Person
from str_live.person.landmark_model import landmark_model_of
from str_live.person.lost_and_found import FIRST, LostAndFound
from str_live.person.people import PeopleFinder, PeopleTracker, pose_graphs
from str_live.person.tracker import PersonTracker, Tracker

ONLY = FIRST
"""The number of the person whom a Tracker of one follows, whoever it is."""


class Alone:
    """A Tracker of one person as People: the same number, whoever it follows."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    @property
    def segmentation(self) -> bool:
        """See Tracker."""
        return self._tracker.segmentation

    @segmentation.setter
    def segmentation(self, wanted: bool) -> None:
        self._tracker.segmentation = wanted

    def find(self, frame: Frame) -> dict[int, Person | None]:
        """The person; None: out of sight."""
        return {ONLY: self._tracker.find(frame)}

    def close(self) -> None:
        """See Tracker."""
        self._tracker.close()


People = Alone | LostAndFound | PeopleTracker
"""Says who is to be seen in each frame, each by number; None: out of sight, and still waited for."""


def people_for(count: int, bundle: str = "") -> People:
    """Who finds up to `count` people: for one, as long as it sees him, the door that measured best for one.

    `bundle`: a .task file whose landmark model is to be used; DetectorError where it cannot be.
    """
    if bundle:
        return PeopleTracker(count, detector=_graphs_of(bundle))
    return LostAndFound(PersonTracker(), pose_graphs) if count == 1 else PeopleTracker(count)


def check_detector(bundle: str) -> None:
    """Raises DetectorError where the landmark model of a .task file cannot be used."""
    _graphs_of(bundle).close()


def _graphs_of(bundle: str) -> PeopleFinder:
    # Importing takes 1.7 s and much memory: recordings and their tests do without.
    from str_live.person.graphs import PoseGraphs

    return PoseGraphs(landmark_model_of(Path(bundle))).tried(bundle)
