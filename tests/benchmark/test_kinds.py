"""Scores by kind of motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.benchmark import __main__ as command
from str_live.benchmark.kinds import Score, kinds_table, score_kinds
from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.motion.skeleton import forward_kinematics
from str_live.datasets.simulated.bodies import PointBody, read_point_body
from str_live.datasets.simulated.views import ViewConfig
from str_live.files import FREE_BODY
from str_live.live.switches.cases import CASES
from str_live.metrics import accel_mm
from str_live.skeleton import LIMB_JOINTS
from str_live.weights.own import WeightsError
from tests.benchmark.small_benchmark import LENGTHS, clip, weights

FRAMES = LENGTHS["test"]


@pytest.fixture(scope="module")
def points() -> PointBody:
    return read_point_body(FREE_BODY)


@pytest.fixture
def clips() -> list[MotionClip]:
    """A dance and a game of packs, and a walk of the first files."""
    names = (("salsa_07", "cmu_dance_martial_60fps"), ("s_004_1_1", "snu_basketball"), ("003_01", "cmu_bvh"))
    return [replace(clip(name, FRAMES, seed), source=source) for seed, (name, source) in enumerate(names)]


def test_every_kind_gets_its_own_clips_and_the_first_files_their_own_column(tmp_path, clips, points):
    path = weights(tmp_path)
    (scores,) = score_kinds([path], clips, points, ViewConfig()).values()
    assert {(score.network, score.kind): score.frames for score in scores} == {
        ("per-frame", kind): FRAMES for kind in ("dance", "sport", "first files")
    }
    assert [line.split("|")[2:-1] for line in kinds_table({"a": scores}).splitlines()[:1]] == [
        [" sport ", " dance ", " mean ", " first files "]
    ]


def test_the_truth_s_own_acceleration_is_that_of_the_recording(tmp_path, clips, points):
    (scores,) = score_kinds([weights(tmp_path)], clips[:1], points, ViewConfig()).values()
    # Scenes turn the whole person and give him other bones: accelerations of limbs stay near those.
    _, joints = forward_kinematics(clips[0].rotmat, clips[0].root, points.joint_mean.numpy())
    expected = accel_mm((joints - joints[:, :1])[:, LIMB_JOINTS])
    assert scores[0].truth_accel_mm == pytest.approx(expected, rel=0.2)


def test_str_is_scored_without_its_modules_as_well(tmp_path, clips, points):
    path = weights(tmp_path, ("str", "frame"))
    (plain,) = score_kinds([path], clips[:1], points, ViewConfig()).values()
    (scores,) = score_kinds([path], clips[:1], points, ViewConfig(), ablate=True).values()
    assert [score for score in scores if "without" not in score.network] == plain
    ablated = {score.network: score for score in scores if "without" in score.network}
    assert len(ablated) == len(CASES)
    assert all(score.shift_mm > 0 for score in ablated.values())
    assert kinds_table({"a": scores}).splitlines()[0].endswith("| shift |")
    assert "shift" not in kinds_table({"a": plain})


def test_weights_are_compared_on_the_same_observations(tmp_path, clips, points):
    first = weights(tmp_path)
    second = tmp_path / "copy.safetensors"
    second.write_bytes(first.read_bytes())
    one, other = score_kinds([first, second], clips, points, ViewConfig()).values()
    assert one == other


def test_weights_without_a_landmark_encoder_are_named(tmp_path, clips, points):
    path = tmp_path / "none.safetensors"
    with pytest.raises((WeightsError, FileNotFoundError), match=r"none\.safetensors"):
        score_kinds([path], clips, points, ViewConfig())


def test_the_mean_counts_kinds_alike_however_long_they_are():
    rows = [Score("STR", "dance", 10, 50, 10, 1, 1), Score("STR", "sport", 1000, 70, 20, 1, 1)]
    assert kinds_table({"a": rows}).splitlines()[-1] == "| STR | 70.0 / 20.0 | 50.0 / 10.0 | 60.0 / 15.0 |"


def test_the_command_takes_every_nth_shot_and_writes_json(tmp_path, clips, monkeypatch, capsys):
    monkeypatch.setattr(command, "load_motion", lambda *_: clips)
    out = tmp_path / "kinds.json"
    options = ["--weights", str(weights(tmp_path)), "--every", "2", "--out", str(out)]
    command.main(["kinds", *options])
    printed = capsys.readouterr().out
    assert "dance" in printed
    assert "sport" not in printed  # the second of three shots
    assert '"pa_mpjpe_mm"' in out.read_text(encoding="utf-8")
    assert np.isfinite(float(printed.splitlines()[-1].split("|")[2].split("/")[0]))
