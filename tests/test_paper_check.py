"""`make paper-check` at its smallest: files, training, resuming, evaluation, table."""

from __future__ import annotations

import csv

import pytest

from tests import paper_check
from tests.paper_material import Size

pytest.importorskip("h5py", reason="h5py is not installed")


def test_the_way_of_the_paper_holds_together(tmp_path, capsys):
    size = Size(width=8, hidden=8, videos=1, frames=24)
    plan = paper_check.Plan(size, epochs=2, iterations=2, batch=(1, 2), networks=("str",), clip_frames=0)
    rows = paper_check.run(tmp_path / "check", plan)
    modes = ["offline", *(f"look-ahead {lookahead}" for lookahead in range(8))]
    assert list(rows) == [f"{name} {mode}" for name in ("str", "spin per frame") for mode in modes]
    assert all(row["frames"] == 23 and row["mpvpe_mm"] > 0 for row in rows.values())
    printed = capsys.readouterr().out
    assert "3dpw, protocol tcmr (neutral target)" in printed
    assert "md5" in printed
    with (tmp_path / "check" / "table.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 1 + 2 * len(rows)
    assert (tmp_path / "check" / "table.tex").read_text().count(r"\textbf") >= 5
