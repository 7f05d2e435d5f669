"""Recordings open again as a source: ours, interrupted ones, AMASS's; what is none is refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest

from str_live.camera import SourceError, frames, open_source
from str_live.camera.recording import BACKGROUND_BGR
from str_live.geometry import image_translation, ray_rotation
from str_live.record import NpzRecorder, PeopleRecorder, RecordingInfo
from str_live.record.npz import journal_path
from str_live.record.read import AMASS_CROP_METRES, AMASS_SIZE
from str_live.settings import Settings, SourceSettings
from tests.record.synthetic_results import HEIGHT, WIDTH, leave_as_a_crash_would, people_result, result

EVERY_FRAME = SourceSettings(loop=False, realtime=False)


def record(path: Path, results: list, source: str = "") -> NpzRecorder:
    """Write all results, without ending the recording."""
    recorder = NpzRecorder()
    recorder.start(path, RecordingInfo(Settings(), "weights", "body", source))
    for one in results:
        recorder.write(one)
    return recorder


def replayed(path: Path) -> list:
    return list(frames(open_source(replace(EVERY_FRAME, spec=str(path)))))


def test_a_recording_replays_what_was_recorded(tmp_path):
    results = [result(index) for index in range(6)]
    path = record(tmp_path / "walk.npz", results).stop()
    shown = replayed(path)
    assert [frame.index for frame in shown] == list(range(6))
    assert shown[0].image.shape == (HEIGHT, WIDTH, 3)
    assert (shown[0].image == BACKGROUND_BGR).all()
    for frame, original in zip(shown, results, strict=True):
        body = original.bodies[0]
        np.testing.assert_allclose(frame.replay.people[0].rotmat, body.rotmat, atol=1e-5)
        np.testing.assert_array_equal(frame.replay.people[0].betas, body.betas)
        np.testing.assert_array_equal(frame.replay.people[0].camera, body.camera)
        assert frame.replay.people[0].box == original.box
        assert frame.replay.people[0].person
        assert frame.time_s == pytest.approx(original.frame.time_s - results[0].frame.time_s)


def record_people(path: Path) -> Path:
    """Nobody, one, both, the second alone."""
    recorder = PeopleRecorder()
    recorder.start(path, RecordingInfo(Settings(), "weights", "body", ""))
    for index, people in enumerate(((), (1,), (1, 2), (2,))):
        recorder.write(people_result(index, *people))
    saved = recorder.stop()
    assert saved is not None
    return saved


def test_everybody_of_a_recording_replays_together_each_with_his_number(tmp_path):
    shown = replayed(record_people(tmp_path / "out.npz"))
    assert [[one.number for one in frame.replay.people] for frame in shown] == [[], [1], [1, 2], [2]]
    assert [frame.time_s for frame in shown] == pytest.approx([0, 1 / 25, 2 / 25, 3 / 25])
    for frame in shown:
        for one in frame.replay.people:
            original = people_result(frame.index, one.number)
            np.testing.assert_allclose(one.rotmat, original.bodies[0].rotmat, atol=1e-5)
            assert one.box == original.box


def test_one_of_several_replays_alone_with_his_number_and_the_recording_s_times(tmp_path):
    record_people(tmp_path / "out.npz")
    shown = replayed(tmp_path / "out_p2.npz")
    assert [[one.number for one in frame.replay.people] for frame in shown] == [[2], [2]]
    assert [frame.time_s for frame in shown] == pytest.approx([2 / 25, 3 / 25])


def test_how_many_were_recorded_is_in_the_source_s_mode(tmp_path):
    source = open_source(replace(EVERY_FRAME, spec=str(record_people(tmp_path / "out.npz"))))
    assert source.mode.startswith("recording of 2 people")
    assert source.frame_count == 4
    source.close()


def test_pictures_of_changing_size_replay_each_in_its_own(tmp_path):
    results = [result(0), result(1, width=2 * WIDTH), result(2)]
    path = record(tmp_path / "a.npz", results).stop()
    shown = replayed(path)
    assert [frame.image.shape[1] for frame in shown] == [WIDTH, 2 * WIDTH, WIDTH]
    for frame, original in zip(shown, results, strict=True):
        np.testing.assert_allclose(frame.replay.people[0].rotmat, original.bodies[0].rotmat, atol=1e-5)


def test_a_recording_of_the_first_version_has_one_size_for_all(tmp_path):
    path = record(tmp_path / "a.npz", [result(0), result(1)]).stop()
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if name != "image_sizes"}
    np.savez(path, **arrays | {"format_version": np.array(1)})
    assert [frame.image.shape for frame in replayed(path)] == [(HEIGHT, WIDTH, 3)] * 2


@pytest.mark.parametrize("sizes", [[[0, 48], [64, 48]], [[64, 48], [10**6, 10**6]], [[64, 48]]])
def test_impossible_picture_sizes_are_refused(tmp_path, sizes):
    path = record(tmp_path / "a.npz", [result(0), result(1)]).stop()
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **arrays | {"image_sizes": np.array(sizes)})
    with pytest.raises(SourceError, match="cannot be replayed"):
        open_source(SourceSettings(spec=str(path)))


def test_frames_without_a_person_stay_marked(tmp_path):
    path = record(tmp_path / "a.npz", [result(0), result(1, person=False)]).stop()
    assert [frame.replay.people[0].person for frame in replayed(path)] == [True, False]


def test_a_recording_of_nobody_can_still_be_shown(tmp_path):
    path = record(tmp_path / "a.npz", [result(0, body=False, person=False)]).stop()
    (frame,) = replayed(path)
    assert frame.replay.people[0].box.side > 0
    assert frame.replay.people[0].camera[0] > 0


def test_looping_begins_a_new_epoch(tmp_path):
    path = record(tmp_path / "a.npz", [result(0), result(1)]).stop()
    source = open_source(SourceSettings(spec=str(path), loop=True, realtime=False), count(5))
    shown = [source.read() for _ in range(4)]
    source.close()
    assert [(frame.index, frame.epoch) for frame in shown] == [(0, 5), (1, 5), (0, 6), (1, 6)]


def test_a_recording_of_one_frame_stays_ten_times_a_second_in_one_epoch(tmp_path, clock):
    path = record(tmp_path / "a.npz", [result(0)]).stop()
    source = open_source(SourceSettings(spec=str(path), loop=True, realtime=True), count(5))
    start = clock.now_s
    shown = [frame for frame in (source.read() for _ in range(6)) if frame is not None]
    source.close()
    assert clock.now_s - start > 0.4
    assert {(frame.epoch, frame.index) for frame in shown} == {(5, 0)}
    assert all(frame.replay is not None for frame in shown)


def test_a_pause_of_an_hour_is_skipped_and_said(tmp_path, clock):
    late = replace(result(1), frame=replace(result(1).frame, time_s=3700.0))
    path = record(tmp_path / "a.npz", [result(0), late]).stop()
    source = open_source(SourceSettings(spec=str(path), loop=False, realtime=True))
    start = clock.now_s
    assert len(list(frames(source))) == 2
    assert clock.now_s - start < 1
    assert source.notice == "A gap of 1 h 2 min in the time stamps of a.npz was skipped."


def test_real_time_leaves_out_what_is_overdue(tmp_path, clock):
    path = record(tmp_path / "a.npz", [result(index, fps=1000) for index in range(500)]).stop()
    source = open_source(SourceSettings(spec=str(path), loop=False, realtime=True))
    seen = []
    for frame in frames(source):
        seen.append(frame.index)
        clock.sleep(0.01)  # slower than the recording's thousand frames a second
    assert seen == sorted(set(seen))
    assert len(seen) < 100


@pytest.fixture
def film(tmp_path):
    """A film of ten grey pictures, each of its own brightness."""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (WIDTH, HEIGHT))
    for index in range(10):
        writer.write(np.full((HEIGHT, WIDTH, 3), 20 * index, np.uint8))
    writer.release()
    return path


def test_pictures_are_shown_where_the_film_is_still_there(tmp_path, film):
    path = record(tmp_path / "a.npz", [result(3), result(4), result(7)], source=str(film)).stop()
    source = open_source(SourceSettings(spec=str(path), loop=True, realtime=False))
    brightness = [round(float(source.read().image.mean()) / 20) for _ in range(5)]
    source.close()
    assert brightness == [3, 4, 7, 3, 4]


def test_pictures_of_another_size_are_not_shown(tmp_path, film):
    path = record(tmp_path / "a.npz", [result(3, width=2 * WIDTH)], source=str(film)).stop()
    assert (replayed(path)[0].image == BACKGROUND_BGR).all()


def test_an_interrupted_recording_opens_and_is_recovered(tmp_path):
    recorder = record(tmp_path / "a.npz", [result(0), result(1)])
    leave_as_a_crash_would(recorder, tmp_path / "a.npz")
    assert len(replayed(journal_path(tmp_path / "a.npz"))) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def amass(path: Path, frames: int = 20, columns: int = 156, **changes) -> Path:
    """A sequence as AMASS has them: upright person facing -y, walking along x and towards the camera."""
    poses = np.zeros((frames, columns))
    poses[:, 0] = np.pi / 2  # y up turned to z up
    trans = np.linspace([-1.0, 0.0, 0.9], [1.0, -2.0, 0.9], frames)
    arrays = {"poses": poses, "trans": trans, "betas": np.ones(16), "gender": "male", "mocap_framerate": 60.0}
    arrays |= changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def test_an_amass_sequence_stands_upright_in_the_picture(tmp_path):
    shown = replayed(amass(tmp_path / "walk_poses.npz"))
    assert len(shown) == 20
    assert shown[1].time_s == pytest.approx(1 / 60)
    centres = []
    for frame in shown:
        (replay,) = frame.replay.people
        height, width = frame.image.shape[:2]
        assert (width, height) == AMASS_SIZE
        rotmat = ray_rotation(replay.box, width, height) @ replay.rotmat[0]
        np.testing.assert_allclose(rotmat @ [0, 1, 0], [0, -1, 0], atol=1e-5)  # the head is above
        np.testing.assert_allclose(rotmat @ [0, 0, 1], [0, 0, -1], atol=1e-5)  # it faces the camera
        centres.append(image_translation(replay.camera, replay.box, width, height))
        reach = replay.box.side * 0.9 / AMASS_CROP_METRES
        assert reach - 1 < replay.box.cx < width - reach + 1
        assert replay.betas.tolist() == [1.0] * 10
    np.testing.assert_allclose(centres[-1] - centres[0], [2.0, 0.0, -2.0], atol=1e-3)


def test_smpl_poses_keep_their_hands_and_others_lose_their_fingers(tmp_path):
    poses = np.full((2, 72), 0.2)
    assert not np.allclose(
        replayed(amass(tmp_path / "smpl.npz", 2, poses=poses))[0].replay.people[0].rotmat[23], np.eye(3)
    )
    poses = np.full((2, 156), 0.2)
    (frame, _) = replayed(amass(tmp_path / "smplh.npz", 2, poses=poses))
    np.testing.assert_array_equal(
        frame.replay.people[0].rotmat[22:], np.tile(np.eye(3, dtype=np.float32), (2, 1, 1))
    )


def test_stage_two_files_name_their_rate_otherwise(tmp_path):
    path = amass(tmp_path / "a_stageii.npz", mocap_framerate=None, mocap_frame_rate=120.0)
    assert replayed(path)[1].time_s == pytest.approx(1 / 120)


BROKEN = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no zip"),
    "half": lambda path: path.write_bytes(amass(path).read_bytes()[:500]),
    "other arrays": lambda path: np.savez(path, a=np.zeros(3)),
    "no poses": lambda path: amass(path, poses=None),
    "rate 0": lambda path: amass(path, mocap_framerate=0.0),
    "few columns": lambda path: amass(path, columns=63),
    "trans too short": lambda path: amass(path, trans=np.zeros((3, 3))),
    "not a number": lambda path: amass(path, trans=np.full((20, 3), np.nan)),
    "text for numbers": lambda path: amass(path, poses=np.full((20, 72), "a")),
    "no frame": lambda path: amass(path, frames=0),
    "pickle": lambda path: amass(path, poses=np.array([{"a": 1}], dtype=object)),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_what_is_no_recording_is_refused_in_one_sentence(tmp_path, name):
    path = tmp_path / "broken.npz"
    BROKEN[name](path)
    with pytest.raises(SourceError) as refused:
        open_source(SourceSettings(spec=str(path)))
    assert "broken.npz" in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_recording_of_a_newer_program_is_refused(tmp_path):
    path = record(tmp_path / "a.npz", [result(0)]).stop()
    with np.load(path) as file:
        arrays = dict(file)
    assert json.loads(str(arrays["config"]))["smoothing"] == "raw"
    np.savez(path, **arrays | {"format_version": np.array(99)})
    with pytest.raises(SourceError, match="newer version"):
        open_source(SourceSettings(spec=str(path)))


def test_a_journal_of_something_else_is_refused(tmp_path):
    path = tmp_path / "a.npz.part"
    path.write_bytes(b"something else")
    with pytest.raises(SourceError, match="journal"):
        open_source(SourceSettings(spec=str(path)))
