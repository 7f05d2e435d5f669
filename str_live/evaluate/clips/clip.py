"""The real clips and pictures that are measured. In: their folder, out: frames and what is known of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from str_live.camera import SourceError
from str_live.camera.film import Film as FilmFile
from str_live.camera.picture_file import read_image
from str_live.evaluate.damage import DAMAGES, Film
from str_live.messages import Box, Frame, Person

NONE = "none"
"""The name of no damage."""
SEED = 0
DRAWS = 8
"""How often a single picture is damaged anew: one gain of a flickering lamp says nothing."""
PICTURE_RATE = 30.0
"""Frames a second that a single picture counts as: it decides how far a shaken camera blurs it."""
LIMB_MARKERS = [
    side + part for part in ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle") for side in ("L", "R")
]
"""The limb joints as a .trc file names them, in the order of skeleton.LIMB_JOINTS."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A film, or a single picture several times over, each time a film of one frame."""

    name: str
    frames: list[Frame]
    """Numbered from 0 throughout; a new epoch begins a new film."""
    rate: float
    """Frames a second."""
    joints: np.ndarray | None = None
    """(N, 12, 3) metres: limb joints measured in 3D. None: the clip is measured in the picture alone."""
    landmarks_px: np.ndarray | None = None
    """(N, 33, 2) pixels: somebody else's landmarks. None: mediapipe's on the undamaged frames are taken."""


def read_clip(name: str, folder: Path) -> Clip:
    """One of CLIPS from its folder. Raises ValueError where a file is missing."""
    for file in CLIPS[name].files:
        if not (folder / file).is_file():
            raise ValueError(f"{folder / file} is missing: give the folder of the clips with --clips")
    return CLIPS[name].read(folder)


def damaged(clip: Clip, damage: str, persons: Sequence[Person | None]) -> list[Frame]:
    """The clip's frames with `damage`, one of DAMAGES or NONE; the same ones each time.

    `persons`, found in the undamaged frames, say where to put what hides a person.
    """
    if damage == NONE:
        return clip.frames
    frames = []
    for epoch, group in groupby(clip.frames, key=lambda frame: frame.epoch):
        film = list(group)
        boxes = _boxes([persons[frame.index] for frame in film])
        images = DAMAGES[damage](Film([frame.image for frame in film], clip.rate, boxes), SEED + epoch)
        frames += [replace(frame, image=image) for frame, image in zip(film, images, strict=True)]
    return frames


def _boxes(persons: Sequence[Person | None]) -> list[Box] | None:
    """Each person's square, or None where anybody is missing."""
    boxes = [person.box for person in persons if person is not None]
    return boxes if len(boxes) == len(persons) else None


def _balance(folder: Path) -> Clip:
    frames = _read_frames(folder / "balance_cam03.mp4")
    joints = read_limbs(folder / "balance_joints3d.trc")[: len(frames)]
    return Clip("balance", frames, _rate(frames), joints=joints)


def _squats(folder: Path) -> Clip:
    frames = _read_frames(folder / "squats.mp4")
    landmarks = json.loads((folder / "squats_blazepose_2d.json").read_text(encoding="utf-8"))
    return Clip("squats", frames, _rate(frames), landmarks_px=np.array(landmarks)[..., :2])


def _read_frames(path: Path) -> list[Frame]:
    """All frames of a film, in memory. Raises ValueError."""
    try:
        with FilmFile(path) as film:
            return [
                Frame(image, index, index / film.fps, 0, epoch=1)
                for index, image in enumerate(film.pictures())
            ]
    except SourceError as error:
        raise ValueError(str(error)) from error


def read_limbs(path: Path) -> np.ndarray:
    """(N, 12, 3) metres: the limb joints of a .trc file, in the axes of its cameras' calibration."""
    lines = path.read_text().splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name.strip()]
    rows = [[float(cell) for cell in line.split("\t") if cell.strip()] for line in lines[5:] if line.strip()]
    markers = np.array(rows)[:, 2:].reshape(len(rows), -1, 3)
    return markers[:, [names.index(name) for name in LIMB_MARKERS]][..., [2, 0, 1]]


def _rate(frames: Sequence[Frame]) -> float:
    return 1 / (frames[1].time_s - frames[0].time_s)


@dataclass(frozen=True, slots=True)
class _Kind:
    files: tuple[str, ...]
    read: Callable[[Path], Clip]


def _picture(name: str) -> _Kind:
    def read(folder: Path) -> Clip:
        image = read_image(folder / f"{name}.jpg")
        if image is None:
            raise ValueError(f"{folder / name}.jpg cannot be read as a picture: fetch it again")
        frames = [Frame(image, draw, 0.0, 0, epoch=draw) for draw in range(DRAWS)]
        return Clip(name, frames, PICTURE_RATE)

    return _Kind((f"{name}.jpg",), read)


CLIPS = {
    "balance": _Kind(("balance_cam03.mp4", "balance_joints3d.trc"), _balance),
    "squats": _Kind(("squats.mp4", "squats_blazepose_2d.json"), _squats),
    **{name: _picture(name) for name in ("skier", "yoga", "three_people")},
}
"""Name -> how the clip is read."""
