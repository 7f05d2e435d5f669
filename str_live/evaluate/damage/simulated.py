"""What the simulation reports of the built-in clip's person, to hold against what the detector does.

In: a ViewConfig, out: Tracks, to be taken apart by errors.py like the measured ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from str_live.datasets.simulated.views import View, ViewConfig, observe
from str_live.evaluate.damage.errors import Track
from str_live.features.landmarks import POINTS


def simulated_tracks(config: ViewConfig, points: np.ndarray, count: int, seed: int) -> list[Track]:
    """`count` observations of the same motion: points (T, 21, 3) metres, camera axes, origin at the body.

    The whole person is in the picture, as in the measured clips.
    """
    whole = replace(config, truncated=0.0, beside=0.0)
    frames, generator = len(points), torch.Generator().manual_seed(seed)
    repeated = torch.from_numpy(points).float().repeat(count, 1, 1)
    view = observe(repeated, count, frames, whole, generator)
    observed = observed_points(view).reshape(count, frames, POINTS, 2).numpy()
    true = view.clean.reshape(count, frames, POINTS, 2).numpy()
    return [Track(one, other) for one, other in zip(observed, true, strict=True)]


def observed_points(view: View) -> Tensor:
    """(N, 21, 2) in [-1, 1] of the crop, as `view.clean`: the noisy points; NaN where nobody was found."""
    relative = view.inputs[:, : 2 * POINTS].unflatten(1, (POINTS, 2))
    centre, half = view.inputs[:, None, -3:-1], torch.exp(view.inputs[:, None, -1:] - 0.25)
    return torch.where(view.found[:, None, None], relative * half + centre, torch.nan)
