"""Boxes that the user has already, from a detector or an annotation. In: a file. Out: people by frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from str_live.datasets.from_videos.rows import ExtractError
from str_live.untrusted.arrays import read_arrays


class BoxFile:
    """Boxes of people by film, person and frame."""

    def __init__(self, path: Path) -> None:
        """Reads JSON {film: {person: {"frames": [...], "bbox": [[cx, cy, w, h], ...]}}}, as VIBE's tracker
        has them by person, or an npz of 'video' (N,), 'frame_id' (N,), 'bbox' (N, 4) and maybe 'person' (N,).

        Raises ExtractError.
        """
        self._frames: dict[tuple[str, int], list[tuple[str, np.ndarray]]] = {}
        try:
            for film, who, frame, bbox in _npz_boxes(path) if path.suffix == ".npz" else _json_boxes(path):
                self._frames.setdefault((film, frame), []).append((who, bbox))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ExtractError(
                f"{path} is no file of boxes ({type(error).__name__}: {error}): see --boxes in --help"
            ) from error
        self.films = {film for film, _ in self._frames}
        """Names of the films that it knows."""

    def in_frame(self, film: str, frame: int) -> list[tuple[str, np.ndarray]]:
        """Persons and their boxes (4,)."""
        return self._frames.get((film, frame), [])


def _json_boxes(path: Path) -> Iterator[tuple[str, str, int, np.ndarray]]:
    content: Mapping[str, Mapping[str, Mapping[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    for film, people in content.items():
        for who, track in people.items():
            for frame, bbox in zip(track["frames"], track["bbox"], strict=True):
                yield film, who, int(frame), _checked_box(bbox)


def _npz_boxes(path: Path) -> Iterator[tuple[str, str, int, np.ndarray]]:
    content = read_arrays(path, ("video", "frame_id", "bbox", "person"))
    videos, frames, boxes = content["video"], content["frame_id"], content["bbox"]
    people = content["person"] if "person" in content else np.full(len(videos), "0")
    for film, who, frame, bbox in zip(videos, people, frames, boxes, strict=True):
        yield str(film), str(who), int(frame), _checked_box(bbox)


def _checked_box(bbox: Any) -> np.ndarray:
    """(4,) square, as the databases' boxes are."""
    box = np.asarray(bbox, np.float64)
    if box.shape != (4,) or not np.isfinite(box).all() or box[2:].max() <= 0:
        raise ValueError(f"{bbox} is no box of centre x, y, width and height")
    return np.array([box[0], box[1], box[2:].max(), box[2:].max()])
