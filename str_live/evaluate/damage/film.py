"""What is damaged: the pictures of a film, with what a damage may need to know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from str_live.messages import Box


@dataclass(frozen=True, slots=True)
class Film:
    """Pictures of one size in the order they were taken."""

    frames: Iterable[np.ndarray]
    """(H, W, 3) uint8 BGR each; read once, never written to."""
    rate: float = 30.0
    """Frames a second."""
    boxes: Sequence[Box] | None = None
    """Where the person is in each frame: things that hide are put there. None: anywhere in the picture."""


Damage = Callable[[Film, int], Iterator[np.ndarray]]
"""Film and seed -> as many pictures, (H, W, 3) uint8 BGR, one by one; the same ones for the same seed."""
