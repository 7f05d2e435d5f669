"""What one person in one frame gives to a database, and the videos that such rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from str_live.messages import Crop, Person


class ExtractError(ValueError):
    """Something that the user can mend; the message is one sentence that says how."""


@dataclass(frozen=True, slots=True)
class Row:
    """One person in one frame."""

    crop: Crop
    person: Person | None
    """With mediapipe's landmarks, where they were looked for."""
    values: dict[str, Any]
    """What is kept beside the feature, by name: numbers, text or arrays, alike in all rows of a job."""


@dataclass(frozen=True, slots=True)
class Job:
    """One video."""

    name: str
    rows: Callable[[], Iterator[list[Row]]]
    """Looks at the video anew; a list for each frame, empty where nobody is seen."""
