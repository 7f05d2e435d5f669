"""What the evaluation writes, and what it refuses before it starts."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from str_live.evaluate.__main__ import main
from str_live.evaluate.methods import load_methods
from str_live.evaluate.protocols import PROTOCOLS, Score, SequenceErrors
from str_live.evaluate.report import Report, as_latex, as_text, draw_accelerations, write_report
from str_live.weights.own import WeightsError

BETTER = Score(10, 80.0, 50.0, 100.0, 7.0, 6.3, 9.0, 8.8)
WORSE = Score(10, 90.0, 60.0, None, 8.0, None, 9.0, 8.8)


def report() -> Report:
    return Report(
        dataset="3dpw",
        protocol=PROTOCOLS["tcmr"],
        fps=30.0,
        sources={"database": "3dpw: 3dpw_test_db.pt, md5 0"},
        overall={"str_a offline": BETTER, "spin offline": WORSE},
        by_sequence={"str_a offline": {"downtown": BETTER}, "spin offline": {"downtown": WORSE}},
    )


def errors(name: str = "downtown") -> SequenceErrors:
    frames = np.linspace(1, 9, 8)
    return SequenceErrors(name, frames, frames, None, frames[1:-1], frames[1:-1], frames[1:-1])


def test_files_hold_every_row_and_sequence(tmp_path):
    written = write_report(report(), tmp_path / "new" / "table")
    assert [path.suffix for path in written] == [".json", ".csv", ".tex"]
    content = json.loads(written[0].read_text())
    assert content["overall"]["str_a offline"]["mpjpe_mm"] == 80.0
    assert content["protocol"]["name"] == "tcmr"
    with written[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["method"], row["sequence"]) for row in rows[:2]] == [
        ("str_a offline", "all"),
        ("str_a offline", "downtown"),
    ]
    assert rows[2]["mpvpe_mm"] == rows[2]["accel_m_s2"] == ""


def test_without_a_frame_rate_the_table_says_why():
    assert "No m/s^2: " not in as_text(report())
    assert "give --fps" in as_text(replace(report(), fps=None))


def test_latex_marks_the_best_and_escapes_names():
    lines = as_latex(report()).splitlines()
    best = next(line for line in lines if line.startswith(r"str\_a offline"))
    assert (
        best
        == r"str\_a offline & "
        + " & ".join(rf"\textbf{{{value}}}" for value in ("80.0", "50.0", "100.0", "7.0", "6.3"))
        + r" \\"
    )
    assert r"spin offline & 90.0 & 60.0 & -- & 8.0 & -- \\" in lines


def test_text_names_protocol_database_and_sequences():
    text = as_text(report())
    assert "protocol tcmr (neutral target)" in text
    assert "md5" in text
    assert "str_a offline, by sequence" in text


def test_figure_is_drawn_where_matplotlib_is_and_else_says_so(tmp_path, monkeypatch):
    path = tmp_path / "accelerations.svg"
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "matplotlib.figure", None)
        assert "pip install matplotlib" in draw_accelerations({"str": errors()}, path, 30.0)
    assert not path.exists()
    pytest.importorskip("matplotlib")
    assert "downtown" in draw_accelerations({"str": errors(), "spin": errors()}, path, 30.0)
    assert "<svg" in path.read_text()


def test_unknown_checkpoints_and_missing_files_are_one_sentence(tmp_path):
    with pytest.raises(WeightsError, match="no known kind"):
        load_methods(tmp_path / "weights.pt")
    with pytest.raises(SystemExit, match="does not exist"):
        main(["--checkpoint", str(tmp_path / "best.safetensors"), "--data", "3dpw_test_db.pt"])
