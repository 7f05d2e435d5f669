"""A file for each video that is done, so that an interrupted extraction goes on with the one it stopped at.

In: features and values of a video. Out, beside the database to come: a folder `NAME_db.pt.parts` of one npz a
video and `plan.json`, the options that all of them were made with. Several processes write different videos.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from str_live.datasets.from_videos.rows import ExtractError
from str_live.files import written_whole
from str_live.untrusted.arrays import read_arrays
from str_live.untrusted.unreadable import UnreadableError


@dataclass(frozen=True, slots=True)
class Part:
    """One video's rows."""

    features: np.ndarray
    """(n, C) float32."""
    values: Mapping[str, np.ndarray]
    """(n, ...) by name, as Row.values has them."""
    frames: int
    """That were looked at."""
    empty: int
    """Of them without anybody, or unreadable."""


class Parts:
    """The parts of one database."""

    def __init__(self, out: Path, plan: Mapping[str, Any], videos: list[str]) -> None:
        """`plan` is what all parts share; ExtractError where those in the folder were made otherwise."""
        self.folder, self.videos = out.with_name(out.name + ".parts"), videos
        plan = {**plan, "videos": videos}
        stored = self.folder / "plan.json"
        if stored.exists():
            differing = _differing(_read_plan(stored), plan)
            if differing:
                raise ExtractError(
                    f"{self.folder} was begun with another {differing}: go on as it was begun, remove the "
                    f"folder, or give another --out"
                )
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        _replace(stored, json.dumps(plan, indent=1).encode())

    def path(self, number: int) -> Path:
        """The file of a video."""
        return self.folder / f"{number:06}.npz"

    def missing(self) -> list[int]:
        """Numbers of the videos that are not done."""
        return [number for number in range(len(self.videos)) if not self.path(number).exists()]

    def write(self, number: int, part: Part) -> None:
        """Keep a video, in one go."""
        counts = {"frames": np.array(part.frames), "empty": np.array(part.empty)}
        with written_whole(self.path(number)) as partial, partial.open("wb") as file:
            np.savez(
                file, features=part.features, **counts, **{f"value_{k}": v for k, v in part.values.items()}
            )

    def read(self, number: int) -> Part:
        """A video that is done."""
        path = self.path(number)
        try:
            file = read_arrays(path)
            features, frames, empty = (file.pop(key) for key in ("features", "frames", "empty"))
            if any(not key.startswith("value_") for key in file):
                raise ValueError("a name is damaged")
            values = {key.removeprefix("value_"): value for key, value in file.items()}
            return Part(features, values, int(frames), int(empty))
        except (UnreadableError, ValueError, KeyError, TypeError) as error:
            raise ExtractError(f"{path} is damaged: remove it and run the same command again") from error

    def remove(self) -> None:
        """Free the disk once the database is written."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _read_plan(path: Path) -> Mapping[str, Any]:
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ExtractError(f"{path} is damaged: remove its folder to start anew") from error
    return plan if isinstance(plan, dict) else {}


def _differing(stored: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """The first entry that two plans do not share, '' where they are the same."""
    return next((name for name in plan if stored.get(name) != plan[name]), "")


def _replace(path: Path, content: bytes) -> None:
    with written_whole(path) as partial:
        partial.write_bytes(content)
