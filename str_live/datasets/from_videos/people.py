"""Who is where in a frame. In: Frames. Out: Rows, with the crop's box and 2D joints.

Either mediapipe follows one person, as in the app, or a file tells the boxes of everybody. Boxes are those of
the databases: centre and side before the crop's scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from str_live.datasets.from_videos.boxes import BoxFile
from str_live.datasets.from_videos.films import Film
from str_live.datasets.from_videos.rows import Row
from str_live.datasets.joint_sets import SPIN_49
from str_live.messages import Box, Frame, Person
from str_live.person.crop import CROP_SCALE, cut_crop
from str_live.person.detector import Detection
from str_live.person.left_right import LeftRightGuard
from str_live.person.tracker import SEARCH_SCALE, PersonTracker, continues, keep_only

MEDIAPIPE_IN_OPENPOSE = {
    "op_nose": (0,), "op_neck": (11, 12), "op_middle_hip": (23, 24),
    "op_right_shoulder": (12,), "op_right_elbow": (14,), "op_right_wrist": (16,),
    "op_left_shoulder": (11,), "op_left_elbow": (13,), "op_left_wrist": (15,),
    "op_right_hip": (24,), "op_right_knee": (26,), "op_right_ankle": (28,),
    "op_left_hip": (23,), "op_left_knee": (25,), "op_left_ankle": (27,),
    "op_right_eye": (5,), "op_left_eye": (2,), "op_right_ear": (8,), "op_left_ear": (7,),
    "op_left_big_toe": (31,), "op_left_heel": (29,), "op_right_big_toe": (32,), "op_right_heel": (30,),
}  # fmt: skip
"""OpenPose's joints among the 49 as means of mediapipe's 33 landmarks; it has nothing of the small toes."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person in one frame."""

    who: str
    """Tells the people of one film apart."""
    bbox: np.ndarray
    """(4,) pixels: centre x, y, width and height, both the longer one, before the crop's scale."""
    joints2d: np.ndarray
    """(49, 3) SPIN's order, pixels and confidence; zero where nothing is known."""
    person: Person | None
    """With landmarks; its box is the crop's."""


class Finder(Protocol):
    """Finds the people of a film, frame after frame in order."""

    def find(self, film: Film, frame: Frame) -> list[Sighting]:
        """Everybody in `frame`."""
        ...


class Tracked:
    """mediapipe follows one person, with the app's crop and its guard against swaps of left and right."""

    def __init__(self, tracker: PersonTracker) -> None:
        self._tracker, self._guard = tracker, LeftRightGuard()
        self._epoch: int | None = None

    def find(self, film: Film, frame: Frame) -> list[Sighting]:
        """The followed person, if seen."""
        if frame.epoch != self._epoch:
            self._guard.reset()
            self._epoch = frame.epoch
        person = self._tracker.find(frame)
        if person is None:
            return []
        person = self._guard(person, frame.time_s)
        side = person.box.side / CROP_SCALE
        bbox = np.array([person.box.cx, person.box.cy, side, side])
        return [Sighting("0", bbox, joints_from_landmarks(person), person)]


class Told:
    """Boxes from a file; mediapipe looks for landmarks within them where these are wanted."""

    def __init__(self, boxes: BoxFile, landmarks: LandmarksInBox | None) -> None:
        self._boxes, self._landmarks = boxes, landmarks

    def find(self, film: Film, frame: Frame) -> list[Sighting]:
        """Everybody whom the file knows in this frame (and in whose box landmarks were found, if wanted)."""
        found = []
        for who, bbox in self._boxes.in_frame(film.name, frame.index):
            if self._landmarks is None:
                found.append(Sighting(who, bbox, np.zeros((len(SPIN_49), 3)), None))
                continue
            person = self._landmarks.find(frame.image, bbox, f"{film.name} {who}", frame.time_s)
            if person is not None:
                found.append(Sighting(who, bbox, joints_from_landmarks(person), person))
        return found


class LandmarksInBox:
    """mediapipe on the part of a picture where somebody is known to be."""

    def __init__(self, detector: Any) -> None:
        """`detector` is a person.MediapipePose."""
        self._detector, self._guard, self._track = detector, LeftRightGuard(), ""

    def find(self, image: np.ndarray, bbox: np.ndarray, track: str, time_s: float) -> Person | None:
        """The landmarks of the person in `bbox` (4,); None where nobody like that is seen.

        `track` names the person: mediapipe follows them from frame to frame as long as it stays the same.
        """
        if track != self._track:
            self._detector.reset()
            self._guard.reset()
            self._track = track
        box = crop_box(bbox, CROP_SCALE)
        around = Box(box.cx, box.cy, box.side * SEARCH_SCALE)
        detection: Detection | None = self._detector.detect(keep_only(image, around))
        if detection is None or not continues(detection.box, box, 0.0):
            self._detector.reset()
            return None
        person = Person(
            box=box,
            landmarks_px=detection.landmarks_px,
            visibility=detection.visibility,
            world_landmarks=detection.world_landmarks,
            mask=None,
            image_size=(image.shape[1], image.shape[0]),
        )
        return self._guard(person, time_s)


def rows_of(
    film: Film, finder: Finder, *, crop_scale: float, fps: float, every: int, limit: int | None
) -> Iterator[list[Row]]:
    """The people of each `every`-th frame of a film, of the first `limit` of these where that is given."""
    for count, (name, frame) in enumerate(film.frames(fps)):
        if limit is not None and count >= limit * every:
            return
        if count % every == 0:
            yield (
                []
                if frame is None
                else [_row(frame, name, sighting, crop_scale) for sighting in finder.find(film, frame)]
            )


def _row(frame: Frame, name: str, seen: Sighting, crop_scale: float) -> Row:
    values = {
        "who": seen.who,
        "time_s": frame.time_s,
        "frame_id": frame.index,
        "img_name": name,
        "bbox": seen.bbox,
        "joints2D": seen.joints2d,
    }
    return Row(cut_crop(frame.image, crop_box(seen.bbox, crop_scale)), seen.person, values)


def crop_box(bbox: np.ndarray, scale: float) -> Box:
    """The square that is cut for a database's box (4,)."""
    return Box(float(bbox[0]), float(bbox[1]), float(max(bbox[2], bbox[3])) * scale)


def joints_from_landmarks(person: Person) -> np.ndarray:
    """(49, 3) pixels and confidence of SPIN's joints: OpenPose's, read off mediapipe's landmarks.

    Confidence is the landmarks' visibility, and 0 outside the picture, where mediapipe only guesses.
    """
    assert person.image_size is not None
    joints = np.zeros((len(SPIN_49), 3))
    for name, landmarks in MEDIAPIPE_IN_OPENPOSE.items():
        place, picked = SPIN_49.index(name), list(landmarks)
        x, y = person.landmarks_px[picked].mean(0)
        inside = 0 <= x < person.image_size[0] and 0 <= y < person.image_size[1]
        confidence = float(person.visibility[picked].min())
        joints[place] = (x, y, confidence) if inside and confidence > 0 else 0
    return joints
