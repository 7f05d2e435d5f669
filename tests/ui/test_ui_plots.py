"""The plots and the table show the samples they were given, and say what the errors refer to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.messages import AccelerationMeans, AccelerationSample
from str_live.settings import Settings
from str_live.ui.panels.network import ErrorTable
from str_live.ui.widgets.plots import PlotArea
from str_live.view.history import AccelerationHistory, reference_text
from tests.ui.fake_session import STATUS, make_result, make_sample


def filled(count: int = 60, compare: bool = False) -> AccelerationHistory:
    history = AccelerationHistory()
    for index in range(count):
        history.add(make_result(index, replace(Settings(), compare=compare)))
    return history


def test_a_curve_holds_the_samples_at_their_own_times():
    x, y = filled(60).curve("error", "A")
    assert x[-1] == pytest.approx(-0.4, abs=1e-6), "the newest sample is as old as the filter is slow"
    assert np.nanmin(y) == np.nanmax(y) == 10.0


def test_only_ten_seconds_are_kept():
    x, _ = filled(600).curve("error", "A")
    assert x[0] >= -10.0
    assert x[0] < -9.9


def test_a_clip_that_starts_again_goes_on_after_a_gap():
    history = filled(30)
    for index in range(30):
        history.add(make_result(index, epoch=1))
    x, y = history.curve("error", "A")
    assert (np.diff(x[1:30]) >= 0).all()
    assert np.isnan(y).sum() == 2, "one gap for each start"
    assert history.now_s == pytest.approx(2.0, abs=0.05)


def test_the_reference_is_named_for_what_it_is():
    assert reference_text("ground truth", 0.0) == "against ground truth"
    text = reference_text("mediapipe 6 Hz", 0.43)
    assert text == "against mediapipe landmarks, 6 Hz low-pass, delayed 0.4 s"
    assert reference_text("", 0.0, "too few pictures a second") == "too few pictures a second"


@pytest.mark.parametrize("compare", [False, True])
def test_plots_show_the_curves_that_there_are(qtbot, compare):
    plots = PlotArea()
    qtbot.addWidget(plots)
    plots.resize(900, 200)
    plots.show_variants({"A": "STR without TTR", "B": "TCMR"})
    plots.show()
    plots.show_history(filled(compare=compare))
    beside = {"B": 20.0} if compare else {}
    plots.show_means(
        AccelerationMeans({"A": 10.0, **beside}, {"A": 12.0, "reference": 8.0, **beside}, 300), ""
    )
    x, y = plots.error.curves["A"].getData()
    assert len(x) == len(y) == 61
    drawn = plots.error.curves["B"].getData()[0]
    assert (drawn is not None and len(drawn) > 0) == compare
    assert "A&nbsp;&nbsp;STR without TTR" in plots.error.legend.text()
    assert ("B&nbsp;&nbsp;TCMR" in plots.error.legend.text()) == compare
    assert "reference" in plots.magnitude.legend.text()
    assert "6 Hz low-pass, delayed 0.4 s" in plots.error.note.text()
    assert plots.error.plot.getAxis("left").labelText == "mm/frame² (30 fps)"
    low, high = plots.error.plot.viewRange()[0]
    assert low <= -10 < 0 <= high
    assert low > -11


def test_the_axis_reaches_over_the_highest_curve(qtbot):
    plots = PlotArea()
    qtbot.addWidget(plots)
    plots.show()
    plots.show_history(filled())
    assert plots.error.plot.viewRange()[1] == [0, 40]


def test_a_change_of_the_network_is_marked_at_its_time(qtbot):
    history = filled(30)
    history.mark("A  STR without TTR")
    for index in range(30, 60):
        history.add(make_result(index))
    assert history.visible_marks() == [(pytest.approx(-1.0), "A  STR without TTR")]
    plots = PlotArea()
    qtbot.addWidget(plots)
    plots.show()
    plots.show_history(history)
    lines = [line for line in plots.error.marks if line.isVisible()]
    assert [line.value() for line in lines] == [pytest.approx(-1.0)]
    assert lines[0].label.format == "A  STR without TTR"


def test_a_source_without_reference_has_magnitudes_only(qtbot):
    history = AccelerationHistory()
    for index in range(30):
        sample = AccelerationSample(index / 30, {}, {"A": 12.0, "frame": 30.0}, "")
        history.add(replace(make_result(index), acceleration=sample))
    plots = PlotArea()
    qtbot.addWidget(plots)
    plots.show()
    plots.show_means(AccelerationMeans({}, {}, 0), "this source has no reference")
    plots.show_history(history)
    assert plots.error.note.text() == "this source has no reference"
    assert len(history.curve("error", "A")[1]) == 0
    assert np.nanmean(history.curve("magnitude", "A")[1]) == pytest.approx(12.0)


def test_the_table_gives_means_and_a_dash_for_what_is_missing(qtbot):
    table = ErrorTable()
    qtbot.addWidget(table)
    table.show_means(STATUS.inference.acceleration)
    assert table.cells["A", "error"].text() == "10.0"
    assert table.cells["frame", "magnitude"].text() == "32.0"
    assert table.cells["B", "error"].text() == "–"
    assert table.cells["reference", "error"].text() == "–"


def test_no_sample_no_complaint(qtbot):
    plots = PlotArea()
    qtbot.addWidget(plots)
    plots.show()
    plots.show_history(AccelerationHistory())
    assert make_sample(0.0).reference == "mediapipe 6 Hz"


def test_few_pictures_without_truth_say_so_in_the_place_of_a_reference(qtbot):
    plots, history = PlotArea(), AccelerationHistory()
    qtbot.addWidget(plots)
    reason = "no reference: too few pictures, under 18 a second"
    for index in range(20):
        sample = AccelerationSample(index / 9, {}, {"A": 1.0, "frame": 2.0}, "", reason)
        history.add(replace(make_result(index), acceleration=sample))
    plots.show_history(history)
    assert plots.error.note.text() == reason
    assert plots.magnitude.note.text() == "of the joints, coarse"
