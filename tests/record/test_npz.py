"""Recorded sequences read back as they were, and survive what kills the program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from str_live.record import NpzRecorder, RecordingInfo, recover, recover_leftovers
from str_live.record.journal import Journal, JournalError, read_journal
from str_live.record.npz import journal_path
from str_live.record.rows import ROWS, row_from_result
from str_live.rotation import rotmat_from_axis_angle
from str_live.settings import Settings
from str_live.skeleton import PARENTS
from tests.record.synthetic_results import body_pose, leave_as_a_crash_would, posed_joints, result

INFO = RecordingInfo(settings=Settings(lookahead=3), weights="default", body="free", source="clip")


def record(path: Path, results: list) -> Path | None:
    recorder = NpzRecorder()
    recorder.start(path, INFO)
    for one in results:
        recorder.write(one)
    return recorder.stop()


def load(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def test_ten_bodies_read_back_as_an_amass_sequence(tmp_path):
    results = [result(index) for index in range(10)]
    path = record(tmp_path / "deep" / "walk.npz", results)
    stored = load(path)
    assert stored["poses"].shape == (10, 72)
    assert stored["betas"].shape == (10,)
    assert stored["trans"].shape == (10, 3)
    assert str(stored["gender"]) == "neutral"
    assert float(stored["mocap_framerate"]) == pytest.approx(25.0)
    np.testing.assert_allclose(stored["timestamps"], np.arange(10) / 25, atol=1e-9)
    np.testing.assert_array_equal(stored["frame_index"], np.arange(10))
    np.testing.assert_allclose(stored["joints_px"], [r.bodies[0].joints_px for r in results])
    assert stored["person"].all()
    assert not journal_path(path).exists()


def test_pose_and_translation_give_the_recorded_joints_in_the_camera_frame(tmp_path):
    stored = load(record(tmp_path / "walk.npz", [result(index) for index in range(10)]))
    rotmat = rotmat_from_axis_angle(torch.from_numpy(stored["poses"].reshape(10, 24, 3))).numpy()
    for frame in range(10):
        joints = posed_joints(rotmat[frame]) + stored["trans"][frame]
        np.testing.assert_allclose(joints, stored["joints"][frame], atol=2e-5)
    assert len(PARENTS) == 24


def test_joints_project_near_their_pixels_through_the_stored_camera(tmp_path):
    stored = load(record(tmp_path / "walk.npz", [result(0)]))
    pelvis = stored["camera_matrix"] @ stored["joints"][0, 0]
    np.testing.assert_allclose(pelvis[:2] / pelvis[2], stored["joints_px"][0, 0], atol=2.0)


def test_frames_without_a_person_are_marked_and_hold_a_possible_pose(tmp_path):
    results = [result(0, body=False, person=False), result(1), replace(result(1), person=None, held_s=0.2)]
    stored = load(record(tmp_path / "held.npz", results))
    assert stored["person"].tolist() == [False, True, False]
    np.testing.assert_array_equal(stored["poses"][0], stored["poses"][1])
    np.testing.assert_array_equal(stored["poses"][2], stored["poses"][1])


def test_nobody_ever_is_recorded_as_the_rest_pose(tmp_path):
    stored = load(record(tmp_path / "empty.npz", [result(i, body=False, person=False) for i in range(3)]))
    assert not stored["person"].any()
    np.testing.assert_array_equal(stored["poses"], 0)


def test_raw_bodies_are_recorded_where_the_displayed_ones_are_smoothed(tmp_path):
    shown = result(0)
    raw = body_pose(np.random.default_rng(99), shown.box)
    stored = load(record(tmp_path / "raw.npz", [replace(shown, raw_bodies=(raw,))]))
    np.testing.assert_array_equal(stored["betas_per_frame"][0], raw.betas)


def test_configuration_is_kept_as_json(tmp_path):
    config = json.loads(str(load(record(tmp_path / "a.npz", [result(0)]))["config"]))
    assert config["smoothing"] == "raw"
    assert (config["weights"], config["body"], config["lookahead"]) == ("default", "free", 3)
    assert config["settings"]["variant_a"]["network"]["ttr"] is True


def test_timestamps_go_on_where_a_source_starts_again(tmp_path):
    results = [result(0), result(1), result(2), result(0, epoch=2), result(1, epoch=2)]
    stored = load(record(tmp_path / "loop.npz", results))
    np.testing.assert_allclose(np.diff(stored["timestamps"]), 1 / 25)
    assert stored["epoch"].tolist() == [1, 1, 1, 2, 2]


def test_recording_without_frames_leaves_no_file(tmp_path):
    assert record(tmp_path / "none.npz", []) is None
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_row_costs_only_itself(tmp_path):
    recorder = NpzRecorder()
    recorder.start(tmp_path / "torn.npz", INFO)
    for index in range(5):
        recorder.write(result(index))
    journal = journal_path(tmp_path / "torn.npz")
    torn = tmp_path / "copy.npz.part"
    torn.write_bytes(journal.read_bytes()[:-100])
    assert len(load(recover(torn))["poses"]) == 4
    recorder.stop()


def test_a_journal_of_the_first_version_can_still_be_recovered(tmp_path):
    rows = [row_from_result(result(index)) for index in range(3)]
    header = {"format_version": 1, "image_size": [64, 48], "config": {}}
    journal = Journal(tmp_path / "old.npz.part")
    journal.begin(header)
    for row in rows:
        older = np.zeros((), ROWS[1])
        for name in ROWS[1].names:
            older[name] = row[name]
        journal.append(older.tobytes())
    journal.close()
    stored = load(recover(journal.path))
    assert stored["image_sizes"].tolist() == [[64, 48]] * 3
    np.testing.assert_array_equal(stored["joints"], [row["joints"] for row in rows])


def test_a_flipped_bit_ends_the_reading_there(tmp_path):
    journal = Journal(tmp_path / "x.npz.part")
    journal.begin({"a": 1})
    for _ in range(3):
        journal.append(b"0123456789")
    journal.close()
    data = bytearray(journal.path.read_bytes())
    data[-25] ^= 1
    journal.path.write_bytes(data)
    assert read_journal(journal.path) == ({"a": 1}, [b"0123456789"])


def test_what_a_crash_left_is_not_overwritten_by_the_recording_that_finds_it(tmp_path):
    crashed = NpzRecorder()
    crashed.start(tmp_path / "a.npz", INFO)
    crashed.write(result(7))
    leave_as_a_crash_would(crashed, tmp_path / "a.npz")
    record(tmp_path / "a.npz", [result(0), result(1)])
    assert load(tmp_path / "a.npz")["frame_index"].tolist() == [0, 1]
    assert load(tmp_path / "a-recovered.npz")["frame_index"].tolist() == [7]


def test_recovery_keeps_an_older_recording_of_that_name(tmp_path):
    record(tmp_path / "a.npz", [result(0)])
    recorder = NpzRecorder()
    recorder.start(tmp_path / "a.npz", INFO)
    recorder.write(result(1))
    leave_as_a_crash_would(recorder, tmp_path / "a.npz")
    assert recover(journal_path(tmp_path / "a.npz")) == tmp_path / "a-recovered.npz"
    assert load(tmp_path / "a.npz")["frame_index"].tolist() == [0]


def test_what_is_no_journal_is_left_alone(tmp_path, caplog):
    (tmp_path / "strange.npz.part").write_bytes(b"something else")
    (tmp_path / "killed-at-once.npz.part").write_bytes(b"STR-L")
    assert recover_leftovers(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["strange.npz.part"]
    assert "left alone" in caplog.text


def test_a_recording_takes_its_name_from_the_start_and_no_other_gets_it(tmp_path):
    first, second = NpzRecorder(), NpzRecorder()
    first.start(tmp_path / "a.npz", INFO)
    with pytest.raises(JournalError, match="being written by another program"):
        second.start(tmp_path / "a.npz", INFO)
    first.write(result(0))
    assert load(first.stop())["frame_index"].tolist() == [0]
    assert second.stop() is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_a_leftover_is_never_written_over(tmp_path):
    recorder = NpzRecorder()
    recorder.start(tmp_path / "a.npz", INFO)
    recorder.write(result(7))
    leave_as_a_crash_would(recorder, tmp_path / "a.npz")
    record(tmp_path / "a.npz", [result(1)])
    assert load(tmp_path / "a-recovered.npz")["frame_index"].tolist() == [7]
    assert load(tmp_path / "a.npz")["frame_index"].tolist() == [1]


def test_a_file_that_came_meanwhile_is_kept_unless_it_may_be_replaced(tmp_path):
    for overwrite, expected in ((False, "a-2.npz"), (False, "a-3.npz"), (True, "a.npz")):
        recorder = NpzRecorder(overwrite=overwrite)
        recorder.start(tmp_path / "a.npz", INFO)
        recorder.write(result(0))
        if not (tmp_path / "a.npz").exists():
            (tmp_path / "a.npz").write_bytes(b"somebody's")
        assert recorder.stop() == tmp_path / expected
    assert load(tmp_path / "a.npz")["frame_index"].tolist() == [0]


def test_what_may_be_replaced_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    (tmp_path / "a.npz").write_bytes(b"somebody's")
    recorder = NpzRecorder(overwrite=True)
    recorder.start(tmp_path / "a.npz", INFO)
    recorder.write(result(0))
    assert (tmp_path / "a.npz").read_bytes() == b"somebody's"
    monkeypatch.setattr(np, "savez", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        recorder.stop()
    assert (tmp_path / "a.npz").read_bytes() == b"somebody's"
    assert journal_path(tmp_path / "a.npz").exists()


KILLED = """
import sys, time
sys.path[:0] = {here!r}, {tests!r}
from synthetic_results import result
from test_npz import INFO
from str_live.record import RecordingWriter
writer = RecordingWriter({path!r}, INFO, print).start()
for index in range(10**6):
    writer.put(result(index))
    print(index, flush=True)
    time.sleep(1 / 30)
"""


def test_kill_9_loses_less_than_a_second(tmp_path):
    path = tmp_path / "killed.npz"
    script = KILLED.format(
        here=str(Path(__file__).parent), tests=str(Path(__file__).parents[1]), path=str(path)
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.strip() == "45":
                break
        with pytest.raises(JournalError, match="being written"):
            recover(journal_path(path))  # another window must not take it for a leftover
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
    finally:
        process.kill()
        process.communicate()
    last = int(rest[-1]) if rest else 45
    assert not path.exists()
    assert recover_leftovers(tmp_path) == [path]
    stored = load(path)
    assert len(stored["poses"]) >= last + 1 - 30
    assert np.isfinite(stored["poses"]).all()
    assert time.time() - path.stat().st_mtime < 60
