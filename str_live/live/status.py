"""The status of a running session, in nested records that their owners fill. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from str_live.camera.status import SourceStatus
from str_live.messages import AccelerationMeans, NetworkInfo
from str_live.stream.status import SenderStatus


@dataclass(frozen=True, slots=True)
class InferenceStatus:
    """Of the inference thread, replaced as a whole a few times a second: any thread may read it."""

    loading: bool = True
    """Whether network or body are being loaded."""
    tick_fps: float = 0.0
    """Frames a second through the network."""
    stages_ms: dict[str, float] = field(default_factory=dict)
    """Median milliseconds by stage."""
    network: NetworkInfo | None = None
    """The one in use: where another failed to load, still the old one. None while there is none."""
    missing_networks: dict[str, str] = field(default_factory=dict)
    """Temporal networks without weights, each with the reason in a sentence; {} while nothing is loaded."""
    body_name: str = ""
    mesh: tuple[np.ndarray, np.ndarray] | None = None
    """(F, 3) int32 faces and (V,) the joint that moves each vertex most, of the body in use."""
    acceleration: AccelerationMeans = field(default_factory=lambda: AccelerationMeans({}, {}, 0))
    """Over the last ten seconds."""
    acceleration_reason: str = ""
    """Why there are no acceleration figures; '' mostly."""


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """Of a recording or film that is being written."""

    path: Path
    written: int
    """Frames."""
    dropped: int
    """Frames that writing was too slow for."""


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """Of the whole session, for the status bar and the panels."""

    source: SourceStatus
    inference: InferenceStatus
    frames_dropped: int
    """Frames overwritten by newer ones before the network was free for them."""
    recording: WriterStatus | None
    film: WriterStatus | None
    streams: tuple[SenderStatus, ...]
    found_bodies: dict[str, str]
    """SMPL files in assets/: path by label."""
    unavailable_front_ends: dict[str, str]
    """Front ends that cannot be chosen, each with the reason in a sentence."""
