"""`python -m str_live.evaluate`: MPJPE, PA-MPJPE, MPVPE and Accel of checkpoints on a published test set.

Offline by the protocol of the tables, and with --streaming through the very window of the app, for each
look-ahead. Prints a table, and with --out writes JSON, CSV, LaTeX and the figure of acceleration errors.
Example: python -m str_live.evaluate --checkpoint runs/str_with_3dpw_3dpw/best.safetensors
             --data data/preprocessed_data/3dpw_test_db.pt --base data/base_data --streaming --out runs/3dpw
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from str_live.body.smpl_files import BodyFileError
from str_live.datasets.measured_body import MeasuredBody, load_measured_body
from str_live.datasets.published.databases import FEATURES, Database, DatabaseError, read_database
from str_live.evaluate.methods import Method, load_methods
from str_live.evaluate.prediction import offline_windows, predicted_motion, streamed_windows, target_motion
from str_live.evaluate.protocols import (
    PROTOCOLS,
    TEST_SETS,
    Protocol,
    SequenceErrors,
    VideoFrames,
    frames_to_predict,
    score,
    sequence_errors,
)
from str_live.evaluate.report import Report, as_text, draw_accelerations, write_report
from str_live.interruption import interruptible
from str_live.network.device import best_device
from str_live.process import prepare_to_compute
from str_live.settings import MAX_LOOKAHEAD
from str_live.weights.own import WeightsError

logger = logging.getLogger(__name__)

Errors = dict[str, list[SequenceErrors]]
"""Method and mode -> errors of each sequence."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a database is measured with."""

    database: Database
    protocol: Protocol
    body: MeasuredBody
    """Of the predictions: neutral in every protocol."""
    targets: Mapping[str, MeasuredBody]
    """Gender -> the body that the truth is put on."""
    genders: Mapping[str, str]
    """Video -> gender; empty where the protocol is neutral."""


def main(argv: list[str] | None = None) -> None:
    """Parse, measure, print, write."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        methods = [method for path in arguments.checkpoint for method in load_methods(path)]
        run = _prepare(arguments, methods)
    except (WeightsError, DatabaseError, BodyFileError, ValueError) as error:
        raise SystemExit(str(error)) from error
    errors = measure(run, methods, streaming=arguments.streaming)
    report = _report(run, methods, errors, arguments.fps)
    print(as_text(report))
    if arguments.out:
        for path in write_report(report, arguments.out):
            print(path)
        print(_draw(errors, arguments.figure_sequence, arguments.out, report.fps))


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add(
        "--checkpoint",
        type=Path,
        nargs="+",
        required=True,
        help="ours, the app's own, or TCMR's, VIBE's, SPIN's",
    )
    add("--data", type=Path, required=True, help="a test set's *_db.pt")
    add("--dataset", choices=TEST_SETS, help="default: what the file's name begins with")
    add("--base", type=Path, help="folder of SMPL and its joint regressors; without it the free body")
    add("--protocol", choices=PROTOCOLS, default="tcmr")
    add("--genders", type=Path, help='JSON {"video": "male" or "female"}, for the gendered protocol')
    add("--streaming", action="store_true", help="also as the app streams, look-ahead 0 to 7")
    add("--fps", type=float, help="frames a second, for m/s^2; default: the test set's")
    add("--out", type=Path, help="write PATH.json, PATH.csv, PATH.tex and PATH.svg")
    add("--figure-sequence", default="", help="video of the figure; default: the longest")
    add("--device", default=best_device())
    return parser


def measure(run: Setting, methods: list[Method], *, streaming: bool) -> Errors:
    """Errors of every method and mode on every sequence."""
    errors: Errors = {}
    dataset, database = run.database.dataset, run.database
    videos = frames_to_predict(dataset, database.video, database.valid)
    for number, video in enumerate(videos, start=1):
        logger.info("%d/%d %s: %d frames", number, len(videos), video.name, len(video.frames))
        truth_body = run.targets[run.genders.get(video.name, "neutral")]
        vertices = TEST_SETS[dataset].vertices
        truth = target_motion(dataset, run.protocol, database, video.frames, truth_body, vertices=vertices)
        for method in methods:
            for mode, windows in modes(database, video, streaming):
                predicted = predicted_motion(dataset, method.head, run.body, windows, vertices=vertices)
                measured = sequence_errors(
                    dataset, run.protocol, predicted, truth, name=video.name, counted=video.counted
                )
                errors.setdefault(f"{method.name} {mode}", []).append(measured)
    return errors


def modes(
    database: Database, video: VideoFrames, streaming: bool
) -> Iterator[tuple[str, Iterator[np.ndarray]]]:
    """Names and chunks (n, T, C) of windows: the protocol's, then streaming with each look-ahead.

    Look-ahead 7 sees the whole window; it differs from 'offline' in the first 8 and last 7 frames only, where
    the protocol's windows are static and the app repeats the end.
    """
    yield "offline", offline_windows(database, video)
    for lookahead in range(MAX_LOOKAHEAD + 1) if streaming else ():
        yield f"look-ahead {lookahead}", streamed_windows(database, video, lookahead)


def _prepare(arguments: argparse.Namespace, methods: list[Method]) -> Setting:
    """Read and check everything; errors come before the first prediction."""
    dataset = arguments.dataset or arguments.data.name.partition("_")[0]
    if dataset not in TEST_SETS:
        raise ValueError(f"{arguments.data.name} does not begin with a test set's name: give --dataset")
    widths = {method.head.width for method in methods}
    if len(widths) > 1:
        raise ValueError(
            f"the checkpoints take features of different widths, {sorted(widths)}: one at a time"
        )
    database = read_database(arguments.data, dataset, width=next(iter(widths), FEATURES))
    protocol, device = PROTOCOLS[arguments.protocol], torch.device(arguments.device)
    for method in methods:
        method.head.to(device)
    body = load_measured_body(arguments.base).to(device)
    targets, genders = {"neutral": body}, {}
    if protocol.target_gender == "gendered" and TEST_SETS[dataset].vertices:
        genders = _read_genders(arguments.genders, database)
        if arguments.base is None:
            raise ValueError("the gendered protocol needs the male and the female SMPL: give --base")
        for gender in sorted(set(genders.values())):
            targets[gender] = load_measured_body(arguments.base, gender).to(device)
    return Setting(database, protocol, body, targets, genders)


def _read_genders(path: Path | None, database: Database) -> dict[str, str]:
    """Video -> gender from a JSON file; the databases do not say it (3DPW's own sequence files do)."""
    if path is None:
        raise ValueError('the gendered protocol needs --genders, a JSON file {"video": "male" or "female"}')
    genders = json.loads(path.read_text(encoding="utf-8"))
    for video in np.unique(database.video):
        if genders.get(str(video)) not in ("male", "female"):
            raise ValueError(f'{path} does not say whether {video} is "male" or "female"')
    return genders


def _report(run: Setting, methods: list[Method], errors: Errors, fps: float | None) -> Report:
    rate = fps or TEST_SETS[run.database.dataset].fps
    sources = {"database": run.database.describe(), "body": run.body.description}
    sources |= {method.name: method.description for method in methods}
    return Report(
        dataset=run.database.dataset,
        protocol=run.protocol,
        fps=rate,
        sources=sources,
        overall={name: score(rows, rate) for name, rows in errors.items()},
        by_sequence={name: {row.name: score([row], rate) for row in rows} for name, rows in errors.items()},
    )


def _draw(errors: Errors, sequence: str, out: Path, fps: float | None) -> str:
    """The figure for one sequence: all methods offline, or one method offline and at both look-ahead ends."""
    rows = next(iter(errors.values()))
    longest = max(range(len(rows)), key=lambda index: len(rows[index].accel_mm))
    chosen = next((index for index, row in enumerate(rows) if row.name == sequence), longest)
    offline = [name for name in errors if name.endswith(" offline")]
    ends = [name for name in errors if name.endswith((" look-ahead 0", f" look-ahead {MAX_LOOKAHEAD}"))]
    shown = offline + (ends if len(offline) == 1 else [])
    return draw_accelerations(
        {name: errors[name][chosen] for name in shown}, out.with_name(out.name + ".svg"), fps
    )


if __name__ == "__main__":
    prepare_to_compute()
    with interruptible("start it again"):
        main()
