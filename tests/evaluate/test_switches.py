"""The command measures by the clips' arithmetic where a truth is given, and says what does not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from str_live.evaluate.clips.clip import LIMB_MARKERS
from str_live.evaluate.clips.scores import motion_figures
from str_live.evaluate.clips.tracks import Sight
from str_live.evaluate.switches import LimbTruth, as_markdown, main
from str_live.live.switches.cases import WATCHED
from str_live.live.switches.meter import SwitchFigures, SwitchMeter
from str_live.skeleton import LIMB_JOINTS
from tests.live.switches.made_up import JOINTS, NETWORKS, moved, result

FRAMES = 8
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def bodies(index: int) -> list[np.ndarray]:
    """The whole network sways; the others are off it."""
    return [moved(0.001 * index**2), moved(0.001 * index**2 + 0.005 * index), JOINTS]


def write_trc(path: Path, joints: np.ndarray) -> Path:
    """(N, 12, 3) metres in the order of LIMB_MARKERS; the file's axes are others than a camera's."""
    header = [
        "PathFileType\t4",
        "DataRate",
        "30",
        "Frame#\tTime\t" + "\t\t\t".join(LIMB_MARKERS),
        "\t\tX1\tY1\tZ1",
    ]
    rows = [[i + 1, i / 30, *frame[:, [1, 2, 0]].ravel()] for i, frame in enumerate(joints)]
    path.write_text("\n".join([*header, *("\t".join(map(str, row)) for row in rows)]))
    return path


def figures_against(path: Path) -> SwitchFigures:
    truth, meter = LimbTruth(path), SwitchMeter()
    for index in range(FRAMES):
        each = result(index, bodies(index), truth=None)
        meter.add(each)
        truth.take(each)
    return truth.into(meter.figures())


@pytest.fixture
def measured() -> np.ndarray:
    """(N, 12, 3): the whole network's own limbs, seen from elsewhere."""
    return np.stack([bodies(index)[0][LIMB_JOINTS] @ TURN.T + 2 for index in range(FRAMES)])


def test_a_network_that_is_the_truth_has_no_error(tmp_path, measured):
    figures = figures_against(write_trc(tmp_path / "joints.trc", measured))
    whole = figures.cases[NETWORKS[0]]
    assert whole.pa_mpjpe_mm == pytest.approx(0, abs=1e-3)
    assert whole.accel_error_mm == pytest.approx(0, abs=1e-3)
    assert whole.accel_mm == pytest.approx(figures.reference_accel_mm, abs=1e-3)
    assert figures.reference == "joints.trc"


def test_the_figures_are_those_of_the_clips(tmp_path, measured):
    figures = figures_against(write_trc(tmp_path / "joints.trc", measured))
    sights = [Sight(bodies(i)[1][LIMB_JOINTS], np.zeros((12, 2)), None) for i in range(FRAMES)]
    expected = motion_figures(sights, np.ones(FRAMES, bool), joints=measured, rate=30.0)
    case = figures.cases[NETWORKS[1]]
    assert case.pa_mpjpe_mm == pytest.approx(expected["pa_mpjpe_mm"], rel=1e-4)
    assert case.accel_error_mm == pytest.approx(expected["accel_error_mm"], rel=1e-3)
    assert case.accel_mm == pytest.approx(expected["accel_mm"], rel=1e-3)


def test_a_truth_of_fewer_frames_is_refused(tmp_path, measured):
    with pytest.raises(ValueError, match="7 frames, the film 8"):
        figures_against(write_trc(tmp_path / "joints.trc", measured[:-1]))


def test_a_truth_that_is_no_trc_file_is_refused(tmp_path):
    path = tmp_path / "joints.trc"
    path.write_text("what\never\n")
    with pytest.raises(ValueError, match=r"joints.trc is no \.trc file"):
        LimbTruth(path)


def test_a_camera_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="camera"):
        main(["0", "--out", str(tmp_path)])


def test_the_table_tells_what_is_not_known(tmp_path):
    meter = SwitchMeter()
    meter.add(result(0, [JOINTS] * len(WATCHED), truth=None, networks=WATCHED))
    rows = as_markdown(meter.figures()).splitlines()
    assert len([row for row in rows if row.startswith("| without")]) == len(WATCHED) - 1
    assert rows[-1].count("–") == 4
