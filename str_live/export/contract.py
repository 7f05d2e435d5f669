"""What exporters and those who call them agree on: the options, the registry's entry, the error."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from str_live.export.lens import Lens
    from str_live.export.take import Take

FLOORS = ("none", "level", "lock")
FILTERS = ("none", "butterworth", "one-euro")
MESHES = ("free", "none", "any")
UNITS = {"cm": 100.0, "m": 1.0, "mm": 1000.0}
"""Name of a unit of length -> how many of it make a metre."""


class ExportError(Exception):
    """Nothing can be written; one sentence with the reason and a remedy."""


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A low-pass that goes over the take forwards and backwards, so that nothing is delayed."""

    kind: str = "none"
    """One of FILTERS."""
    cutoff_hz: float = 6.0
    """Butterworth: what lies above is taken out. One-Euro: the cut-off at rest; it opens with speed."""
    strength: float = 1.0
    """0 leaves the recording as it is, 1 filters it whole, between them lies a mixture."""


@dataclass(frozen=True, slots=True)
class TakeOptions:
    """How a take is made of a recording."""

    fps: float | None = None
    """Frames a second; None: the recording's own, a whole number where its times are uneven."""
    trim_s: tuple[float, float] = (0.0, float("inf"))
    """From and to, seconds after the recording's first frame."""
    floor: str = "level"
    """One of FLOORS."""
    in_place: bool = False
    """The pelvis stays over the origin."""
    smoothing: Smoothing = Smoothing()
    height_m: float | None = None
    """The person's height; None: the body's own."""
    lens: Lens | None = None
    """The camera, where it is known; None: its focal length is guessed as the picture's diagonal."""
    mesh: str = "free"
    """One of MESHES: the free body's mesh goes out, or none, or also that of a licensed body."""


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """How a take is written."""

    names: str = "smpl"
    """One of names.NAMES: what the bones are called."""
    unit: str = ""
    """One of UNITS for the formats that leave the choice (BVH, TRC); '': the one that most readers expect."""
    t_pose_first: bool = False
    """The first frame is the rest pose."""
    root_bone: bool = False
    """A bone on the floor carries the way; the pelvis hangs from it."""
    markers: str = "smpl"
    """One of trc.MARKERS: what the joint centres are called in TRC and C3D."""


Write = Callable[["Take", Path, FormatOptions], None]


@dataclass(frozen=True, slots=True)
class Exporter:
    """One line of the registry."""

    write: Write
    """Writes a whole file; raises OSError or ExportError."""
    title: str
    purpose: str
    """'animate', 'measure' or 'show'."""
    module: str = ""
    """Of a library that it needs beside our own dependencies."""
    install: str = ""
    """The line that installs it."""

    @property
    def missing(self) -> str:
        """What has to be run before this format can be written; '' where nothing is missing."""
        if not self.module or importlib.util.find_spec(self.module) is not None:
            return ""
        return self.install
