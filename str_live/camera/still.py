"""A single picture that is played on and on: the same epoch, a few times a second, no core at full speed."""

from __future__ import annotations

import time
from dataclasses import replace

from str_live.messages import Frame

STILL_FPS = 10
"""How often a still picture is given again."""


class Still:
    """Gives a frame again and again, each time a tenth of a second later. One thread."""

    def __init__(self, frame: Frame) -> None:
        """`frame` was given just now."""
        self._frame = frame
        self._again = 0
        self._due_s = time.perf_counter()

    def read(self) -> Frame:
        """Waits until it is time; the next frame is of the same index and epoch."""
        self._again += 1
        self._due_s = max(self._due_s + 1 / STILL_FPS, time.perf_counter())
        time.sleep(max(0.0, self._due_s - time.perf_counter()))
        later_s = self._frame.time_s + self._again / STILL_FPS
        return replace(self._frame, time_s=later_s, captured_ns=time.perf_counter_ns())
