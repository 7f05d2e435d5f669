"""What a slice of time leaves for the next: weights in pieces, how far training is, and a log of scores.

Files are small enough for places that take 16 MB each; the optimiser's memory is not among them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from str_live.train.images.config import same_recipe
from str_live.untrusted.unreadable import UnreadableError
from str_live.weights.storage import load_pieces, pack, save_pieces, unpack

logger = logging.getLogger(__name__)

PIECE_BYTES = 15_500_000
PROGRESS = "progress.json"
LOG = "scores.jsonl"


@dataclass(slots=True)
class Progress:
    """How far training is."""

    recipe: str
    """config.to_json of the recipe that it follows."""
    landmarks: str
    """image_weights.digest of the landmark front end that it builds on."""
    pictures: int = 0
    """Learnt from in the frame stage."""
    window_steps: int = 0
    slices: int = 0
    precision: str = "bfloat16"
    """What the backbone computes in, in all slices. Folders of before it was chosen do not name it."""


def save_state(
    folder: Path, progress: Progress, weights: Mapping[str, Tensor], precision: str = "half"
) -> None:
    """Write all of it; a state that was there is replaced."""
    metadata = {"pictures": str(progress.pictures), "window_steps": str(progress.window_steps)}
    save_pieces(pack(weights, precision), folder, limit=PIECE_BYTES, metadata=metadata)
    (folder / PROGRESS).write_text(json.dumps(asdict(progress), indent=1), encoding="utf-8")


def load_state(folder: Path, recipe: str, landmarks: str) -> tuple[Progress, dict[str, Tensor]]:
    """The progress and the weights found in a folder; a new progress and no weights where there are none.

    Raises ValueError where another recipe or other landmark weights were used: training does not silently
    begin anew.
    """
    path = folder / PROGRESS
    if not path.exists():
        return Progress(recipe, landmarks), {}
    try:
        progress = Progress(**json.loads(path.read_text(encoding="utf-8")))
        same = same_recipe(progress.recipe, recipe)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is damaged: give another --state, or remove its folder") from error
    if not same:
        raise ValueError(f"{folder} holds a training with another recipe: give another --state, or remove it")
    if progress.landmarks != landmarks:
        raise ValueError(
            f"{folder} was trained on other landmark weights: give those with --landmarks, or another --state"
        )
    progress.recipe = recipe
    logger.info("resumed %s: %d pictures, %d window steps", folder, progress.pictures, progress.window_steps)
    try:
        return progress, unpack(load_pieces(folder))
    except UnreadableError as error:
        names = ", ".join(sorted(piece.name for piece in folder.glob("part-*.safetensors")))
        name = error.path.name if error.path else f"one of {names}"
        raise ValueError(f"{folder}: {name} {error.problem}; give another --state, or remove it") from error


def log_scores(folder: Path, entry: Mapping[str, object]) -> None:
    """Append a line to the log of scores."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    logger.info("%s", "  ".join(f"{name} {value}" for name, value in entry.items()))
