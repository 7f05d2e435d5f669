"""What streams and those who use them agree on: the body that is sent, a stream's interface, the error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class StreamError(Exception):
    """A stream cannot start or go on; one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """One person's body at one moment: metres, in the world of exported files (right-handed, y up)."""

    time_s: float
    """The source's clock."""
    person: bool
    """False: nobody is in the picture, the pose is the last one."""
    rotations: np.ndarray
    """(24, 4) float64 unit quaternions (x, y, z, w), local; [0] turns the world."""
    pelvis: np.ndarray
    """(3,) float64: the floor is at y = 0, the person was over the origin when it was first seen."""
    joints: np.ndarray
    """(24, 3) float64, by forward kinematics of the three others."""
    rest: np.ndarray
    """(24, 3) float64: the joints at rest, soles at y = 0. The same array until the shape changes."""
    betas: np.ndarray
    """(10,) float64: the shape of `rest`."""
    number: int = 1
    """Whose body it is."""


class Stream(Protocol):
    """A way out. All is called from one thread; `send` must not wait for a receiver."""

    address: str
    """Where it sends to or listens, for people."""

    def start(self) -> None:
        """Open it; StreamError where that is impossible."""
        ...

    def send(self, body: StreamedBody, others: Sequence[StreamedBody] = ()) -> None:
        """Hand on the newest body, the followed one's, and everybody else's; StreamError where nothing can be
        sent any more.
        """
        ...

    def stop(self) -> None:
        """Close it; may be called twice."""
        ...

    @property
    def receivers(self) -> int | None:
        """How many are listening; None where a stream cannot know."""
        ...
