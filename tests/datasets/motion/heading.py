"""How far a walker looks where they walk: what imported motion is checked by."""

from __future__ import annotations

import numpy as np


def heading_agreement(rotmat: np.ndarray, root: np.ndarray) -> float:
    """Return the mean cosine between where the pelvis faces and where it travels, weighted by speed.

    rotmat (N, 24, 3, 3) local, root (N, 3); both seen from above.
    """
    facing = rotmat[:-1, 0, :, 2] * [1.0, 0.0, 1.0]
    travel = np.diff(root, axis=0) * [1.0, 0.0, 1.0]
    facing = facing / np.linalg.norm(facing, axis=1, keepdims=True)
    return float((facing * travel).sum() / np.linalg.norm(travel, axis=1).sum())
