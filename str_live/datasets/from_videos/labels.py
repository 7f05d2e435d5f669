"""An older database's own rows, to be seen by another backbone. In: a `*_db.pt`. Out: Jobs, a video each.

So 3DPW, Human3.6M or MPI-INF-3DHP get other features and keep all their labels. Pictures are found by the
ends of the authors' paths: `/home/author/3dpw/imageFiles/a/image_1.jpg` is `imageFiles/a/image_1.jpg` under
the folder given, or whatever end of it exists there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from str_live.camera import SourceError, open_source
from str_live.camera import frames as frames_of
from str_live.camera.kinds import VIDEO_SUFFIXES
from str_live.camera.picture_file import read_image
from str_live.datasets.from_videos.people import LandmarksInBox, crop_box
from str_live.datasets.from_videos.rows import ExtractError, Job, Row
from str_live.datasets.published.windows import video_ranges
from str_live.messages import Frame
from str_live.person.crop import cut_crop
from str_live.settings import SourceSettings
from str_live.untrusted.joblib_dump import load_joblib
from str_live.untrusted.unreadable import UnreadableError

FRAME_S = 1 / 30
"""Seconds from row to row, as mediapipe's guard sees them: databases do not state their rate."""


class Labels:
    """The rows of a database and where their pictures are."""

    def __init__(
        self, path: Path, root: Path, *, crop_scale: float, landmarks: LandmarksInBox | None
    ) -> None:
        """Raises ExtractError where the file cannot be used, or a video's pictures are not under `root`."""
        self.path, self._scale, self._landmarks = path, crop_scale, landmarks
        self.arrays = _read(path)
        """The whole dictionary."""
        self._names = [as_text(name) for name in self.arrays["img_name"]]
        self._pictures = Pictures(root)
        self._ranges = video_ranges(self.arrays["vid_name"])
        for first, end in self._ranges:
            for row in (first, end - 1):
                self._pictures.find(self._names[row])

    def jobs(self) -> list[Job]:
        """One for each video."""
        videos = self.arrays["vid_name"]
        return [
            Job(as_text(videos[first]), partial(self._rows, int(first), int(end)))
            for first, end in self._ranges
        ]

    def with_features(self, rows: np.ndarray, features: np.ndarray) -> dict[str, Any]:
        """The dictionary with other features, of the rows (n,) that have them; all else is carried over."""
        count = len(self.arrays["vid_name"])
        carried = {
            key: value[rows] if isinstance(value, np.ndarray) and value.shape[:1] == (count,) else value
            for key, value in self.arrays.items()
        }
        return carried | {"features": features}

    def _rows(self, first: int, end: int) -> Iterator[list[Row]]:
        """Each row of a video alone; nothing for one without a box, a readable picture, or landmarks."""
        track = f"{first} {self.arrays['vid_name'][first]}"
        for index in range(first, end):
            bbox = np.asarray(self.arrays["bbox"][index], np.float64)
            image = self._pictures.read(self._names[index])
            if image is None or not (np.isfinite(bbox).all() and bbox[2:].max() > 0):
                yield []
                continue
            person = None
            if self._landmarks is not None:
                person = self._landmarks.find(image, bbox, track, (index - first) * FRAME_S)
            if self._landmarks is None or person is not None:
                yield [Row(cut_crop(image, crop_box(bbox, self._scale)), person, {"row": index})]
            else:
                yield []


class Pictures:
    """Pictures by the names that a database has for them: of files, or of frames as `film.mp4#12`."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise ExtractError(f"there is no folder {root}: give the one that holds the database's pictures")
        self._root = root
        self._skipped = 0
        """Leading parts that the last name's path had too many."""
        self._film: tuple[Path, Iterator[Frame], Frame] | None = None
        """The open film and its newest frame."""

    def find(self, name: str) -> Path:
        """The file that a name means; raises ExtractError."""
        parts = [part for part in PurePosixPath(_file_part(name)).parts if part not in ("/", "..")]
        tries = [self._skipped, *range(len(parts))]
        for skipped in tries:
            path = self._root.joinpath(*parts[skipped:])
            if skipped < len(parts) and path.is_file():
                self._skipped = skipped
                return path
        raise ExtractError(
            f"no end of {name} is a file under {self._root}: give the folder that holds the database's "
            f"pictures with --images"
        )

    def read(self, name: str) -> np.ndarray | None:
        """(H, W, 3) uint8 BGR; None where the picture cannot be read."""
        path = self.find(name)
        if path.suffix.lower() not in VIDEO_SUFFIXES:
            return read_image(path)
        return self._frame(path, int(name.rpartition("#")[2]))

    def _frame(self, path: Path, index: int) -> np.ndarray | None:
        """One frame of a film, which is read forwards."""
        try:
            if self._film is None or self._film[0] != path or self._film[2].index > index:
                opened = frames_of(open_source(SourceSettings(spec=str(path), loop=False, realtime=False)))
                self._film = path, opened, next(opened)
            _, opened, frame = self._film
            while frame.index < index:
                frame = next(opened)
                self._film = path, opened, frame
        except SourceError as error:
            raise ExtractError(str(error)) from error
        except StopIteration:
            return None
        return frame.image if frame.index == index else None


def as_text(name: str | bytes) -> str:
    """A name of a database, which may keep them as bytes."""
    return name.decode("latin1") if isinstance(name, bytes) else str(name)


def _file_part(name: str) -> str:
    """The path in a name, its separators forward."""
    path, mark, number = name.rpartition("#")
    return (path if mark and number.isdigit() else name).replace("\\", "/")


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ExtractError(f"there is no file {path}: check --labels")
    try:
        content = load_joblib(path)
    except UnreadableError as error:
        raise ExtractError(f"{path} {error.problem}: {error.remedy}") from error
    lengths = set()
    for key in ("vid_name", "img_name", "bbox"):
        value = content.get(key)
        if not isinstance(value, np.ndarray) or value.ndim != 1 + (key == "bbox"):
            raise ExtractError(f"{path} has no {key!r}, without which its pictures cannot be seen again")
        lengths.add(len(value))
    if len(lengths) > 1 or 0 in lengths:
        raise ExtractError(f"{path}: 'vid_name', 'img_name' and 'bbox' are not of equally many frames")
    return content
