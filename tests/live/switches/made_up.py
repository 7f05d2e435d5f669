"""Results with alternatives whose figures can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from str_live.live.switches.cases import WHOLE
from str_live.messages import AlternativeBodies, BodyResult, BodyTruth, Frame
from str_live.settings import NetworkSettings

NETWORKS = (WHOLE, WHOLE.without("ttr"), WHOLE.without("self"))
JOINTS = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
"""Metres; what the whole network predicts, standing still."""


def moved(distance_m: float) -> np.ndarray:
    """(24, 3): all joints but the pelvis so far to the right."""
    joints = JOINTS.copy()
    joints[1:, 0] += distance_m
    return joints


def result(
    index: int,
    bodies: Sequence[np.ndarray] | None,
    *,
    truth: np.ndarray | None = JOINTS,
    number: int = 0,
    networks: tuple[NetworkSettings, ...] = NETWORKS,
    **changes: object,
) -> BodyResult:
    """Frame `index` at 30 a second; `bodies`: of each network (24, 3) metres, None: nobody was found."""
    known = None if truth is None else BodyTruth(truth)
    alternatives = None
    if bodies is not None:
        alternatives = AlternativeBodies(networks, np.stack(bodies), tuple({} for _ in bodies), {})
    frame = Frame(np.zeros((48, 64, 3), np.uint8), index, index / 30, 0, 0, known)
    fields = {"person": None, "bodies": (), "box": None, "held_s": 0.0, "crops": (), "lookahead": 2}
    fields |= {"stages_ms": {}, "acceleration": None, "attention": {}}
    return BodyResult(frame=frame, **{**fields, "number": number, "alternatives": alternatives, **changes})
