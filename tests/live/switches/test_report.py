"""The table holds every network's figures; the figure is a picture."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from str_live.camera.picture_file import read_image
from str_live.live.switches.cases import combinations
from str_live.live.switches.meter import CaseFigures, SwitchFigures
from str_live.live.switches.report import FilmReport, write_report


def report(*, known: bool = True) -> FilmReport:
    cases = {
        network: CaseFigures(
            0.1 * place, np.full(24, 0.1 * place), 5.0, 6.0 if known else None, 60.0 if known else None
        )
        for place, network in enumerate(combinations())
    }
    return FilmReport("film, with a comma.mp4", "weights", 2, SwitchFigures(90, cases, "ground truth", 8.0))


@pytest.mark.parametrize("known", [True, False])
def test_the_table_has_a_row_for_each_network(tmp_path, known: bool):
    table, _ = write_report(report(known=known), tmp_path / "new" / "folder")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 32
    switches = ("ttr", "ste_time", "ste_freq", "self", "cross")
    assert [rows[0][name] for name in switches] == ["1"] * 5
    assert [rows[1][name] for name in switches] == ["1", "1", "1", "1", "0"]
    assert rows[3]["film"] == "film, with a comma.mp4"
    assert float(rows[3]["shift_mm"]) == pytest.approx(0.3)
    assert float(rows[3]["shift_left_wrist_mm"]) == pytest.approx(0.3)
    assert rows[3]["pa_mpjpe_mm"] == ("60.000" if known else "")


def test_the_figure_is_a_picture(tmp_path):
    _, figure = write_report(report(), tmp_path)
    picture = read_image(figure)
    assert picture is not None
    assert picture.shape[1] > 800
    assert picture.std() > 10
