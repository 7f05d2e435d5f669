"""Repairs mediapipe's swaps of left and right. In: Person as detected, out: Person with steady sides.

mediapipe exchanges left and right for whole runs of frames on unusual views. Without its landmark smoothing
such a swap is one jump from a frame to the next, and the exchanged landmarks fit the last frame better. Whole
body first, then arms and legs by themselves. A swap in the very first frame cannot be seen: while a person is
new to the guard, the sides that were seen for much longer win.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from str_live.messages import Person

PAIRS = [(1, 4), (2, 5), (3, 6), (7, 8), (9, 10), *((left, left + 1) for left in range(11, 33, 2))]
"""Landmarks of mediapipe, left and right."""
SWAPPED_INDEX = np.arange(33)
for _left, _right in PAIRS:
    SWAPPED_INDEX[[_left, _right]] = _right, _left
"""(33,) for every landmark of mediapipe the same one of the other side."""
WHOLE = slice(0, 33)
ARMS = slice(11, 23)
LEGS = slice(23, 33)

RATIO = 0.6
"""Exchanged landmarks must be nearer to the last ones by this factor; 0.5 to 0.9 give nearly the same."""
MIN_JUMP = 0.03
"""Share of the body's extent that the landmarks must have jumped before anything is suspected."""
WAY_BACK_S = 3.0
"""Seconds of standing disagreement after which mediapipe is believed: the guard may have started wrong."""
WAY_BACK_SHARE = 2 / 3
"""The same as a share of the person's time in view: a wrong start is worth no more than what follows it."""
SHORT_RUN_S = 0.3
"""Disagreement that is never enough: short swaps come at any time."""
STALE_S = 0.5
"""Seconds after which the last landmarks are too old to compare with."""


class LeftRightGuard:
    """Carries the last accepted landmarks of one person and undoes swaps against them."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the person (another source, a lost track)."""
        self._last_px: np.ndarray | None = None
        self._start_s = 0.0
        self._time_s = 0.0
        self._against_s = {"head": 0.0, "arms": 0.0, "legs": 0.0}

    def __call__(self, person: Person, time_s: float) -> Person:
        """The person of the frame at `time_s` seconds, with left and right as in the frames before."""
        step = time_s - self._time_s
        if self._last_px is None or not 0 <= step <= STALE_S:
            self.reset()
            self._start_s = time_s
            order = np.arange(33)
        else:
            order = self._way_back(repaired_order(person.landmarks_px, self._last_px), step)
        self._time_s = time_s
        self._last_px = person.landmarks_px[order]
        if (order == np.arange(33)).all():
            return person
        return replace(
            person,
            landmarks_px=self._last_px,
            visibility=person.visibility[order],
            world_landmarks=person.world_landmarks[order],
        )

    def _way_back(self, order: np.ndarray, step: float) -> np.ndarray:
        """Counts for how long each part was exchanged, and gives in where that lasts.

        Time with and time without a repair weigh the same, so runs of swaps shorter than the steady time
        between them never add up.
        """
        in_view_s = self._time_s + step - self._start_s
        limit_s = min(WAY_BACK_S, max(WAY_BACK_SHARE * in_view_s, SHORT_RUN_S))
        parts = {"head": slice(0, 11), "arms": ARMS, "legs": LEGS}
        result = order.copy()
        for name, part in parts.items():
            exchanged = order[part][-1] != np.arange(33)[part][-1]
            self._against_s[name] = max(self._against_s[name] + (step if exchanged else -step), 0.0)
            if self._against_s[name] > limit_s:
                result[part] = np.arange(33)[part]
                self._against_s[name] = 0.0
        return result


def repaired_order(landmarks_px: np.ndarray, last_px: np.ndarray) -> np.ndarray:
    """(33, 2) new and last accepted landmarks -> (33,) index that gives the new ones the last one's sides."""
    order, distance = np.arange(33), _distances(landmarks_px, last_px)
    least = MIN_JUMP * float((last_px.max(axis=0) - last_px.min(axis=0)).max())
    if all(_mean(distance[part]) <= least for part in (WHOLE, ARMS, LEGS)):
        return order
    others, other_distance = SWAPPED_INDEX.copy(), _distances(landmarks_px[SWAPPED_INDEX], last_px)
    for part in (WHOLE, ARMS, LEGS):
        # The whole body is exchanged only where arms and legs agree: wide arms would outvote the legs.
        witnesses = (ARMS, LEGS) if part is WHOLE else (part,)
        jump = _mean(distance[part])
        better = all(_mean(other_distance[witness]) < _mean(distance[witness]) for witness in witnesses)
        if jump > least and better and _mean(other_distance[part]) < RATIO * jump:
            order[part], others[part] = others[part], order[part].copy()
            distance[part], other_distance[part] = other_distance[part], distance[part].copy()
    return order


def _distances(landmarks_px: np.ndarray, last_px: np.ndarray) -> np.ndarray:
    """(33,) pixels between the landmarks of each."""
    return np.linalg.norm(landmarks_px - last_px, axis=-1)


def _mean(distances: np.ndarray) -> float:
    return float(distances.mean())
