"""What the app's detector reports of the measured clips. In: clip and damage, out: landmarks of every frame.

As the app runs it: PersonTracker and LeftRightGuard, mediapipe's own smoothing off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from str_live.body.skinning import load_body
from str_live.camera.film import film_pictures
from str_live.evaluate.damage.film import Damage, Film
from str_live.features.landmarks import points_from_landmarks
from str_live.files import CLIP_FOLDER
from str_live.geometry import project_px
from str_live.messages import Box, Frame
from str_live.person.crop import box_from_landmarks
from str_live.person.left_right import LeftRightGuard
from str_live.person.tracker import PersonTracker
from str_live.untrusted.arrays import read_arrays

BUILT_IN = "built-in"
"""Name of the clip that comes with its truth."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Every `step`-th frame of a film."""

    name: str
    path: Path
    rate: float
    """Frames a second of what is left."""
    start: int = 0
    step: int = 1


def measured_clips(folder: Path) -> list[Clip]:
    """The real clips in `folder` and the built-in one; the clip at 60 frames a second makes two at 30.

    Raises ValueError where a clip is missing.
    """
    balance = folder / "balance_cam03.mp4"
    clips = [
        Clip("squats", folder / "squats.mp4", rate=5),
        Clip("balance, even frames", balance, rate=30, step=2),
        Clip("balance, odd frames", balance, rate=30, start=1, step=2),
        Clip(BUILT_IN, CLIP_FOLDER / "clip.mp4", rate=30),
    ]
    for clip in clips:
        if not clip.path.is_file():
            raise ValueError(f"{clip.path} is missing: give the folder of the clips with --clips")
    return clips


def pictures(clip: Clip) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 BGR, one by one."""
    yield from islice(film_pictures(clip.path), clip.start, None, clip.step)


def landmarks(images: Iterable[np.ndarray], rate: float) -> np.ndarray:
    """(T, 33, 2) float32 pixels: mediapipe's landmarks of T pictures, NaN where nobody was found."""
    guard, found = LeftRightGuard(), []
    with PersonTracker() as tracker:
        for index, image in enumerate(images):
            frame = Frame(image, index, index / rate, 0, epoch=1)
            person = tracker.find(frame)
            if person is None:
                found.append(np.full((33, 2), np.nan, np.float32))
            else:
                found.append(guard(person, frame.time_s).landmarks_px)
    return np.stack(found)


class TruePoints(NamedTuple):
    """Where the 21 points of the built-in clip's person are in truth."""

    points_cam: np.ndarray
    """(T, 21, 3) metres, camera axes, origin at the pelvis."""
    pixels: np.ndarray
    """(T, 21, 2)."""


def true_points() -> TruePoints:
    """From the clip's poses and the free body's own landmarks."""
    names = ("joints_cam", "rotmat", "translation", "K")
    truth = read_arrays(CLIP_FOLDER / "clip_truth.npz", (*names, "betas"))
    joints, rotmat, shift, camera_matrix = (truth[name] for name in names)
    betas = np.tile(truth["betas"], (len(rotmat), 1))
    with torch.inference_mode():
        found = load_body().landmarks(torch.from_numpy(rotmat), torch.from_numpy(betas))
    points = points_of(found.numpy()) + shift[:, None]
    return TruePoints(points - joints[:, :1], project_px(points, camera_matrix))


def points_of(found: np.ndarray) -> np.ndarray:
    """(T, 33, D) landmarks -> (T, 21, D) float64, the points that the encoder sees."""
    return points_from_landmarks(torch.from_numpy(found).double()).numpy()


def damaged_landmarks(clip: Clip, damage: Damage, seed: int, undamaged: np.ndarray) -> np.ndarray:
    """(T, 33, 2) landmarks of the damaged clip; `undamaged`, its own, say where to put what hides people."""
    film = Film(pictures(clip), clip.rate, _boxes(undamaged, next(pictures(clip))))
    return landmarks(damage(film, seed), clip.rate)


def _boxes(found: np.ndarray, image: np.ndarray) -> list[Box]:
    """The person's square in every frame, the last one where nobody was found."""
    height, width = image.shape[:2]
    seen = np.isfinite(found[:, 0, 0])
    last = np.maximum.accumulate(np.where(seen, np.arange(len(found)), np.argmax(seen)))
    return [box_from_landmarks(found[index], width, height) for index in last]
