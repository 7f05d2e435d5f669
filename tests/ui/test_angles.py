"""Joint angles in the window: a plot that can be switched on, the values of the export, and their table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtWidgets import QApplication
from scipy.spatial.transform import Rotation

from str_live.angle_ranges import RangeCounter, SteadyAngles
from str_live.export import TakeOptions, make_take
from str_live.export.angles import opensim_angles
from str_live.settings import Settings
from str_live.ui.angle_table import AngleTable
from str_live.ui.widgets.plots import PlotArea
from str_live.view.angle_history import AngleHistory
from tests.export.made_up import made_up_body, made_up_recording
from tests.test_joint_angles import turned
from tests.ui.fake_session import make_result


def history_of(rotations: np.ndarray) -> AngleHistory:
    """(N, 24, 3, 3): results at 30 frames a second whose shown body is another one than the measured one."""
    history = AngleHistory()
    for index, each in enumerate(rotations):
        result = make_result(index)
        measured = replace(result.bodies[0], rotmat=each.astype(np.float32))
        history.add(replace(result, raw_bodies=(measured,)))
    return history


@pytest.fixture
def plots(qtbot) -> PlotArea:
    area = PlotArea()
    qtbot.addWidget(area)
    area.resize(1200, 200)
    area.show()
    area.angles.show_choice(True, "knee")
    return area


def test_curves_are_the_values_of_the_export(plots):
    recording = made_up_recording(60, fps=30.0)
    take = make_take(recording, made_up_body(), TakeOptions(floor="none"), name="take")
    plots.angles.show_history(history_of(recording.rotmat))
    exported = opensim_angles(take)
    for side, name in (("left", "knee_angle_l"), ("right", "knee_angle_r")):
        values = plots.angles.curves[side].getData()[1]
        np.testing.assert_allclose(values[1:], exported[name], atol=0.02)  # poses are stored in float32


def test_a_lost_person_is_a_gap_and_does_not_count(plots):
    history = history_of(np.concatenate([turned(left_knee=(40, 0, 0))] * 10))
    history.add(make_result(10, person=False, held_s=0.1))
    history.add(make_result(11, person=False, held_s=0.2))
    plots.angles.show_history(history)
    values = plots.angles.curves["left"].getData()[1]
    assert np.isnan(values[-2:]).all()
    assert history.ranges("knee")["left"].least == pytest.approx(40.0, abs=1e-4)
    assert "left" in plots.angles.legend.text()


def test_the_axis_holds_the_curves_and_is_not_narrow(plots):
    history = history_of(np.concatenate([turned(left_knee=(value, 0, 0)) for value in (5.0, 95.0)]))
    assert history.axis("knee") == (0.0, 100.0)
    assert history.axis("trunk") == (-20.0, 20.0)
    plots.angles.show_history(history)
    assert plots.angles.plot.viewRange()[1] == [0.0, 100.0]


def test_a_trunk_has_one_curve(plots):
    plots.angles.show_choice(True, "trunk")
    plots.angles.show_history(history_of(turned(spine2=(20, 0, 0)).repeat(5, axis=0)))
    assert plots.angles.curves["middle"].isVisible()
    assert not plots.angles.curves["left"].isVisible()
    assert "−20" in plots.angles.legend.text()


def test_the_plot_and_its_angle_are_switched_on_and_remembered(make_window, store, qtbot):
    window = make_window()
    window.show()
    assert not window.plots.angles.isVisible()
    window.actions_by_name["angles"].trigger()
    assert window.plots.angles.isVisible()
    window.plots.angles.kind.setCurrentIndex(window.plots.angles.kind.findData("elbow"))
    window.plots.angles.kind.activated.emit(window.plots.angles.kind.currentIndex())
    assert (store.load() or Settings()).view.angle == "elbow"
    window.plots.angles.shown.click()
    assert not window.plots.angles.isVisible()
    assert not (store.load() or Settings()).view.angle_plot


def test_the_window_s_results_reach_plot_and_table(make_window, qtbot):
    window = make_window()
    window.state.change_view(angle_plot=True)
    window.show()
    window.start()
    window.plots.angles.table.click()
    table = window.angles.table
    qtbot.waitUntil(lambda: table.cells["knee", "left", "mean"].text() not in ("–", ""), timeout=20_000)
    assert float(table.cells["knee", "left", "mean"].text().replace("−", "-")) == pytest.approx(0.0)
    assert window.plots.angles.curves["left"].getData()[0] is not None


def test_the_table_shows_all_ranges_and_copies_them(qtbot):
    table = AngleTable()
    qtbot.addWidget(table)
    steady, counter = SteadyAngles(), RangeCounter()
    for value in (10.0, 60.0, 20.0):
        counter.add(steady.of(turned(right_elbow=(0, value, 0))[0]))
    table.show_ranges(counter.ranges())
    cells = [table.cells["elbow", "right", name].text() for name in ("least", "greatest", "range", "mean")]
    assert cells == ["10.0", "60.0", "50.0", "30.0"]
    table.copy.click()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert "Elbow flexion" in clipboard.text()


def test_the_table_begins_again(qtbot):
    history, table = history_of(turned(left_knee=(40, 0, 0))), AngleTable()
    qtbot.addWidget(table)
    table.count_anew.connect(history.count_anew)
    table.show()
    table.anew.click()
    table.show_history(history)
    assert table.over.currentData() == "counted"
    assert table.cells["knee", "left", "mean"].text() == "–"


def test_shoulders_do_not_jump_by_whole_turns():
    swings = [
        turned(left_shoulder=tuple(Rotation.from_euler("zy", (-80, value), degrees=True).as_rotvec(True)))
        for value in np.linspace(0, 340, 35)
    ]
    values = history_of(np.concatenate(swings)).curve("shoulder", "left")[1]
    assert np.nanmax(np.abs(np.diff(values[1:]))) < 180.0
