"""Writes the switches' figures of a film: a table as CSV, a figure as PNG. In: SwitchFigures, out: files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from str_live.live.switches.meter import CaseFigures, SwitchFigures
from str_live.settings import SWITCHES, NetworkSettings
from str_live.skeleton import JOINT_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CSV_NAME, FIGURE_NAME = "switches.csv", "switches.png"
LABELS = ("TTR", "STE time", "STE freq.", "self", "cross")
"""Of SWITCHES, for the columns of the figure."""
_ON, _OFF, _BAR, _WHOLE = "#222222", "#cfcfcf", "#0072b2", "#d55e00"


@dataclass(frozen=True, slots=True)
class FilmReport:
    """What is written of one film."""

    film: str
    """Its name."""
    weights: str
    lookahead: int
    figures: SwitchFigures


def write_report(report: FilmReport, folder: Path) -> list[Path]:
    """The table and the figure in `folder`, which is made; their paths. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    table, figure = folder / CSV_NAME, folder / FIGURE_NAME
    write_table(report, table)
    draw_figure(report, figure)
    return [table, figure]


def switches_on(network: NetworkSettings) -> tuple[bool, ...]:
    """Of SWITCHES, in their order."""
    fields = (network.ttr, network.ste_time, network.ste_freq)
    return (*fields, network.self_integration, network.cross_integration)


def write_table(report: FilmReport, path: Path) -> None:
    """A row for each network: which modules were on (1) and off (0), then its figures; empty: not known."""
    names = ["film", "weights", "look_ahead", "frames", "reference", *SWITCHES]
    names += ["shift_mm", "accel_mm_per_frame2", "accel_error_mm_per_frame2", "pa_mpjpe_mm"]
    names += [f"shift_{joint}_mm" for joint in JOINT_NAMES]
    figures = report.figures
    start = [report.film, report.weights, report.lookahead, figures.frames, figures.reference]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for network, case in figures.cases.items():
            values = (case.shift_mm, case.accel_mm, case.accel_error_mm, case.pa_mpjpe_mm, *case.by_joint_mm)
            numbers = ["" if value is None else f"{value:.3f}" for value in values]
            writer.writerow([*start, *map(int, switches_on(network)), *numbers])


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    values: Sequence[float | None]
    reference: float | None = None


def draw_figure(report: FilmReport, path: Path) -> None:
    """Which modules are on beside what came of it, the networks with most modules on top."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # no window, no global state
    from matplotlib.figure import Figure

    cases = sorted(report.figures.cases.items(), key=lambda item: -sum(switches_on(item[0])))
    columns = _columns(report.figures, [case for _, case in cases])
    height = 1.6 + 0.23 * len(cases)
    figure = Figure(figsize=(3.2 + 2.3 * len(columns), height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 1 + len(columns), sharey=True, width_ratios=[1.1, *[1.6] * len(columns)])
    rows = [switches_on(network) for network, _ in cases]
    _draw_switches(axes[0], rows)
    for own in axes:
        _draw_groups(own, rows)
    for place, (own, column) in enumerate(zip(axes[1:], columns, strict=True)):
        _draw_column(own, column, from_zero=place == 0)
    title = f"{report.film}: {report.figures.frames} frames, look-ahead {report.lookahead}"
    figure.suptitle(f"{title}\nweights: {report.weights}", fontsize=10)
    figure.savefig(path)


def _columns(figures: SwitchFigures, cases: Sequence[CaseFigures]) -> list[_Column]:
    """Those that are known."""
    against = f", against\n{figures.reference}" if figures.reference else ""
    columns = [
        _Column("joints moved from\nwhole STR's (mm)", [case.shift_mm for case in cases]),
        _Column(
            "mean acceleration\n(mm/frame²)", [case.accel_mm for case in cases], figures.reference_accel_mm
        ),
        _Column(
            f"acceleration error{against}\n(mm/frame²)".replace("\n(", " ("),
            [case.accel_error_mm for case in cases],
        ),
        _Column("PA-MPJPE\n(mm)", [case.pa_mpjpe_mm for case in cases]),
    ]
    return [column for column in columns if any(value is not None for value in column.values)]


def _draw_switches(axes: Axes, rows: Sequence[tuple[bool, ...]]) -> None:
    """A dot for each module, dark where it is on."""
    for height, on in enumerate(rows):
        axes.scatter(range(len(on)), [height] * len(on), s=34, color=[_ON if each else _OFF for each in on])
    axes.set_xticks(range(len(LABELS)), LABELS, rotation=90, fontsize=8)
    axes.xaxis.set_ticks_position("top")
    axes.set_xlim(-0.6, len(LABELS) - 0.4)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    for place, (text, colour) in enumerate((("● on", _ON), ("● off", "#9a9a9a"))):
        axes.text(
            0.25 + 0.4 * place, -0.01, text, color=colour, transform=axes.transAxes, va="top", fontsize=8
        )
    axes.tick_params(length=0)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


def _draw_groups(axes: Axes, rows: Sequence[tuple[bool, ...]]) -> None:
    """Lines between networks with different numbers of modules."""
    for height in range(1, len(rows)):
        if sum(rows[height]) != sum(rows[height - 1]):
            axes.axhline(height - 0.5, color="#cccccc", linewidth=0.8, zorder=0)


def _draw_column(axes: Axes, column: _Column, *, from_zero: bool) -> None:
    """A dot for each network with its number; a line at the whole network's, a dashed one at the truth's."""
    whole = column.values[0]
    known = [(height, value) for height, value in enumerate(column.values) if value is not None]
    for height, value in known:
        colour = _WHOLE if height == 0 else _BAR
        if from_zero:
            axes.plot([0, value], [height, height], color=colour, linewidth=1.4)
        axes.scatter([value], [height], s=22, color=colour, zorder=3)
        axes.annotate(
            f"{value:.1f}", (value, height), (5, 0), textcoords="offset points", va="center", fontsize=7
        )
    if whole is not None and not from_zero:
        axes.axvline(whole, color=_WHOLE, linewidth=0.8, zorder=0)
    if column.reference is not None:
        axes.axvline(column.reference, color="#555555", linewidth=0.9, linestyle="--", zorder=0)
        axes.annotate(
            "reference", (column.reference, len(column.values) - 1), (3, 0), textcoords="offset points",
            fontsize=7, color="#555555",
        )  # fmt: skip
    axes.set_title(column.title, fontsize=9)
    axes.grid(axis="x", color="#eeeeee")
    axes.margins(x=0.18)
    if from_zero:
        axes.set_xlim(left=0)
    axes.tick_params(axis="x", labelsize=8)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
