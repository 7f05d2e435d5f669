"""Writes measured scores for people and programs: JSON, CSV, LaTeX, and the figure of accelerations.

In: a Report. Out: text and files. MPJPE, PA-MPJPE and MPVPE in mm, Accel in mm/frame^2 and m/s^2.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from str_live.evaluate.protocols import WITHOUT_RATE, Protocol, Score, SequenceErrors, table

COLUMNS = ("frames", "mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm", "accel_mm", "accel_m_s2", "own_accel_mm",
           "true_accel_mm")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured on one test set."""

    dataset: str
    protocol: Protocol
    fps: float | None
    sources: Mapping[str, str]
    """What was measured with what: database, body, and each checkpoint with its switches."""
    overall: Mapping[str, Score]
    """By method and mode, such as 'str offline'."""
    by_sequence: Mapping[str, Mapping[str, Score]]
    """The same of each sequence: method and mode -> sequence -> score."""


def as_text(report: Report) -> str:
    """What is printed: sources, all rows, and the first row's sequences."""
    lines = [f"{name}: {text}" for name, text in report.sources.items()]
    lines += ["", table(report.protocol, report.dataset, report.overall)]
    if report.fps is None:
        lines.append(f"No m/s^2: {WITHOUT_RATE}.")
    for name, scores in report.by_sequence.items():
        lines += [
            "",
            f"{name}, by sequence:",
            *table(report.protocol, report.dataset, scores).splitlines()[1:],
        ]
        break
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """Everything, to be read by programs."""
    return json.dumps(asdict(report), indent=1)


def as_csv(report: Report) -> str:
    """One line a row and sequence; the sequence 'all' is the mean over all frames."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("dataset", "protocol", "method", "sequence", *COLUMNS))
    for method, score in report.overall.items():
        for sequence, row in {"all": score, **report.by_sequence[method]}.items():
            figures = ("" if value is None else value for value in (getattr(row, name) for name in COLUMNS))
            writer.writerow((report.dataset, report.protocol.name, method, sequence, *figures))
    return text.getvalue()


def as_latex(report: Report) -> str:
    """A table in the layout of the papers, the best of each column in bold."""
    names = ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm", "accel_mm", "accel_m_s2")
    best = {}
    for name in names:
        values = [getattr(row, name) for row in report.overall.values() if getattr(row, name) is not None]
        best[name] = min(values, default=None)
    lines = [
        f"% {report.dataset}, protocol {report.protocol.name} ({report.protocol.target_gender} target)",
        r"\begin{tabular}{lrrrrr}",
        r"\hline",
        r"Method & MPJPE & PA-MPJPE & MPVPE & \multicolumn{2}{c}{Accel} \\",
        r" & mm & mm & mm & mm/frame$^2$ & m/s$^2$ \\",
        r"\hline",
    ]
    for method, row in report.overall.items():
        cells = [_cell(getattr(row, name), best[name]) for name in names]
        lines.append(" & ".join((method.replace("_", r"\_"), *cells)) + r" \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}", ""])


def _cell(value: float | None, best: float | None) -> str:
    if value is None:
        return "--"
    return rf"\textbf{{{value:.1f}}}" if value == best else f"{value:.1f}"


def write_report(report: Report, out: Path) -> list[Path]:
    """`out`.json, .csv and .tex."""
    out.parent.mkdir(parents=True, exist_ok=True)
    written = []
    for ending, text in ((".json", as_json(report)), (".csv", as_csv(report)), (".tex", as_latex(report))):
        path = out.with_name(out.name + ending)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def draw_accelerations(errors: Mapping[str, SequenceErrors], path: Path, fps: float | None) -> str:
    """Figure 5(b) of the paper: acceleration error over one sequence's counted frames, a curve a method.

    The mean stands behind each name. Spikes that all share are where invalid frames were taken out.
    Returns what was done, in one sentence; matplotlib is used where it is installed.
    """
    try:
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # no window, no global state
        from matplotlib.figure import Figure
    except ImportError:
        return "The figure was not drawn: it needs matplotlib (pip install matplotlib)."
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    for name, sequence in errors.items():
        axes.plot(sequence.accel_mm, linewidth=1, label=f"{name} ({sequence.accel_mm.mean():.1f})")
    title = next(iter(errors.values())).name
    axes.set(xlabel="frame", ylabel="acceleration error (mm/frame²)", title=title, ylim=(0, None))
    if fps is not None:
        factor = fps**2 / 1000
        seconds = axes.secondary_yaxis(
            "right", functions=(lambda mm: np.multiply(mm, factor), lambda m: np.divide(m, factor))
        )
        seconds.set_ylabel("m/s²")
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    figure.savefig(path)
    return f"{path}: acceleration error over the frames of {title}"
