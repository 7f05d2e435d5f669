"""Results with alternatives whose figures can be worked out by hand; and a short film of a person."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from str_live.camera import frames, open_source
from str_live.live.switches.cases import WHOLE
from str_live.messages import AlternativeBodies, BodyResult, BodyTruth, Frame
from str_live.settings import NetworkSettings, Settings, SourceSettings

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


def short_film(folder: Path, count: int) -> Settings:
    """The first pictures of the built-in clip, written into a folder, as the source; the default network."""
    clip = open_source(SourceSettings(spec="clip", loop=False, realtime=False))
    for frame in islice(frames(clip), count):
        cv2.imwrite(str(folder / f"{frame.index:03d}.png"), frame.image)
    return Settings(source=SourceSettings(spec=str(folder)), front_end="landmarks")
