"""Writes what the finished runs say: tables, figures, and the look-ahead's price when streaming.

In: the folder of runs. Out, in a folder: tables.md, results.json, results.csv, results.tex, training.svg,
acceleration.svg and, where streaming is asked for, streaming.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from str_live.benchmark.figures import draw_clip, draw_training
from str_live.benchmark.results import (
    ALL,
    Summary,
    as_csv,
    as_json,
    as_latex,
    as_markdown,
    best_seed,
    best_validation,
    finished_seeds,
    read_history,
    spread_of,
    summarise,
)
from str_live.benchmark.rows import ABLATION, FULL, READINGS, ROWS, Row
from str_live.benchmark.runs import Task, folder_of, measure_videos
from str_live.evaluate.protocols import SequenceErrors, score
from str_live.network.network import Head
from str_live.settings import MAX_LOOKAHEAD
from str_live.weights.own import load_network


def write_report(task: Task, out: Path, *, methods: Sequence[Row], figure_video: str = "") -> list[str]:
    """Tables and figures; one line each on what was written. Raises ValueError where no run has finished."""
    summaries = summarise(task.out, list(ROWS.values()))
    if not summaries:
        raise ValueError(f"{task.out} holds no finished run: say `python -m str_live.benchmark run` first")
    out.mkdir(parents=True, exist_ok=True)
    texts = {
        "tables.md": tables(task, summaries, methods),
        "results.json": as_json(summaries),
        "results.csv": as_csv(summaries),
        "results.tex": as_latex(_only(summaries, methods) or summaries, ALL),
    }
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    shown = [row for row in methods if finished_seeds(task.out, row)]
    if not shown:
        return [str(out / name) for name in texts]
    histories = {
        row.label: [read_history(task.out, row, seed) for seed in finished_seeds(task.out, row)]
        for row in shown
    }
    heads = {row.label: best_head(task, row) for row in shown}
    errors = clip_errors(task, heads, figure_video)
    drawn = [draw_training(histories, out / "training.svg"), draw_clip(errors, out / "acceleration.svg")]
    return [*(str(out / name) for name in texts), *drawn]


def tables(task: Task, summaries: Sequence[Summary], methods: Sequence[Row]) -> str:
    """All tables as markdown: methods over all and per test set, ablation, readings."""
    parts = []
    main = _only(summaries, methods)
    for test in (ALL, *task.tests) if main else ():
        parts += [f"### {_title(test)}", "", as_markdown(main, test), ""]
    ablated = _only(summaries, (*ABLATION, FULL))
    if len(ablated) > 1:
        parts += ["### Ablation, all test sets", "", as_markdown(ablated, ALL), ""]
    screened = _only(summaries, READINGS)
    if screened:
        parts += ["### Readings, validation", "", _validation_table(task, summaries), ""]
        parts += [
            "### Readings, all test sets",
            "",
            as_markdown(_only(summaries, (FULL, *READINGS)), ALL),
            "",
        ]
    return "\n".join(parts)


def best_head(task: Task, row: Row) -> Head:
    """Of a row's seeds the one that did best in validation."""
    return load_network(folder_of(task.out, row, best_seed(task.out, row)) / "best.safetensors").only_head


def clip_errors(task: Task, heads: dict[str, Head], video: str) -> dict[str, SequenceErrors]:
    """Errors of each network on one video of the first test set; the longest where none is named."""
    errors = {}
    for label, head in heads.items():
        videos = measure_videos(task, head, task.tests[0], only=video)
        errors[label] = max(videos, key=lambda measured: len(measured.accel_mm))
    return errors


def streaming_table(task: Task, rows: Sequence[Row], test: str) -> str:
    """Errors of each row's best seed as the app streams it, by look-ahead."""
    lines = [
        "| look-ahead, frames (ms) | method | PA-MPJPE | MPJPE | Accel | own accel. |",
        "|---|---|---|---|---|---|",
    ]
    heads = {row.label: best_head(task, row) for row in rows}
    for lookahead in range(MAX_LOOKAHEAD + 1):
        for label, head in heads.items():
            row = score(measure_videos(task, head, test, lookahead=lookahead), None)
            lines.append(
                f"| {lookahead} ({lookahead * 1000 / 30:.0f}) | {label} | {row.pa_mpjpe_mm:.1f} | "
                f"{row.mpjpe_mm:.1f} | {row.accel_mm:.1f} | {row.own_accel_mm:.1f} |"
            )
    return "\n".join(lines) + "\n"


def _validation_table(task: Task, summaries: Sequence[Summary]) -> str:
    """What readings are chosen by."""
    lines = ["| reading | seeds | PA-MPJPE |", "|---|---|---|"]
    for summary in _only(summaries, (FULL, *READINGS)):
        values = [best_validation(task.out, summary.row, seed) for seed in summary.seeds]
        lines.append(f"| {summary.row.label} | {len(values)} | {spread_of(values)} |")
    return "\n".join(lines)


def _only(summaries: Sequence[Summary], rows: Sequence[Row]) -> list[Summary]:
    """The summaries of these rows, in their order."""
    known = {summary.row: summary for summary in summaries}
    return [known[row] for row in rows if row in known]


def _title(test: str) -> str:
    return "All test sets" if test == ALL else test.partition("_")[2].rpartition("_")[0].replace("_", ", ")
