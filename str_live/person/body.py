"""One body in view: where it is, where it was going, and whether two looks are of one body."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from str_live.messages import Box
from str_live.person.clothes import TORSO
from str_live.person.crop import BoxSmoother
from str_live.person.detector import Detection
from str_live.person.regions import Look, Region, RegionSmoother
from str_live.skeleton import LIMB_LANDMARKS

SAME_BODY = 0.15
"""Mean distance of limb landmarks, in extents of the body, below which two looks are of one body."""
MUCH_SMALLER = 0.75
"""Ratio of sides below which a find within another body is a part of it, not somebody before or behind it."""
SAME_PLACE, SAME_SIZE = 0.1, 1.4
"""Distance of two regions' centres, in sides, and ratio of their sides, up to which they are of one body."""
HIPS = [23, 24]
SEEN_HIPS = 0.5
"""Mean visibility of the hips below which they are guesses, as of somebody behind a desk."""
FOUND_PLACE, FOUND_SIZE = 0.35, 2.0
"""The same for a region that is found anew, where the last one stood on guesses."""
SPEED_MEMORY_S = 0.15
"""Time constant of the remembered speed."""
GUESSED_S = 0.5
"""Seconds for which somebody out of sight is expected to go on as he went."""


@dataclass(frozen=True, slots=True)
class Body:
    """What was seen of one body in its last frame."""

    detection: Detection
    region: Region
    """Where to look for it in the next frame."""
    seen_s: float
    velocity: np.ndarray
    """(2,) pixels a second."""
    jump: float
    """How far it was from where it was expected, in sides of its square."""
    presence: float
    """The landmark model's belief in it when it was found."""
    frames: int
    """In how many frames in a row it was seen."""
    region_smoother: RegionSmoother
    box_smoother: BoxSmoother

    @classmethod
    def found(cls, look: Look, time_s: float) -> Body:
        """A body that nobody followed so far."""
        smoother = RegionSmoother()
        region = smoother(look.circle_px, time_s)
        return cls(
            look.detection, region, time_s, np.zeros(2), 0.0, look.presence, 1, smoother, BoxSmoother()
        )

    def moved(self, look: Look, time_s: float) -> Body:
        """The same body as it was seen at `time_s`."""
        box, last, expected = look.detection.box, self.detection.box, self.expected(time_s)
        step = time_s - self.seen_s
        velocity = self.velocity
        if step > 0:
            newest = np.array([box.cx - last.cx, box.cy - last.cy]) / step
            velocity = velocity + (newest - velocity) * min(step / (step + SPEED_MEMORY_S), 1.0)
        return replace(
            self,
            detection=look.detection,
            region=self.region_smoother(look.circle_px, time_s),
            seen_s=time_s,
            velocity=velocity,
            jump=math.hypot(box.cx - expected.cx, box.cy - expected.cy) / last.side,
            frames=self.frames + 1,
        )

    def expected(self, time_s: float) -> Box:
        """Its square at `time_s`, if it went on as it did."""
        x, y = self._way(time_s)
        box = self.detection.box
        return Box(box.cx + x, box.cy + y, box.side)

    def expected_region(self, time_s: float) -> Region:
        """The same for where to look for it."""
        x, y = self._way(time_s)
        return replace(self.region, cx=self.region.cx + x, cy=self.region.cy + y)

    @property
    def stands_on_seen_hips(self) -> bool:
        """Whether the region stands on hips that were seen: guessed ones wander to the next person."""
        return float(self.detection.visibility[HIPS].mean()) >= SEEN_HIPS

    def _way(self, time_s: float) -> list[float]:
        return (self.velocity * min(time_s - self.seen_s, GUESSED_S)).tolist()


def same_body(one: Detection, other: Detection) -> bool:
    """Whether two looks into one frame are of one body."""
    first, second = one.landmarks_px[LIMB_LANDMARKS], other.landmarks_px[LIMB_LANDMARKS]
    extent = max(float(np.ptp(first, axis=0).max()), float(np.ptp(second, axis=0).max()))
    return float(np.linalg.norm(first - second, axis=-1).mean()) < SAME_BODY * extent


def part_of(detection: Detection, whole: Detection) -> bool:
    """Whether a look is a part of a larger body taken for somebody: a tile or an arm's shape misleads."""
    hull = cv2.convexHull(whole.landmarks_px[LIMB_LANDMARKS].astype(np.float32))
    x, y = detection.landmarks_px[TORSO].mean(axis=0).tolist()
    smaller = detection.box.side < MUCH_SMALLER * whole.box.side
    return smaller and cv2.pointPolygonTest(hull, (x, y), measureDist=False) >= 0


def same_region(one: Region, other: Region) -> bool:
    """Whether somebody in one region is he who is looked at in the other."""
    return _is_near(one, other, SAME_PLACE, SAME_SIZE)


def nearest_region(last: Region, found: list[Region]) -> Region:
    """Of regions found anew the one that goes on with the last; the last where none does."""
    near = [region for region in found if _is_near(region, last, FOUND_PLACE, FOUND_SIZE)]
    return min(near, key=lambda region: math.hypot(region.cx - last.cx, region.cy - last.cy), default=last)


def _is_near(one: Region, other: Region, place: float, size: float) -> bool:
    """Whether centres are within `place` sides of the other, and the sides' ratio within `size`."""
    near = math.hypot(one.cx - other.cx, one.cy - other.cy) <= place * other.side
    return near and 1 / size <= one.side / other.side <= size


def covers_torso(detection: Detection, other: Detection) -> bool:
    """Whether `detection` reaches over the torso of `other`, whose colours may then be the former's."""
    torso = other.landmarks_px[TORSO]
    limbs = detection.landmarks_px[LIMB_LANDMARKS]
    apart = (limbs.max(axis=0) < torso.min(axis=0)) | (limbs.min(axis=0) > torso.max(axis=0))
    return not bool(apart.any())
