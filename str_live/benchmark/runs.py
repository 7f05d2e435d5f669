"""The queue of runs: train a row with a seed, measure its best checkpoint on each test set, next.

In: rows, seeds, a configuration and its databases. Out, in runs/<configuration>/<row>/<seed>/: what
`python -m str_live.train paper` writes, and scores.json. What is finished is skipped and what was interrupted
goes on, so the same command again completes a table.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import torch

from str_live.benchmark.rows import Row
from str_live.datasets.measured_body import MeasuredBody, load_measured_body
from str_live.datasets.published.databases import Database, read_database
from str_live.evaluate.prediction import offline_windows, predicted_motion, streamed_windows, target_motion
from str_live.evaluate.protocols import (
    PROTOCOLS,
    TEST_SETS,
    Motion,
    SequenceErrors,
    VideoFrames,
    frames_to_predict,
    score,
    sequence_errors,
)
from str_live.files import written_whole
from str_live.interruption import Interrupted, workers_end_too
from str_live.network.network import Head
from str_live.process import prepare_to_share
from str_live.train.paper.command import train_paper
from str_live.weights.own import load_network

logger = logging.getLogger(__name__)

SCORES = "scores.json"
FREE_VERTICES = 1024
"""MPVPE on the free body counts so many of its 12,308 vertices, evenly chosen: a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Task:
    """All runs of a table share this."""

    config: str
    """Name or path of the configuration."""
    databases: Path
    base: Path | None
    """Folder of SMPL and its regressors; None takes the free body."""
    tests: tuple[str, ...]
    """Names of the test sets' files."""
    out: Path
    changes: tuple[str, ...] = ()
    """To the configuration, in every row."""


def run_all(task: Task, rows: Sequence[Row], seeds: Sequence[int], *, jobs: int = 1) -> None:
    """Every row with every seed, seed by seed, so that a table can be read before it is complete."""
    waiting = [(task, row, seed) for seed in seeds for row in rows]
    if jobs == 1:
        for entry in waiting:
            run_one(*entry)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)
    with pool, workers_end_too(pool):
        for result in [pool.submit(_run_in_worker, *entry) for entry in waiting]:
            result.result()


_told_to_end = False


def _run_in_worker(task: Task, row: Row, seed: int) -> None:
    """As `run_one`; a worker that was asked to end begins nothing more."""
    global _told_to_end
    if _told_to_end:
        raise Interrupted("stopped: the same command goes on with what is not done yet")
    try:
        run_one(task, row, seed)
    except Interrupted:
        _told_to_end = True
        raise


def run_one(task: Task, row: Row, seed: int) -> None:
    """Train and measure, as far as that is not done."""
    folder = folder_of(task.out, row, seed)
    if (folder / SCORES).exists():
        logger.info("%s: finished", folder)
        return
    changes = (*task.changes, *row.changes, f"seed={seed}")
    train_paper(
        task.config, databases=task.databases, base=task.base, out=folder, changes=changes, device="cpu"
    )
    head = load_network(folder / "best.safetensors").only_head
    write_scores(folder / SCORES, measure(task, head))


def folder_of(out: Path, row: Row, seed: int) -> Path:
    """Where a run is kept."""
    return out / row.name / str(seed)


def measure(task: Task, head: Head) -> dict[str, list[SequenceErrors]]:
    """Test set's file -> errors of each of its videos, by TCMR's protocol."""
    return {test: measure_videos(task, head, test) for test in task.tests}


def measure_videos(
    task: Task, head: Head, test: str, *, only: str = "", lookahead: int | None = None
) -> list[SequenceErrors]:
    """Errors of each video of a test set, or of the one named `only`.

    With windows as in the published tables, or as the app streams them with a look-ahead.
    """
    found = _test_set(task.databases / test, head.width, task.base)
    dataset, vertices = found.database.dataset, TEST_SETS[found.database.dataset].vertices
    errors = []
    for video, truth in zip(found.videos, found.truths, strict=True):
        if only and video.name != only:
            continue
        if lookahead is None:
            windows = offline_windows(found.database, video)
        else:
            windows = streamed_windows(found.database, video, lookahead)
        predicted = predicted_motion(dataset, head, _body(task.base), windows, vertices=vertices)
        errors.append(
            sequence_errors(
                dataset, PROTOCOLS["tcmr"], predicted, truth, name=video.name, counted=video.counted
            )
        )
    if not errors:
        raise ValueError(
            f"{test} has no video {only!r}: choose one of {', '.join(v.name for v in found.videos)}"
        )
    return errors


@dataclass(frozen=True, slots=True)
class TestSet:
    """A database to measure on, and the truth of its videos."""

    database: Database
    videos: list[VideoFrames]
    truths: list[Motion]


def write_scores(path: Path, errors: dict[str, list[SequenceErrors]]) -> None:
    """Means over all frames of each test set, and of each of its videos."""
    content = {
        test: {
            "overall": asdict(score(rows, None)),
            "by_video": {row.name: asdict(score([row], None)) for row in rows},
        }
        for test, rows in errors.items()
    }
    with written_whole(path) as partial:
        partial.write_text(json.dumps(content, indent=1), encoding="utf-8")


@cache
def _body(base: Path | None) -> MeasuredBody:
    """The body of predictions and of the truth: neutral, as in TCMR's protocol."""
    body = load_measured_body(base)
    if base is None:
        thin_out(body, FREE_VERTICES)
    return body


def thin_out(body: MeasuredBody, vertices: int) -> None:
    """Keep so many of the free body's vertices; its joints and landmarks do not depend on them."""
    assert body.extra is None, "SMPL's joints are read off its vertices"
    mesh = body.body
    chosen = torch.linspace(0, len(mesh.vertex_part) - 1, vertices).long()
    mesh.template = mesh.template.view(1, 3, -1)[..., chosen].reshape(1, -1)
    mesh.shapedirs = mesh.shapedirs.view(len(mesh.shapedirs), 3, -1)[..., chosen].flatten(1)
    mesh.weights = mesh.weights[:, chosen].contiguous()


@cache
def _test_set(path: Path, width: int, base: Path | None) -> TestSet:
    dataset = path.name.partition("_")[0]
    database = read_database(path, dataset, width=width)
    videos = frames_to_predict(dataset, database.video, database.valid)
    truths = [
        target_motion(
            dataset,
            PROTOCOLS["tcmr"],
            database,
            video.frames,
            _body(base),
            vertices=TEST_SETS[dataset].vertices,
        )
        for video in videos
    ]
    return TestSet(database, videos, truths)


def _start_worker() -> None:
    prepare_to_share()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
