"""How much a picture may cost: full quality on a graphics card, quick drawing where the processor draws.

In: the driver's name and how long paints take. Out: the Quality that a Renderer is made with.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software", "gdi generic", "basic render")
"""Parts of GL_RENDERER, in small letters, that mean the processor draws; the last two are Windows'."""
SLOW_PAINT_MS = 20.0
"""A view that takes longer than this cannot keep up with a camera, now that there are two of them."""
PAINTS = 30
"""Paints that are timed before anything is concluded."""
WARM_UP = 5
"""First paints that do not count: drivers still compile."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What the renderer spends on a picture."""

    name: str
    samples: int
    """Of every pixel of the bodies' layer; 0 softens the edges when the layer is shown."""
    shadow_size: int
    """Texels along a side of the shadow map."""
    coarse_shadow: bool
    """The shadow is cast by a simplified body."""
    light_per_vertex: bool
    """Light, shadow and tone curve at the vertices, not at every pixel."""

    @property
    def layer_dtype(self) -> str:
        """moderngl's name: bytes are enough for display values, light needs half floats."""
        return "f1" if self.light_per_vertex else "f2"


HIGH = Quality("high", samples=4, shadow_size=1024, coarse_shadow=False, light_per_vertex=False)
LOW = Quality("low", samples=0, shadow_size=512, coarse_shadow=True, light_per_vertex=True)


def quality_of(renderer: str) -> Quality:
    """The quality to begin with, from the driver's GL_RENDERER."""
    return LOW if any(name in renderer.lower() for name in SOFTWARE) else HIGH


def after_paints(quality: Quality, paints_ms: list[float]) -> Quality:
    """The quality to go on with when the last paints took so long (their median counts)."""
    return LOW if paints_ms and median(paints_ms) > SLOW_PAINT_MS else quality


class PaintWatch:
    """Times of one view's paints. Steps down at most once: a window that moves to and fro would flicker."""

    def __init__(self) -> None:
        self._to_skip = WARM_UP
        self._paints_ms: deque[float] = deque(maxlen=PAINTS)

    def add(self, quality: Quality, paint_ms: float) -> Quality:
        """Note how long a paint took and return the quality to go on with."""
        if self._to_skip > 0:
            self._to_skip -= 1
            return quality
        self._paints_ms.append(paint_ms)
        return after_paints(quality, list(self._paints_ms)) if len(self._paints_ms) == PAINTS else quality

    @property
    def typical_ms(self) -> float:
        """Median of the last paints, 0 before the first."""
        return median(self._paints_ms) if self._paints_ms else 0.0
