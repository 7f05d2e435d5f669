"""Fits the work to the time there is. In: what ticks took, out: how many people, when the detector begins.

A person costs one run of the landmark model in the detector's half of a tick, and little more in the
network's half. Both halves run at once, so that the slower one decides. All of it is measured.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from str_live.settings import MOST_PEOPLE

FRAME_MS = 1000 / 30
"""Between two pictures of a usual camera."""
WARM_UP_TICKS = 5
"""With a person, that do not count: libraries set themselves up."""
MEASURED_TICKS = 20
EACH_MORE = 0.35
"""What each more person adds at most to the network's half, as a share of one's (docs/people.md)."""

RECENT_TICKS = 15
SLACK_MS = 3.0
"""By which a frame may wait for the network rather than the network for it."""


class Pace:
    """Measures the first ticks with one person, and decides once."""

    def __init__(self) -> None:
        self.people = 1
        """How many to follow."""
        self.reason = ""
        """One sentence for people; '' while it is not decided."""
        self._detector_ms: list[float] = []
        self._network_ms: list[float] = []

    def note(self, detector_ms: float, network_ms: float) -> bool:
        """What the halves of a tick with one person took, milliseconds; whether that decides it."""
        if self.reason:
            return False
        self._detector_ms.append(detector_ms)
        self._network_ms.append(network_ms)
        if len(self._detector_ms) < WARM_UP_TICKS + MEASURED_TICKS:
            return False
        detector, network = (median(ms[WARM_UP_TICKS:]) for ms in (self._detector_ms, self._network_ms))
        self.people = people_in_time(detector, network)
        who = "One person is" if self.people == 1 else f"Up to {self.people} people are"
        share = f"{detector:.0f} of the {FRAME_MS:.0f} ms between two pictures"
        self.reason = f"{who} followed: finding each takes {share}."
        return True


def people_in_time(detector_ms: float, network_ms: float) -> int:
    """How many people both halves get through between two pictures, from what one costs; at least 1."""
    return max(
        (
            count
            for count in range(1, MOST_PEOPLE + 1)
            if count * detector_ms <= FRAME_MS and network_ms * (1 + EACH_MORE * (count - 1)) <= FRAME_MS
        ),
        default=1,
    )


class HeadStart:
    """For how long the network is ahead before the detector takes the newest picture.

    Where the network's half is the slower one, a picture that the detector took at once would grow old
    between the halves.
    """

    def __init__(self) -> None:
        self._network_longer_ms: deque[float] = deque(maxlen=RECENT_TICKS)

    def note(self, detector_ms: float, network_ms: float) -> None:
        """What the halves of a tick took, milliseconds."""
        self._network_longer_ms.append(network_ms - detector_ms)

    @property
    def seconds(self) -> float:
        """To wait from the beginning of the network's half; 0 where the detector is the slower one."""
        if not self._network_longer_ms:
            return 0.0
        return max(median(self._network_longer_ms) - SLACK_MS, 0.0) / 1e3
