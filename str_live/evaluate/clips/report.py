"""Writes the Rows of a measurement for people and programs: tables in Markdown, and JSON.

In a table each row is a way of tracking, each column a damage. Figures in 3D have their ratio to mediapipe's
own under the same damage behind them; in the picture mediapipe is itself the reference, or nearly so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from str_live.evaluate.clips.scores import Row
from str_live.evaluate.clips.tracks import MEDIAPIPE, TRUTH


@dataclass(frozen=True, slots=True)
class _Table:
    title: str
    figures: tuple[str, ...]
    """What stands in a cell, by the names in Row."""
    decimals: int
    ratio: bool


_TABLES = (
    _Table("PA-MPJPE, mm (× mediapipe's)", ("pa_mpjpe_mm",), 1, ratio=True),
    _Table("acceleration error, mm/frame² (× mediapipe's)", ("accel_error_mm",), 1, ratio=True),
    _Table("mean acceleration, mm/frame²", ("accel_mm",), 1, ratio=False),
    _Table("PCK at 0.1 / PCK at 0.2 / overlap", ("pck_01", "pck_02", "overlap"), 2, ratio=False),
)

Figures = Callable[[Row], Mapping[str, float]]


def as_markdown(rows: Sequence[Row]) -> str:
    """All tables, clip by clip; over the frames that all found only where somebody lost the person."""
    parts = []
    for clip in _unique(row.clip for row in rows):
        of_clip = [row for row in rows if row.clip == clip]
        parts.append(f"### {clip}, {of_clip[0].frames} frames")
        parts += _tables(of_clip, lambda row: row.shown)
        losses = {row.damage for row in of_clip if row.lost}
        if losses:
            of_losses = [row for row in of_clip if row.damage in losses]
            trackers = [row for row in of_losses if row.method != TRUTH]
            parts.append(_markdown("frames without the person", trackers, lambda row: str(row.lost)))
            parts.append(f"Over those frames only in which all find the person ({_counts(of_losses)}):")
            parts += _tables(of_losses, lambda row: row.all_found)
    return "\n\n".join(parts) + "\n"


def _counts(rows: Sequence[Row]) -> str:
    """'dark 90, flicker 97 of 100': how many frames count."""
    counts = {row.damage: row.all_found_frames for row in rows}
    return ", ".join(f"{damage} {count}" for damage, count in counts.items()) + f" of {rows[0].frames}"


def _tables(rows: Sequence[Row], figures: Figures) -> list[str]:
    """The tables whose figures these rows have."""
    found = []
    for table in _TABLES:
        having = [row for row in rows if set(table.figures) <= set(figures(row))]
        base = {row.damage: figures(row) for row in having if row.method == MEDIAPIPE}
        cells = {id(row): _cell(table, figures(row), base.get(row.damage, {})) for row in having}
        if having:
            found.append(_markdown(table.title, having, lambda row, cells=cells: cells[id(row)]))
    return found


def _cell(table: _Table, figures: Mapping[str, float], base: Mapping[str, float]) -> str:
    """'61.9 (0.68)' or '0.94 / 1.00 / 0.82'."""
    text = " / ".join(f"{figures[name]:.{table.decimals}f}" for name in table.figures)
    if not table.ratio or not base:
        return text
    name = table.figures[0]
    return f"{text} ({figures[name] / base[name]:.2f})"


def _markdown(title: str, rows: Sequence[Row], cell: Callable[[Row], str]) -> str:
    """Methods by damages, columns as wide as their widest cell."""
    damages, methods = _unique(row.damage for row in rows), _unique(row.method for row in rows)
    cells = {(row.method, row.damage): cell(row) for row in rows}
    lines = [[title, *damages]]
    lines += [[method, *(cells.get((method, damage), "–") for damage in damages)] for method in methods]
    widths = [max(len(line[column]) for line in lines) for column in range(len(damages) + 1)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def write_report(rows: Sequence[Row], out: Path) -> list[Path]:
    """`out`.json and `out`.md."""
    out.parent.mkdir(parents=True, exist_ok=True)
    texts = {".json": json.dumps([asdict(row) for row in rows], indent=1), ".md": as_markdown(rows)}
    written = []
    for ending, text in texts.items():
        path = out.with_name(out.name + ending)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
