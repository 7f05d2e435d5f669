"""The last ten seconds of joint angles, of variant A's body without display smoothing: what is recorded."""

from __future__ import annotations

import numpy as np

from str_live.angle_names import ANGLE_KINDS
from str_live.angle_ranges import AngleRange, RangeCounter, SteadyAngles, ranges_of
from str_live.messages import BodyResult
from str_live.view.rings import TimeRings

ANGLE_UNIT = "degrees"
_STEP = 10.0
_SHORTEST_AXIS = 40.0
"""Degrees: somebody who stands still shall not look as if he trembled."""


class AngleHistory(TimeRings):
    """Curves of degrees by kind of ANGLE_KINDS and side; a gap where nobody is found. One thread."""

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._steady, self._steady_epoch = SteadyAngles(), -1
        self.counted = RangeCounter()
        """Everything since the source was opened, or since `count_anew`."""

    def count_anew(self) -> None:
        """Begin again with `counted`; the curves stay."""
        self.counted = RangeCounter()

    def add(self, result: BodyResult) -> None:
        """Take the angles of a result."""
        self.follow(result.frame)
        if result.frame.epoch != self._steady_epoch:
            self._steady, self._steady_epoch = SteadyAngles(), result.frame.epoch
        values: dict[tuple[str, str], float] = {}
        if result.person_seen and result.measured_bodies:
            angles = self._steady.of(result.measured_bodies[0].rotmat)
            self.counted.add(angles)
            for kind, shown in ANGLE_KINDS.items():
                values |= {(kind, side): angles[name] for side, name in shown.sides.items()}
        self.push(result.frame.time_s, values)

    def ranges(self, kind: str) -> dict[str, AngleRange]:
        """By side, over the last ten seconds."""
        return ranges_of({side: self.curve(kind, side)[1] for side in ANGLE_KINDS[kind].sides})

    def visible_ranges(self) -> dict[str, AngleRange]:
        """By name of JOINT_ANGLES, of all that is shown, over the last ten seconds."""
        return {
            ANGLE_KINDS[kind].sides[side]: one
            for kind in ANGLE_KINDS
            for side, one in self.ranges(kind).items()
        }

    def axis(self, kind: str) -> tuple[float, float]:
        """Degrees from which and to which an axis shows the last ten seconds."""
        ranges = self.ranges(kind).values()
        low = min((each.least for each in ranges), default=0.0)
        high = max((each.greatest for each in ranges), default=_SHORTEST_AXIS)
        missing = max(_SHORTEST_AXIS - (high - low), 0.0) / 2
        return (
            _STEP * float(np.floor((low - missing) / _STEP)),
            _STEP * float(np.ceil((high + missing) / _STEP)),
        )
