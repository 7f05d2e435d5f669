"""Small films, pictures, a detector that sees a white square, and an encoder that sees its colour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from str_live.datasets.from_videos.encoders import Origin
from str_live.datasets.from_videos.rows import Row
from str_live.person.crop import box_from_landmarks
from str_live.person.detector import Detection

SIZE = (160, 120)
SQUARE = 60


def picture(index: int, person: bool = True) -> np.ndarray:
    """(120, 160, 3): a white square that wanders to the right, or nothing."""
    image = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)
    if person:
        image[30 : 30 + SQUARE, 20 + index : 20 + index + SQUARE] = 255
    return image


def write_film(path: Path, frames: int = 12, without: Sequence[int] = ()) -> Path:
    """An mp4 of 30 frames a second; nobody in the frames `without`."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 30, SIZE)
    for index in range(frames):
        writer.write(picture(index, index not in without))
    writer.release()
    return path


def write_pictures(folder: Path, frames: int = 12, without: Sequence[int] = ()) -> Path:
    """PNG files 0.png to 11.png."""
    folder.mkdir(parents=True)
    for index in range(frames):
        cv2.imwrite(str(folder / f"{index}.png"), picture(index, index not in without))
    return folder


class Detector:
    """Stands in for mediapipe: 33 landmarks along the diagonal of the white square."""

    def __init__(self) -> None:
        self.resets = 0

    def detect(self, image: np.ndarray) -> Detection | None:
        rows, columns = np.nonzero(image[..., 0] > 150)
        if len(rows) < 100:
            return None
        low, high = (columns.min(), rows.min()), (columns.max(), rows.max())
        points = np.linspace(low, high, 33).astype(np.float32)
        seen = np.linspace(1, 0.5, 33).astype(np.float32)
        box = box_from_landmarks(points, image.shape[1], image.shape[0])
        return Detection(box, points, seen, np.zeros((33, 3), np.float32), None)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        """Holds nothing."""


class Encoder:
    """The crop's mean, its middle pixel, its box: (n, 4)."""

    origin = Origin("small", "none", "0", 4)

    def __init__(self, wants_landmarks: bool = False) -> None:
        self.wants_landmarks = wants_landmarks
        self.batches: list[int] = []

    def __call__(self, rows: Sequence[Row]) -> np.ndarray:
        self.batches.append(len(rows))
        return np.array(
            [
                [row.crop.image.mean(), row.crop.image[112, 112, 0], row.crop.box.cx, row.crop.box.side]
                for row in rows
            ],
            np.float32,
        )
