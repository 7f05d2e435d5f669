"""What stands in the tables."""

from __future__ import annotations

import json

from str_live.evaluate.clips.report import as_markdown, write_report
from str_live.evaluate.clips.scores import Row
from str_live.evaluate.clips.tracks import (
    MEDIAPIPE,
    TRUTH,
)


def row(method: str, damage: str, value: float, *, lost: int = 0) -> Row:
    figures = {"pa_mpjpe_mm": value, "accel_error_mm": value / 2, "accel_mm": value / 4}
    found = {name: value / 10 for name, value in figures.items()}
    return Row("balance", damage, method, 100, lost, figures, found, 100 - lost)


def test_tables_have_ratios_to_mediapipe_and_say_where_the_person_was_lost():
    rows = [row(MEDIAPIPE, "none", 80.0), row("ours", "none", 60.0)]
    text = as_markdown(rows)
    assert "60.0 (0.75)" in text
    assert "only" not in text
    rows += [row(MEDIAPIPE, "dark", 90.0, lost=8), row("ours", "dark", 45.0, lost=3), row(TRUTH, "dark", 8.0)]
    text = as_markdown(rows)
    assert "45.0 (0.50)" in text
    whole, found_only = text.split("Over those frames only")
    assert "frames without the person" in whole
    assert "4.5 (0.50)" in found_only
    assert TRUTH not in whole.split("frames without the person")[1]
    assert "6.0" not in found_only  # nobody was lost without damage


def test_reports_are_written_for_programs_too(tmp_path):
    rows = [row(MEDIAPIPE, "none", 80.0)]
    paths = write_report(rows, tmp_path / "new" / "clips")
    assert [path.name for path in paths] == ["clips.json", "clips.md"]
    assert json.loads(paths[0].read_text())[0]["shown"]["pa_mpjpe_mm"] == 80.0
    assert paths[1].read_text() == as_markdown(rows)
