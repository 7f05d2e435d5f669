"""From the frames' results to bodies in a world with a floor, as they come.

In: BodyResult, one after another. Out: StreamedBody. As export/floor.py, but with the past only: the depth is
filtered, and the floor is where the lower sole was when it was low, over the last seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from str_live.body.skinning import Body
from str_live.export.kinematics import joint_positions, matrices_from_quaternions, quaternions_from_matrices
from str_live.export.making import WORLD_FROM_CAMERA, shape_of
from str_live.messages import BodyPose, BodyResult
from str_live.one_euro import OneEuro
from str_live.record.rows import rotmat_in_camera
from str_live.skeleton import PARENTS
from str_live.stream.contract import StreamedBody

FLOOR_S = 10.0
"""How long a sole's height is remembered."""
FLOOR_PERCENTILE = 5.0
"""Of these heights: where the floor is."""
TOES = (10, 11)
DEPTH_FILTER = (0.3, 0.5)
"""OneEuro's cut-off at rest, hertz, and how much it opens per metre a second: depth jitters most."""
_SHAPE_STEP = 0.05
"""By how much a mean coefficient has to move before the bones' lengths are computed anew."""


@dataclass(slots=True)
class Origin:
    """Where the world of several people has its origin."""

    start: np.ndarray | None = None
    """(3,) metres: the first pelvis of whoever came first; None before."""


class PeoplePlacing:
    """Everybody in one world, at their places relative to each other, each with his soles on the floor.

    Not thread-safe.
    """

    def __init__(self, body: Body) -> None:
        self._body = body
        self._epoch: int | None = None
        self._origin = Origin()
        self._placings: dict[int, Placing] = {}

    def place(self, result: BodyResult) -> tuple[StreamedBody, tuple[StreamedBody, ...]] | None:
        """The followed one's body, and everybody else's by number; None before the first person."""
        if result.frame.epoch != self._epoch:
            self._epoch, self._origin, self._placings = result.frame.epoch, Origin(), {}
        numbers = sorted(result.numbers, key=lambda number: (number != result.number, number))
        self._placings = {number: self._of(number) for number in numbers}
        placed = [placing.place(result.of(number)) for number, placing in self._placings.items()]
        if not placed or placed[0] is None:
            return None
        return placed[0], tuple(one for one in placed[1:] if one is not None)

    def _of(self, number: int) -> Placing:
        known = self._placings.get(number)
        return Placing(self._body, self._origin) if known is None else known


class Placing:
    """What one person's stream remembers of the frames so far. Not thread-safe."""

    def __init__(self, body: Body, origin: Origin | None = None) -> None:
        """`origin`: shared by people who are to stand at their places relative to each other."""
        self._body = body
        self._epoch: int | None = None
        self._origin = origin or Origin()
        self._reset()

    def _reset(self) -> None:
        self._depth = OneEuro(*DEPTH_FILTER)
        self._soles: deque[tuple[float, float]] = deque()  # time, metres
        self._betas_sum, self._shapes = np.zeros(10), 0
        self._betas: np.ndarray | None = None
        self._rest = np.zeros((len(PARENTS), 3))

    def place(self, result: BodyResult) -> StreamedBody | None:
        """The body of variant A as it is displayed; None before the first person.

        A new epoch of the source (another film, a rewind) starts anew.
        """
        if not result.bodies or result.box is None:
            return None
        if result.frame.epoch != self._epoch:
            if self._epoch is not None:
                self._origin.start = None
            self._epoch = result.frame.epoch
            self._reset()
        pose, time_s = result.bodies[0], result.frame.time_s
        if result.person_seen or self._betas is None:
            self._learn_shape(pose)
        height, width = result.frame.image.shape[:2]
        rotmat = rotmat_in_camera(pose, result.box, width, height).astype(np.float64)
        rotmat[0] = WORLD_FROM_CAMERA @ rotmat[0]
        rotations = quaternions_from_matrices(rotmat[None])[0]
        pelvis = WORLD_FROM_CAMERA @ self._steady(pose.joints_cam[0].astype(np.float64), time_s)
        joints = self._joints(rotations, pelvis)
        if result.person_seen:
            self._learn_floor(joints, time_s)
        shift = self._shift(pelvis)
        assert self._betas is not None
        return StreamedBody(
            time_s=time_s,
            person=result.person_seen,
            rotations=rotations,
            pelvis=pelvis + shift,
            joints=joints + shift,
            rest=self._rest,
            betas=self._betas,
            number=result.number or 1,
        )

    def _learn_shape(self, pose: BodyPose) -> None:
        """The mean shape so far: bones keep their lengths."""
        self._shapes += 1
        self._betas_sum = self._betas_sum + pose.betas
        mean = self._betas_sum / self._shapes
        if self._betas is not None and np.abs(mean - self._betas).max() < _SHAPE_STEP:
            return
        self._betas = mean
        shape = shape_of(self._body, mean)
        pelvis, sole = shape.joints[0], shape.vertices[:, 1].min()
        self._rest = shape.joints - [pelvis[0], sole, pelvis[2]]

    def _steady(self, pelvis: np.ndarray, time_s: float) -> np.ndarray:
        """(3,) metres in the camera's frame, its distance filtered along its ray."""
        depth = float(self._depth(pelvis[2:], time_s)[0])
        return pelvis * (depth / pelvis[2]) if pelvis[2] > 0 and depth > 0 else pelvis

    def _joints(self, rotations: np.ndarray, pelvis: np.ndarray) -> np.ndarray:
        """(24, 3) metres."""
        world = matrices_from_quaternions(rotations)
        for joint, parent in enumerate(PARENTS):
            if parent >= 0:
                world[joint] = world[parent] @ world[joint]
        return joint_positions(world[None], self._rest, PARENTS, pelvis[None, None])[0]

    def _learn_floor(self, joints: np.ndarray, time_s: float) -> None:
        """Remember how high the lower sole is over the camera."""
        self._soles.append((time_s, float((joints[TOES, 1] - self._rest[TOES, 1]).min())))
        while self._soles[0][0] < time_s - FLOOR_S:
            self._soles.popleft()

    def _shift(self, pelvis: np.ndarray) -> np.ndarray:
        """(3,) metres that bring the floor to y = 0 and the first pelvis over the origin."""
        floor = np.percentile([height for _, height in self._soles], FLOOR_PERCENTILE) if self._soles else 0.0
        if self._origin.start is None:
            self._origin.start = pelvis
        return np.array([-self._origin.start[0], -floor, -self._origin.start[2]])
