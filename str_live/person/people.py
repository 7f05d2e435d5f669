"""Follows several people, each under a number of his own. In: Frame, out: Person or None for each number.

Everybody in view is looked at in his own region, made of what was seen of him in the last frame; two regions
that slid onto one body leave it to him whose motion and clothes it fits. Whoever is not in view is searched
for (search.py) and known again by place, size and clothes; where these do not decide, a track ends rather
than changes body, and a new number begins. All calls from one thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

import numpy as np
from scipy.optimize import linear_sum_assignment

from str_live.messages import Box, Frame, Person
from str_live.person.body import Body, covers_torso, nearest_region, part_of, same_body, same_region
from str_live.person.clothes import SAME_DISTANCE, Wardrobe, torso_histogram
from str_live.person.cuts import CutDetector
from str_live.person.regions import Look, Region
from str_live.person.search import SearchPlan
from str_live.person.tracker import MAX_SIZE_RATIO, REACH, REACH_PER_S, believable, continues, overlap
from str_live.settings import MOST_PEOPLE

REMEMBER_S = 10.0
"""Seconds for which somebody who is out of sight is known again."""
MISSING_S = 4.0
"""For so long somebody out of sight is looked for in haste."""
MEET_S = 1.0
"""Seconds after two people's squares overlapped in which their clothes are compared."""
CONFIRM_FRAMES = 3
"""Frames in a row that a newcomer is looked at before he counts: a false find hardly ever lasts."""
PLAIN_PRESENCE = 0.9
"""The landmark model's belief in somebody found in a tile, where more misleads, or at once."""
NEW_VISIBILITY = 0.4
"""Mean visibility of a newcomer's landmarks within the picture."""
LARGEST_IN_TILE = 1.2
"""A newcomer's square relative to the tile that he was found in: what fills more of it was cut."""
MUCH_OVERLAP = 0.2
"""Of two squares, intersection over union, beyond which one may be a second look at the other."""
CLEARER = 0.1
"""By how much clothes must fit another person better, to be taken for his."""
UNLIKE_FRAMES = 3
"""Measurements in a row that must say so."""
UNKNOWN_CLOTHES = 0.5
"""The distance that stands for clothes that cannot be seen."""
PLACE_WEIGHT = 0.5
"""Of the distance from where somebody is expected, in sides of his square, beside that of the clothes."""
UNDECIDED = 0.05
"""Two people whose likeness to a newcomer differs by less cannot be told apart."""
UNSEEN_CLOTHES_S = 0.5
"""Seconds after which place alone does not make somebody known again."""


class PeopleFinder(Protocol):
    """What finds and sees people: graphs.py's `PoseGraphs`, or a script in tests."""

    segmentation: bool

    def find(self, image: np.ndarray, tile: Box | None = None) -> list[Region]:
        """Regions of the people in a picture or a tile of it."""
        ...

    def look(self, image: np.ndarray, regions: list[Region]) -> list[Look | None]:
        """For each region whom it shows."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


@dataclass(slots=True)
class _Track:
    """One person."""

    number: int
    body: Body
    """As last seen."""
    before: Body
    """The same one frame earlier: to go back to where another's body was taken for his."""
    wardrobe: Wardrobe = field(default_factory=Wardrobe)
    in_view: bool = True
    placeless: bool = False
    """He was lost by a cut: where he was says nothing."""
    met_s: dict[int, float] = field(default_factory=dict)
    """When his square last overlapped that of another number."""
    unlike: int = 0
    """Measurements in a row in which his clothes did not fit."""


class PeopleTracker:
    """Follows up to `people` people through the frames of a source.

    `detector` stands in for mediapipe's graphs.
    """

    def __init__(
        self, people: int, *, segmentation: bool = False, detector: PeopleFinder | None = None
    ) -> None:
        if not 1 <= people <= MOST_PEOPLE:
            raise ValueError(f"1 to {MOST_PEOPLE} people can be followed, not {people}")
        self.people = people
        self._detector = detector or pose_graphs()
        self._detector.segmentation = segmentation
        self._plan, self._cut = SearchPlan(), CutDetector()
        self._source: tuple[int, tuple[int, ...]] | None = None
        self._forget()

    def __enter__(self) -> PeopleTracker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free mediapipe; the same thread that called `find`."""
        self._detector.close()

    @property
    def segmentation(self) -> bool:
        """Whether persons come with their mask; may change at any time, on the thread that calls `find`."""
        return self._detector.segmentation

    @segmentation.setter
    def segmentation(self, wanted: bool) -> None:
        self._detector.segmentation = wanted

    def _forget(self) -> None:
        self._next_number = 1
        self._tracks: list[_Track] = []
        self._newcomers: list[Body] = []
        self._time_s = -math.inf
        self._scene_begins = True
        """Whoever is found now was there before the film or scene began, and counts at once."""
        self._plan.reset()
        self._cut.reset()

    def find(self, frame: Frame) -> dict[int, Person | None]:
        """Everybody known in this frame by number; None: out of sight, and still waited for.

        A number that is missing has ended, and does not come back. A new epoch or size, or time running back,
        forgets everybody, and numbers begin at 1.
        """
        source = (frame.epoch, frame.image.shape)
        if source != self._source or frame.time_s < self._time_s:
            self._forget()
        self._source, self._time_s = source, frame.time_s
        if self._cut(frame.image):
            self._leave_scene()
        self._follow(frame)
        self._settle(frame)
        self._compare_clothes(frame)
        self._search(frame)
        self._remember(frame)
        return {track.number: _person(track.body, frame) if track.in_view else None for track in self._tracks}

    def wait_for(self, number: int, body: Body, wardrobe: Wardrobe, frame: Frame) -> None:
        """Somebody whom another tracker saw last in `frame`, and lost in the next."""
        self._source, self._time_s = (frame.epoch, frame.image.shape), frame.time_s
        self._scene_begins = False
        self._cut(frame.image)
        self._tracks.append(_Track(number, body, body, wardrobe, in_view=False))
        self._next_number = max(self._next_number, number + 1)

    def _leave_scene(self) -> None:
        """After a cut nobody is where he was."""
        self._newcomers = []
        self._scene_begins = True
        self._plan.reset()
        for track in self._tracks:
            track.in_view, track.placeless = False, True
            track.met_s.clear()

    @property
    def _seen(self) -> list[_Track]:
        return [track for track in self._tracks if track.in_view]

    @property
    def _bodies(self) -> list[Body]:
        """All that are looked at, newcomers last."""
        return [*(track.body for track in self._seen), *self._newcomers]

    def _follow(self, frame: Frame) -> None:
        """Look at everybody in view, newcomers too, each in his own region."""
        bodies = self._bodies
        looks = self._detector.look(frame.image, self._regions(bodies, frame))
        moved = [_gone_on(body, look, frame) for body, look in zip(bodies, looks, strict=True)]
        seen = self._seen
        for track, body in zip(seen, moved, strict=False):
            track.in_view = body is not None
            track.before, track.body = track.body, body or track.body
        self._newcomers = [body for body in moved[len(seen) :] if body is not None]

    def _regions(self, bodies: list[Body], frame: Frame) -> list[Region]:
        """Where to look for bodies: where their last landmarks say, found anew where those were guesses."""
        if all(body.stands_on_seen_hips for body in bodies):
            return [body.region for body in bodies]
        found = self._detector.find(frame.image)
        return [
            body.region if body.stands_on_seen_hips else nearest_region(body.region, found) for body in bodies
        ]

    def _settle(self, frame: Frame) -> None:
        """Where two regions slid onto one body, it stays with him whom it fits better."""
        for one, other in combinations(self._seen, 2):
            if not (one.in_view and other.in_view):
                continue
            if _overlap(one.body, other.body) > 0:
                one.met_s[other.number] = other.met_s[one.number] = frame.time_s
            if same_body(one.body.detection, other.body.detection):
                look = torso_histogram(frame.image, one.body.detection.landmarks_px)
                loser = max((one, other), key=lambda track: _misfit(track, look))
                loser.in_view, loser.body = False, loser.before
        for lost in self._tracks:
            for track in self._seen:
                if not lost.in_view and not lost.placeless and _overlap(track.body, lost.body) > 0:
                    track.met_s[lost.number] = frame.time_s  # he may stand behind
        newcomers, self._newcomers = self._newcomers, []
        for body in newcomers:
            if not any(same_body(body.detection, known.detection) for known in self._bodies):
                self._newcomers.append(body)

    def _compare_clothes(self, frame: Frame) -> None:
        """After people have met, whoever wears another's clothes has the other's body: give it back."""
        for track in self._seen:
            track.met_s = {n: met for n, met in track.met_s.items() if frame.time_s - met <= MEET_S}
            rivals = [other for other in self._tracks if other.number in track.met_s]
            if not rivals or self._is_covered(track):
                continue
            look = torso_histogram(frame.image, track.body.detection.landmarks_px)
            own = _known(track.wardrobe.distance(look))
            rival = min(rivals, key=lambda other: _known(other.wardrobe.distance(look)))
            changed = _known(rival.wardrobe.distance(look)) + CLEARER < own
            track.unlike = track.unlike + 1 if changed or own > SAME_DISTANCE else 0
            if track.unlike >= UNLIKE_FRAMES:
                self._give_up_body(track, rival if changed else None)

    def _give_up_body(self, track: _Track, owner: _Track | None) -> None:
        """Somebody else's body goes to its owner where he is known and free of it, else to a new number."""
        track.unlike = 0
        if owner is not None and owner.in_view and not owner.unlike:
            return  # he has his own body: both look like him, and nothing is decided
        if owner is None:
            self._newcomers.append(track.body)
            track.in_view = False
            return
        owner.unlike = 0
        track.body, owner.body = owner.body, track.body
        track.before, owner.before = owner.before, track.before
        track.in_view, owner.in_view = owner.in_view, track.in_view

    def _is_covered(self, track: _Track) -> bool:
        """Whether somebody else reaches over his torso, so that its colours may be the other's."""
        others = [body for body in self._bodies if body is not track.body]
        return any(covers_torso(body.detection, track.body.detection) for body in others)

    def _search(self, frame: Frame) -> None:
        """Look for people while fewer are in view than may be, and name those who have come."""
        if len(self._bodies) < self.people:
            self._newcomers += self._found(frame)
        self._newcomers.sort(key=lambda body: -body.detection.box.side)
        waiting = []
        for body, track in self._recognised(frame):
            ready = track is not None or self._is_somebody_else(body, frame)
            if not ready or len(self._seen) >= self.people:
                waiting.append(body)
            elif track is None:
                self._tracks.append(_Track(self._next_number, body, body))
                self._next_number += 1
            else:
                track.body = track.before = body
                track.in_view, track.placeless, track.unlike = True, False, 0
        self._newcomers = waiting
        self._scene_begins = False

    def _is_somebody_else(self, body: Body, frame: Frame) -> bool:
        """Whether a newcomer gets a number: he lasted, or the scene begins with him plainly there.

        One who looks like him whom he overlaps may be a second look at him.
        """
        if self._scene_begins and body.presence >= PLAIN_PRESENCE:
            return True
        look = torso_histogram(frame.image, body.detection.landmarks_px)
        alike = any(
            _known(track.wardrobe.distance(look)) <= SAME_DISTANCE
            for track in self._seen
            if _overlap(track.body, body) > MUCH_OVERLAP
        )
        return body.frames >= CONFIRM_FRAMES and not alike

    def _found(self, frame: Frame) -> list[Body]:
        """People who are not followed yet."""
        size = frame.image.shape[1], frame.image.shape[0]
        missing = [
            track
            for track in self._tracks
            if not track.in_view and frame.time_s - track.body.seen_s < MISSING_S and not track.placeless
        ]
        search = self._plan.next_search(size, frame.time_s, in_view=len(self._seen), missing=len(missing))
        if search is None:
            return []
        found: list[Body] = []
        for tile in search.tiles:
            regions = self._detector.find(frame.image, tile)
            self._add_new(found, regions, tile, frame)
        if search.missing is not None:
            place = missing[search.missing].body.expected_region(frame.time_s)
            self._add_new(found, [place], None, frame)
        return found

    def _add_new(self, found: list[Body], regions: list[Region], tile: Box | None, frame: Frame) -> None:
        """Look at regions where nobody is followed, and add who is there to `found`."""
        size = frame.image.shape[1], frame.image.shape[0]
        known = [*self._bodies, *found]
        new = [region for region in regions if not any(same_region(region, one.region) for one in known)]
        for look in self._detector.look(frame.image, new[: self.people]):
            if look is not None and is_somebody(look, tile, size) and not _is_known(look, known):
                known.append(Body.found(look, frame.time_s))
                found.append(known[-1])

    def _recognised(self, frame: Frame) -> list[tuple[Body, _Track | None]]:
        """Newcomers, each with the lost person who he is, or None: the best pairs of all."""
        lost = [track for track in self._tracks if not track.in_view]
        result: list[tuple[Body, _Track | None]] = []
        costs = np.full((len(self._newcomers), len(lost)), np.inf)
        for row, body in enumerate(self._newcomers):
            look = torso_histogram(frame.image, body.detection.landmarks_px)
            costs[row] = _decided([_unlikeness(track, body, look, frame.time_s) for track in lost])
        rows, columns = linear_sum_assignment(np.minimum(costs, 1e6))
        pairs = {
            row: lost[column]
            for row, column in zip(rows, columns, strict=True)
            if costs[row, column] < np.inf
        }
        for row, body in enumerate(self._newcomers):
            result.append((body, pairs.get(row)))
        return result

    def _remember(self, frame: Frame) -> None:
        """Keep how those in view look, and forget who has been away for long."""
        for track in self._seen:
            if not self._is_covered(track) and not track.unlike:
                points = track.body.detection.landmarks_px
                track.wardrobe.remember(frame.image, points, frame.time_s)
        self._tracks = [
            track for track in self._tracks if track.in_view or frame.time_s - track.body.seen_s <= REMEMBER_S
        ]


def pose_graphs() -> PeopleFinder:
    """mediapipe's graphs, which are made at their first use."""
    # Importing takes 1.7 s and much memory: recordings and their tests do without.
    from str_live.person.graphs import PoseGraphs

    return PoseGraphs()


def _gone_on(body: Body, look: Look | None, frame: Frame) -> Body | None:
    """The body as it is now; None where what was looked at can hardly be the same one."""
    height, width = frame.image.shape[:2]
    if look is None or not believable(look.detection, width, height):
        return None
    elapsed_s = frame.time_s - body.seen_s
    places = body.detection.box, body.expected(frame.time_s)
    near = any(continues(look.detection.box, place, elapsed_s) for place in places)
    return body.moved(look, frame.time_s) if near else None


def is_somebody(look: Look, tile: Box | None, size: tuple[int, int]) -> bool:
    """Whether a find is surely a person, whole enough in the tile that was searched; `size` in pixels."""
    points = look.detection.landmarks_px
    inside = ((points >= 0) & (points < size)).all(axis=-1)
    return (
        (tile is None or look.presence >= PLAIN_PRESENCE)
        and believable(look.detection, *size)
        and float(look.detection.visibility[inside].mean()) >= NEW_VISIBILITY
        and (tile is None or look.detection.box.side <= LARGEST_IN_TILE * tile.side)
    )


def _is_known(look: Look, others: list[Body]) -> bool:
    """Whether a look is of somebody who is followed, or of a part of him."""
    detection = look.detection
    return any(
        same_body(detection, other.detection) or part_of(detection, other.detection) for other in others
    )


def _overlap(one: Body, other: Body) -> float:
    return overlap(one.detection.box, other.detection.box)


def _known(distance: float | None) -> float:
    return UNKNOWN_CLOTHES if distance is None else distance


def _misfit(track: _Track, look: np.ndarray | None) -> float:
    """How badly a body fits a person: by clothes, and by the jump that he would have made."""
    return _known(track.wardrobe.distance(look)) + PLACE_WEIGHT * track.body.jump


def _unlikeness(track: _Track, body: Body, look: np.ndarray | None, time_s: float) -> float:
    """How little a body is like somebody lost; infinite where it cannot be his."""
    clothes = track.wardrobe.distance(look)
    elapsed_s = time_s - track.body.seen_s
    if clothes is None and (track.placeless or elapsed_s > UNSEEN_CLOTHES_S):
        return math.inf
    if _known(clothes) > SAME_DISTANCE:
        return math.inf
    if track.placeless:
        return _known(clothes)
    box, last = body.detection.box, track.body.expected(time_s)
    ratio = box.side / last.side
    distance = math.hypot(box.cx - last.cx, box.cy - last.cy) / last.side
    if not 1 / MAX_SIZE_RATIO <= ratio <= MAX_SIZE_RATIO or distance > REACH + REACH_PER_S * elapsed_s:
        return math.inf
    return _known(clothes) + PLACE_WEIGHT * distance / (1 + elapsed_s)


def _decided(costs: list[float]) -> list[float]:
    """The same, all infinite where the two smallest are too near to each other."""
    smallest = sorted(costs)[:2]
    undecided = len(smallest) == 2 and smallest[1] - smallest[0] < UNDECIDED
    return [math.inf] * len(costs) if undecided else costs


def _person(body: Body, frame: Frame) -> Person:
    detection = body.detection
    return Person(
        box=body.box_smoother(detection.box, frame.time_s),
        landmarks_px=detection.landmarks_px,
        visibility=detection.visibility,
        world_landmarks=detection.world_landmarks,
        mask=detection.mask,
        image_size=(frame.image.shape[1], frame.image.shape[0]),
    )
