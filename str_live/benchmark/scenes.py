"""What happens before the benchmark's cameras: somebody moves, and a camera stands somewhere.

In: clips of the free motion and the people of a set. Out: Scenes. Training's are stretched (other speeds,
mirrored, spliced, perturbed), validation's and test's show the recorded motion as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.simulated.poses import PoseSampler
from str_live.datasets.simulated.views import ViewConfig, camera_orientation
from str_live.temporal.window import WINDOW

SHOT = 150
"""Frames of a held-out shot at most, 5 s: a longer recording is cut into equal parts, each with a camera."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One person in front of one camera."""

    name: str
    clip: str
    """The recording it shows; '' where several are mixed."""
    rotmat: Tensor
    """(T, 24, 3, 3) local rotations, [0] in the camera frame (x right, y down, z away)."""
    camera: Tensor
    """(3, 3) from the y-up world to the camera frame."""
    betas: Tensor
    """(10,)."""
    distance: float
    """Metres from the camera to the body's origin, which lies on the optical axis."""
    seed: int
    """Of the errors of its observation: the same in every condition."""


def training_scenes(
    poses: PoseSampler, people: Tensor, *, count: int, frames: int, seed: int
) -> Iterator[Scene]:
    """`count` scenes of `frames` frames each, of `people` (P, 10) betas.

    They are drawn in batches of up to 64, as splices need other sequences.
    """
    generator = torch.Generator().manual_seed(seed)
    for first in range(0, count, 64):
        batch = min(64, count - first)
        rotmat = poses.sample(batch, frames, generator)
        person = torch.randint(len(people), (batch,), generator=generator)
        for index in range(batch):
            yield _filmed(f"{first + index:06}", "", rotmat[index], people[person[index]], generator)


def held_out_scenes(
    clips: Sequence[MotionClip], people: Tensor, *, cameras: int, seed: int
) -> Iterator[Scene]:
    """Every shot of every clip through `cameras` cameras, with `people` (P, 10) betas by turns.

    The motion is not touched.
    """
    generator = torch.Generator().manual_seed(seed)
    number = 0
    for camera in range(cameras):
        for clip in clips:
            for part, rotmat in enumerate(shots(clip)):
                name = f"{clip.name}/{part}/camera_{camera}"
                person = people[number % len(people)]
                yield _filmed(name, clip.name, torch.from_numpy(rotmat), person, generator)
                number += 1


def shots(clip: MotionClip) -> list[np.ndarray]:
    """(T, 24, 3, 3) each, of 16 to SHOT frames, which together are the clip; none of a shorter one."""
    if len(clip) < WINDOW:
        return []
    return np.array_split(clip.rotmat, -(-len(clip) // SHOT))


def _filmed(name: str, clip: str, rotmat: Tensor, betas: Tensor, generator: torch.Generator) -> Scene:
    """The scene through a camera drawn like those the landmark encoder is trained with."""
    view = ViewConfig()
    turned = rotmat.clone()
    camera = camera_orientation(1, view, generator)[0]
    turned[:, 0] = camera @ rotmat[:, 0]
    low, high = view.distance
    distance = low + (high - low) * float(torch.rand((), generator=generator)) ** 1.5
    seed = int(torch.randint(2**31, (), generator=generator))
    return Scene(name, clip, turned, camera, betas, distance, seed)
