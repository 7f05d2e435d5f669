"""Does the jobs and makes a database of their parts. In: Jobs and an Encoder. Out: parts, then one file."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from str_live import __version__
from str_live.datasets.from_videos.encoders import Encoder
from str_live.datasets.from_videos.labels import Labels
from str_live.datasets.from_videos.parts import Part, Parts
from str_live.datasets.from_videos.rows import ExtractError, Job, Row
from str_live.datasets.from_videos.tracks import database_of, frame_rate
from str_live.datasets.published.joblib_file import save_joblib

logger = logging.getLogger(__name__)

WAIT_S = 1.0
"""Between two looks for the parts of other processes."""


def extract_share(
    jobs: Sequence[Job], parts: Parts, encoder: Encoder, batch: int, rank: int, world: int
) -> None:
    """Every `world`-th video from the `rank`-th on, those left out that are done already."""
    missing = set(parts.missing())
    for number in range(rank, len(jobs), world):
        if number not in missing:
            continue
        job, started = jobs[number], time.perf_counter()
        part = extract(job.rows(), encoder, batch)
        parts.write(number, part)
        rate = part.frames / (time.perf_counter() - started)
        logger.info(
            "%d/%d %s: %d frames, %d of them without a person, %.1f frames/s",
            number + 1, len(jobs), job.name, part.frames, part.empty, rate,
        )  # fmt: skip


def extract(frames: Iterable[list[Row]], encoder: Encoder, batch: int) -> Part:
    """The rows of a video's frames as a Part."""
    counts = {"frames": 0, "empty": 0}

    def counted() -> Iterator[Row]:
        for rows in frames:
            counts["frames"] += 1
            counts["empty"] += not rows
            yield from rows

    rows, features, values = counted(), [np.zeros((0, encoder.origin.channels), np.float32)], []
    while chunk := list(itertools.islice(rows, batch)):
        features.append(encoder(chunk))
        values += [row.values for row in chunk]
    columns = {name: np.array([value[name] for value in values]) for name in (values[0] if values else ())}
    return Part(np.concatenate(features), columns, counts["frames"], counts["empty"])


def wait_for_others(parts: Parts) -> None:
    """Until every video is done: those of other processes may take longer."""
    missing = parts.missing()
    if missing:
        logger.info("waiting for %d videos of other processes", len(missing))
    while parts.missing():
        time.sleep(WAIT_S)


def merge(parts: Parts, labels: Labels | None, out: Path, plan: dict[str, Any]) -> None:
    """Make the database of the parts that are done, and the JSON file beside it."""
    missing = parts.missing()
    done = {number: parts.read(number) for number in range(len(parts.videos)) if number not in missing}
    if not sum(len(part.features) for part in done.values()):
        raise ExtractError("nobody was found in any frame: give other videos, or the boxes with --boxes")
    if labels is not None:
        seen = [part for part in done.values() if len(part.features)]
        rows = np.concatenate([part.values["row"] for part in seen])
        content = labels.with_features(rows, np.concatenate([part.features for part in seen]))
    else:
        content = database_of({parts.videos[number]: part for number, part in done.items()})
    videos = [
        {"video": parts.videos[number], "frames": part.frames, "without_person": part.empty,
         "fps": None if labels else frame_rate(part)}
        for number, part in done.items()
    ]  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    save_joblib(content, out)
    about = {"made_by": f"str_live.datasets.from_videos {__version__}", **plan, "videos": videos}
    out.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    empty = sum(part.empty for part in done.values())
    logger.info(
        "%s: %d rows of %d videos, %d frames left out", out, len(content["vid_name"]), len(done), empty
    )
    if missing:
        logger.info("%d videos are not done: %s is kept", len(missing), parts.folder)
    else:
        parts.remove()
