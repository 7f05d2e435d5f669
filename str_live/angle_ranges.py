"""How far joints go: least, greatest, range of motion and mean of their angles, of a take or live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from str_live.angle_names import ANGLE_KINDS, JOINT_ANGLES
from str_live.joint_angles import joint_angles


@dataclass(frozen=True, slots=True)
class AngleRange:
    """Of one angle, degrees."""

    least: float
    greatest: float
    mean: float

    @property
    def motion(self) -> float:
        """The range of motion: from the least to the greatest."""
        return self.greatest - self.least


class SteadyAngles:
    """The angles of one picture after the other, without whole turns between them. One thread."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None

    def of(self, rotations: np.ndarray) -> dict[str, float]:
        """(24, 3, 3) local rotations -> degrees by name of JOINT_ANGLES."""
        values = np.array([column[0] for column in joint_angles(rotations[None]).values()])
        if self._last is not None:
            values += 360 * np.round((self._last - values) / 360)
        self._last = values
        return dict(zip(JOINT_ANGLES, values.tolist(), strict=True))


class RangeCounter:
    """Counts ranges picture by picture, in no more memory however long it goes on. One thread."""

    def __init__(self) -> None:
        self._low = np.full(len(JOINT_ANGLES), np.inf)
        self._high = np.full(len(JOINT_ANGLES), -np.inf)
        self._sum = np.zeros(len(JOINT_ANGLES))
        self._count = 0

    def add(self, angles: Mapping[str, float]) -> None:
        """Count a picture: degrees by name of JOINT_ANGLES, as SteadyAngles gives them."""
        values = np.array([angles[name] for name in JOINT_ANGLES])
        self._low, self._high = np.minimum(self._low, values), np.maximum(self._high, values)
        self._sum += values
        self._count += 1

    def ranges(self) -> dict[str, AngleRange]:
        """By name of JOINT_ANGLES; empty before the first picture."""
        if not self._count:
            return {}
        columns = zip(self._low, self._high, self._sum / self._count, strict=True)
        return {
            name: AngleRange(*map(float, values)) for name, values in zip(JOINT_ANGLES, columns, strict=True)
        }


def ranges_of(angles: Mapping[str, np.ndarray]) -> dict[str, AngleRange]:
    """Name -> (N,) degrees, not a number where nobody was seen -> the range of each that has values."""
    finite = {name: values[np.isfinite(values)] for name, values in angles.items()}
    return {
        name: AngleRange(float(values.min()), float(values.max()), float(values.mean()))
        for name, values in finite.items()
        if len(values)
    }


def rows(ranges: Mapping[str, AngleRange]) -> Iterator[tuple[str, str, AngleRange]]:
    """Kind of ANGLE_KINDS, side and range, in the order in which tables show them."""
    for kind, shown in ANGLE_KINDS.items():
        for side, name in shown.sides.items():
            if name in ranges:
                yield kind, side, ranges[name]


def as_figures(ranges: Mapping[str, AngleRange]) -> dict[str, dict[str, dict[str, float]]]:
    """Kind -> side -> min, max, range and mean, degrees, ready for JSON."""
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for kind, side, one in rows(ranges):
        values = {"min": one.least, "max": one.greatest, "range": one.motion, "mean": one.mean}
        figures.setdefault(kind, {})[side] = {name: round(value, 1) for name, value in values.items()}
    return figures


def as_table(ranges: Mapping[str, AngleRange]) -> str:
    """Lines of text, degrees, for people."""
    lines = [f"{'degrees':20} {'':7}{'min':>8}{'max':>8}{'range':>8}{'mean':>8}"]
    for kind, side, one in rows(ranges):
        title = ANGLE_KINDS[kind].title
        values = "".join(f"{value:8.1f}" for value in (one.least, one.greatest, one.motion, one.mean))
        lines.append(f"{title:20} {'' if side == 'middle' else side:7}{values}")
    return "\n".join(lines)
