"""Means and spreads of runs, and the tables made of them."""

from __future__ import annotations

import json

import pytest

from str_live.benchmark.results import ALL, as_csv, as_markdown, best_seed, spread_of, summarise
from str_live.benchmark.rows import FULL, ROWS

TESTS = ("freemocap_test_normal_db.npz", "freemocap_test_blur_db.npz")
TCMR = ROWS["tcmr"]


@pytest.fixture
def out(tmp_path):
    for row, errors in ((FULL, (50.0, 54.0)), (TCMR, (56.0, 58.0))):
        for seed, error in enumerate(errors, start=1):
            write_run(tmp_path / row.name / str(seed), error)
    return tmp_path


def write_run(folder, error):
    """A run whose second test set is 10 mm harder."""
    folder.mkdir(parents=True)
    content = {test: {"overall": figures(error + 10 * place)} for place, test in enumerate(TESTS)}
    (folder / "scores.json").write_text(json.dumps(content))
    epochs = [{"epoch": 1, "val_pa_mpjpe_mm": 2 * error}, {"epoch": 2, "val_pa_mpjpe_mm": error}]
    (folder / "history.jsonl").write_text("".join(json.dumps(epoch) + "\n" for epoch in epochs))


def figures(error):
    return {
        "frames": 9, "mpjpe_mm": error * 2, "pa_mpjpe_mm": error, "mpvpe_mm": None, "accel_mm": 7.0,
        "own_accel_mm": 5.0, "true_accel_mm": 4.0, "accel_m_s2": None,
    }  # fmt: skip


def test_a_row_s_figures_are_mean_and_sample_deviation_over_seeds(out):
    full, tcmr = summarise(out, [FULL, TCMR])
    cell = full.cells[TESTS[1]]["pa_mpjpe_mm"]
    assert (cell.mean, cell.seeds) == (62.0, 2)
    assert cell.deviation == pytest.approx(8**0.5)
    assert full.cells[ALL]["pa_mpjpe_mm"].mean == 57.0, "all: the mean of the test sets"
    assert tcmr.seeds == (1, 2)
    assert "mpvpe_mm" not in full.cells[ALL]
    assert full.true_accel_mm[ALL] == 4.0


def test_one_seed_has_no_spread():
    assert str(spread_of([3.0])) == "3.0"
    assert str(spread_of([3.0, 5.0])) == "4.0 ± 1.4"


def test_the_best_seed_is_chosen_in_validation(out):
    assert best_seed(out, FULL) == 1
    (out / FULL.name / "1" / "history.jsonl").write_text('{"epoch": 1, "val_pa_mpjpe_mm": 99.0}\n')
    assert best_seed(out, FULL) == 2


def test_tables_show_the_best_in_bold_and_the_truths_acceleration(out):
    table = as_markdown(summarise(out, [FULL, TCMR]), TESTS[0])
    assert "| STR, paper reading | 2 | **52.0 ± 2.8** | **104.0 ± 5.7** |" in table
    assert "| TCMR | 2 | 57.0 ± 1.4 |" in table
    assert table.splitlines()[-1].startswith("| *the truth* |")
    assert table.splitlines()[-1].endswith("| 4.0 |")


def test_csv_has_a_line_for_each_figure(out):
    lines = as_csv(summarise(out, [FULL, TCMR])).splitlines()
    assert len(lines) == 1 + 2 * 3 * 4
    assert 'str,"STR, paper reading",freemocap_test_normal_db.npz,pa_mpjpe_mm,52.000,2.828,2' in lines
