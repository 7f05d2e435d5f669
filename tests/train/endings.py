"""How runs come to an early end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from str_live.interruption import Interrupted
from str_live.train.loop import Loop


def at(loop: Loop, stage: int, step: int, event: Callable[[], None]) -> Loop:
    """`loop`, in which something happens while that step of that stage is taken."""
    learn = loop.recipe.learn

    def learn_and_more(batch: object, number: int, taken: int) -> dict[str, float]:
        if (number, taken) == (stage, step):
            event()
        return learn(batch, number, taken)

    loop.recipe.learn = learn_and_more
    return loop


def run_until(loop: Loop, stage: int, step: int) -> None:
    """Run, and be told to end while that step is taken."""
    with pytest.raises(Interrupted, match=f"after {step + 1} of {loop.recipe.stages[stage].steps} steps"):
        at(loop, stage, step, lambda: os.kill(os.getpid(), signal.SIGTERM)).run()
