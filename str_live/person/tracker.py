"""Finds one person and stays with them. In: Frame, out: Person or None.

mediapipe's Pose looks for anybody once, then follows the region of its own landmarks. This file adds whom
to follow: a detection counts only where the person was last seen; when it is elsewhere, or nothing is found,
only the neighbourhood of the last box is searched; after `FORGET_S` seconds, sooner for somebody seen only
briefly, anybody is welcome, the largest first. Somebody found again must also wear what the person wore
(clothes.py). All calls from one thread: the inference thread.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from str_live.messages import Box, Frame, Person
from str_live.person.clothes import SAME_DISTANCE, Wardrobe, torso_histogram
from str_live.person.crop import BoxSmoother
from str_live.person.detector import Detection, MediapipePose

FORGET_S = 2.0
"""Seconds without the followed person after which anybody may take their place."""
FORGET_NEW_S = 0.1
"""The same for somebody just found: a false find, common in the dark, must not keep the real person out."""
FORGET_SHARE = 2.0
"""In between, somebody lost is waited for this much longer than they had been followed."""
SEARCH_SCALE = 1.3
"""The searched square relative to the last crop square, which already leaves room around the body."""
SEARCH_GROWTH = 0.4
"""Growth of the searched square per second of loss: people move while they cannot be seen."""
REACH = 0.15
REACH_PER_S = 2.0
"""How far, in sides of the square, a person may have moved since last seen: at once, and more per second."""
MAX_SIZE_RATIO = 1.8
"""A person's square does not grow or shrink by more than this while out of sight."""
MIN_SIDE = 0.05
"""Smallest believable crop square, as a share of the picture's shorter side."""
MIN_POINTS_INSIDE = 8
"""Landmarks within the picture that make a person: a face and a shoulder."""
MAX_CANDIDATES = 3
"""People looked at when choosing the largest."""
TAKEN_AT_ONCE = 0.5
"""A person whose square is this share of the picture's height is taken without looking for others: looking
takes two more runs of the slow detector."""


class Tracker(Protocol):
    """Says who is to be seen in each frame. All calls come from one thread."""

    segmentation: bool
    """Whether persons are to come with their mask; may change at any time."""

    def find(self, frame: Frame) -> Person | None:
        """The followed person in `frame`, the next of its source; None where they are not found."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class PersonTracker:
    """The Tracker that follows one person through the frames of a source.

    `segmentation` adds the person's mask (13 to 25 ms more on a 2 MP picture). `detector` stands in for
    mediapipe in tests: `detect(image) -> Detection | None`, `reset()`, `close()`.
    """

    def __init__(self, *, segmentation: bool = False, detector: Any = None) -> None:
        self._detector = detector or MediapipePose()
        self.segmentation = segmentation
        self._smoother = BoxSmoother()
        self._source: tuple[int, tuple[int, ...]] | None = None
        self._forget()

    def __enter__(self) -> PersonTracker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free mediapipe; the same thread that called `find`."""
        self._detector.close()

    def reset(self) -> None:
        """Forget the person, and let mediapipe look for anybody in the next frame."""
        self._detector.reset()
        self._forget()

    def _forget(self) -> None:
        self._last: Box | None = None
        self._found_s = 0.0
        self._seen_s = 0.0
        self._searching = False
        self.wardrobe = Wardrobe()
        """What the followed person wears."""
        self._smoother.reset()

    def find(self, frame: Frame) -> Person | None:
        """The followed person in `frame`, or None. A new epoch or size, or time running back, resets."""
        source = (frame.epoch, frame.image.shape)
        if self._source is not None and (source != self._source or frame.time_s < self._seen_s):
            self.reset()
        self._source = source
        if self._last is not None and frame.time_s - self._seen_s > self._patience_s():
            self.reset()
        last = self._last
        detection = self._detect_anybody(frame) if last is None else self._detect_same(frame, last)
        if detection is None:
            return None
        if last is None:
            self._found_s = frame.time_s
        self._last, self._seen_s, self._searching = detection.box, frame.time_s, False
        self.wardrobe.remember(frame.image, detection.landmarks_px, frame.time_s)
        return Person(
            box=self._smoother(detection.box, frame.time_s),
            landmarks_px=detection.landmarks_px,
            visibility=detection.visibility,
            world_landmarks=detection.world_landmarks,
            mask=detection.mask,
            image_size=(frame.image.shape[1], frame.image.shape[0]),
        )

    def _patience_s(self) -> float:
        """Seconds for which a person's place is kept: fewer once they are lost, not where frames are rare."""
        if not self._searching:
            return FORGET_S
        return min(FORGET_S, max(FORGET_SHARE * (self._seen_s - self._found_s), FORGET_NEW_S))

    def _detect_same(self, frame: Frame, last: Box) -> Detection | None:
        """The person who was in the last box: tracked, else searched for around that box."""
        lost_s = frame.time_s - self._seen_s
        if not self._searching:
            detection = self._detect(frame.image)
            if detection is not None and continues(detection.box, last, lost_s):
                return detection
        # Whatever mediapipe follows now is not our person.
        self._detector.reset()
        nearby = _scaled(last, SEARCH_SCALE + SEARCH_GROWTH * lost_s)
        detection = self._detect(keep_only(frame.image, nearby))
        if detection is not None and continues(detection.box, last, lost_s):
            self._searching = not self._looks_alike(frame, detection)
        else:
            self._searching = True
        return None if self._searching else detection

    def _looks_alike(self, frame: Frame, detection: Detection) -> bool:
        """Whether somebody found again wears the person's colours; yes where that cannot be seen."""
        distance = self.wardrobe.distance(torso_histogram(frame.image, detection.landmarks_px))
        return distance is None or distance <= SAME_DISTANCE

    def _detect_anybody(self, frame: Frame) -> Detection | None:
        """The first person where they are large, else the largest of up to `MAX_CANDIDATES`."""
        found: list[Detection] = []
        image = frame.image
        while len(found) < MAX_CANDIDATES:
            detection = self._detect(image)
            if detection is None or any(overlap(detection.box, other.box) > 0.5 for other in found):
                break
            if not found and detection.box.side >= TAKEN_AT_ONCE * image.shape[0]:
                return detection
            found.append(detection)
            image = blank_out(image, detection.box)
            self._detector.reset()
        if not found:
            return None
        largest = max(found, key=lambda detection: detection.box.side)
        # Start mediapipe's own tracking on the chosen one.
        self._detector.reset()
        again = self._detect(keep_only(frame.image, _scaled(largest.box, SEARCH_SCALE)))
        return again if again is not None and continues(again.box, largest.box, 0.0) else largest

    def _detect(self, image: np.ndarray) -> Detection | None:
        """One run of mediapipe; None for what can hardly be a person."""
        self._detector.segmentation = self.segmentation
        detection = self._detector.detect(image)
        height, width = image.shape[:2]
        return detection if detection is not None and believable(detection, width, height) else None


def believable(detection: Detection, width: int, height: int) -> bool:
    """Whether a detection is large enough, and enough of it lies within the picture, to be a person."""
    inside = ((detection.landmarks_px >= 0) & (detection.landmarks_px < [width, height])).all(axis=-1)
    return inside.sum() >= MIN_POINTS_INSIDE and detection.box.side >= MIN_SIDE * min(width, height)


def continues(box: Box, last: Box, elapsed_s: float) -> bool:
    """Whether a detection's square may be the last one, `elapsed_s` seconds later."""
    ratio = box.side / last.side
    distance = math.hypot(box.cx - last.cx, box.cy - last.cy) / last.side
    near = distance <= min(REACH + REACH_PER_S * elapsed_s, 1.0)
    return near and 1 / MAX_SIZE_RATIO <= ratio <= MAX_SIZE_RATIO


def _scaled(box: Box, scale: float) -> Box:
    """The square about the same centre with `scale` times the side."""
    return Box(box.cx, box.cy, box.side * scale)


def overlap(first: Box, second: Box) -> float:
    """Intersection over union of two squares."""
    sides = []
    for a, b in ((first.cx, second.cx), (first.cy, second.cy)):
        low = max(a - first.side / 2, b - second.side / 2)
        high = min(a + first.side / 2, b + second.side / 2)
        sides.append(max(high - low, 0.0))
    shared = sides[0] * sides[1]
    return shared / (first.side**2 + second.side**2 - shared)


def keep_only(image: np.ndarray, box: Box) -> np.ndarray:
    """A copy of the picture that is black outside `box`.

    Blackening instead of cutting keeps pixel coordinates, so mediapipe goes on tracking in the whole picture.
    """
    rows, columns = _rows_columns(image, box)
    result = np.zeros_like(image)
    result[rows, columns] = image[rows, columns]
    return result


def blank_out(image: np.ndarray, box: Box) -> np.ndarray:
    """A copy of the picture that is black within `box`."""
    result = image.copy()
    result[_rows_columns(image, box)] = 0
    return result


def _rows_columns(image: np.ndarray, box: Box) -> tuple[slice, slice]:
    """The part of a square that lies within the picture."""
    height, width = image.shape[:2]
    rows = slice(max(int(box.cy - box.side / 2), 0), min(max(int(box.cy + box.side / 2), 0), height))
    columns = slice(max(int(box.cx - box.side / 2), 0), min(max(int(box.cx + box.side / 2), 0), width))
    return rows, columns
