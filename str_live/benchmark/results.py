"""Brings the scores of finished runs together: mean and spread over seeds, per test set and over all.

In: scores.json of the runs. Out: Summaries and the tables made of them. MPJPE, PA-MPJPE and MPVPE in mm,
accelerations in mm/frame^2 at 30 frames a second.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from str_live.benchmark.rows import Row
from str_live.benchmark.runs import SCORES, folder_of

METRICS = {
    "pa_mpjpe_mm": "PA-MPJPE",
    "mpjpe_mm": "MPJPE",
    "mpvpe_mm": "MPVPE",
    "accel_mm": "Accel",
    "own_accel_mm": "own accel.",
}
"""Key of a score -> head of its column."""
ALL = "all"
"""The mean over test sets."""

Figures = Mapping[str, float | None]
"""Metric -> value; None where a test set has no vertices."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over seeds."""

    mean: float
    deviation: float | None
    """Standard deviation of a sample; None with a single seed."""
    seeds: int

    def __str__(self) -> str:
        spread = "" if self.deviation is None else f" ± {self.deviation:.1f}"
        return f"{self.mean:.1f}{spread}"


@dataclass(frozen=True, slots=True)
class Summary:
    """One row's results."""

    row: Row
    seeds: tuple[int, ...]
    cells: Mapping[str, Mapping[str, Spread]]
    """Test set or ALL -> metric -> its spread."""
    true_accel_mm: Mapping[str, float]
    """Test set or ALL -> mean acceleration of the truth: what 'own accel.' should be."""


def summarise(out: Path, rows: Sequence[Row]) -> list[Summary]:
    """The rows that have a finished run, in order."""
    found = []
    for row in rows:
        scores = {seed: _read(folder_of(out, row, seed) / SCORES) for seed in finished_seeds(out, row)}
        if scores:
            found.append(_summary(row, scores))
    return found


def finished_seeds(out: Path, row: Row) -> list[int]:
    """Seeds with scores."""
    return sorted(int(path.parent.name) for path in (out / row.name).glob(f"*/{SCORES}"))


def best_seed(out: Path, row: Row) -> int:
    """The seed with the lowest validation PA-MPJPE: chosen without a look at the test sets."""
    return min(finished_seeds(out, row), key=lambda seed: best_validation(out, row, seed))


def best_validation(out: Path, row: Row, seed: int) -> float:
    """Lowest validation PA-MPJPE of a run, mm."""
    return min(entry["val_pa_mpjpe_mm"] for entry in read_history(out, row, seed))


def read_history(out: Path, row: Row, seed: int) -> list[dict[str, float]]:
    """A run's epochs."""
    lines = (folder_of(out, row, seed) / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def spread_of(values: Sequence[float]) -> Spread:
    """Mean and sample deviation."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(statistics.fmean(values), deviation, len(values))


def _read(path: Path) -> dict[str, Figures]:
    """Test set -> its figures, and their mean over test sets under ALL."""
    content = json.loads(path.read_text(encoding="utf-8"))
    figures: dict[str, Figures] = {test: entry["overall"] for test, entry in content.items()}
    names = (*METRICS, "true_accel_mm")
    over_all = {name: _mean([entry[name] for entry in figures.values()]) for name in names}
    return {**figures, ALL: over_all}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _summary(row: Row, scores: Mapping[int, Mapping[str, Figures]]) -> Summary:
    first = next(iter(scores.values()))
    cells = {}
    for test in first:
        values = {name: [score[test][name] for score in scores.values()] for name in METRICS}
        cells[test] = {
            name: spread_of([value for value in column if value is not None])
            for name, column in values.items()
            if None not in column
        }
    truth = {test: float(figures["true_accel_mm"] or 0.0) for test, figures in first.items()}
    return Summary(row, tuple(scores), cells, truth)


def as_markdown(summaries: Sequence[Summary], test: str) -> str:
    """A table of one test set, the best mean of each error in bold."""
    metrics = [name for name in METRICS if all(name in summary.cells[test] for summary in summaries)]
    best = {name: min(summary.cells[test][name].mean for summary in summaries) for name in metrics}
    best.pop("own_accel_mm", None)  # no error: ideally the truth's
    heads = [METRICS[name] for name in metrics]
    lines = [f"| method | seeds | {' | '.join(heads)} |", f"|---|---|{'---|' * len(heads)}"]
    for summary in summaries:
        cells = []
        for name in metrics:
            cell = summary.cells[test][name]
            bold = "**" if name in best and round(cell.mean, 1) == round(best[name], 1) else ""
            cells.append(f"{bold}{cell}{bold}")
        lines.append(f"| {summary.row.label} | {len(summary.seeds)} | {' | '.join(cells)} |")
    truth = summaries[0].true_accel_mm[test]
    lines.append(f"| *the truth* | | {' | '.join(['0.0'] * (len(metrics) - 1))} | {truth:.1f} |")
    return "\n".join(lines)


def as_latex(summaries: Sequence[Summary], test: str) -> str:
    """The same for a paper."""
    metrics = [name for name in METRICS if all(name in summary.cells[test] for summary in summaries)]
    lines = [
        r"\begin{tabular}{l" + "r" * len(metrics) + "}",
        r"\hline",
        " & ".join(("Method", *(METRICS[name] for name in metrics))) + r" \\",
        r"\hline",
    ]
    for summary in summaries:
        cells = [str(summary.cells[test][name]).replace("±", r"$\pm$") for name in metrics]
        lines.append(" & ".join((summary.row.label, *cells)) + r" \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}", ""])


def as_csv(summaries: Sequence[Summary]) -> str:
    """A line for each row, test set and metric."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("row", "label", "test", "metric", "mean", "deviation", "seeds"))
    for summary in summaries:
        for test, cells in summary.cells.items():
            for metric, cell in cells.items():
                spread = "" if cell.deviation is None else f"{cell.deviation:.3f}"
                writer.writerow(
                    (
                        summary.row.name,
                        summary.row.label,
                        test,
                        metric,
                        f"{cell.mean:.3f}",
                        spread,
                        cell.seeds,
                    )
                )
    return text.getvalue()


def as_json(summaries: Sequence[Summary]) -> str:
    """Everything, to be read by programs."""
    content = {
        summary.row.name: {
            "label": summary.row.label,
            "changes": summary.row.changes,
            "seeds": summary.seeds,
            "true_accel_mm": summary.true_accel_mm,
            "scores": {
                test: {
                    name: {
                        "mean": round(cell.mean, 3),
                        "deviation": cell.deviation and round(cell.deviation, 3),
                    }
                    for name, cell in cells.items()
                }
                for test, cells in summary.cells.items()
            },
        }
        for summary in summaries
    }
    return json.dumps(content, indent=1) + "\n"
