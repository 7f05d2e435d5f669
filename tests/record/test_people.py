"""Several people in one journal: nothing of anybody is lost, and each gets a file of his own."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from str_live.messages import BodyResult, RecordingInfo
from str_live.record import (
    NpzRecorder,
    PeopleRecorder,
    RecordingWriter,
    move_recording,
    people_files,
    recorder_of,
    recover,
    recover_leftovers,
)
from str_live.record.journal import JournalError
from str_live.record.npz import journal_path
from str_live.record.read import RecordingError, load_recording, load_together
from str_live.record.rows import AWAY_S
from str_live.settings import Settings
from tests.record.synthetic_results import people_result
from tests.record.test_npz import INFO, load

FPS = 25


def write(recorder: NpzRecorder, path: Path, results: list[BodyResult]) -> None:
    """Begin to record to `path`, without an end."""
    recorder.start(path, INFO)
    for one in results:
        recorder.write(one)


def record(path: Path, results: list[BodyResult], *, overwrite: bool = False) -> Path:
    recorder = PeopleRecorder(overwrite=overwrite)
    write(recorder, path, results)
    saved = recorder.stop()
    assert saved is not None
    return saved


def left_by_a_crash(path: Path, results: list[BodyResult], lost_bytes: int = 0) -> Path:
    """The journal of a recording that never ended."""
    recorder = PeopleRecorder()
    write(recorder, path.with_name("whole.npz"), results)
    recorder.flush()
    content = journal_path(path.with_name("whole.npz")).read_bytes()
    for file in people_files(recorder.stop()).values():
        file.unlink()
    path.with_name("whole.npz").unlink()
    journal = journal_path(path)
    journal.write_bytes(content[: len(content) - lost_bytes])
    return journal


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


COMING_AND_GOING = [
    people_result(0),
    people_result(1, 1),
    people_result(2, 1, 2),
    people_result(3, 2, 1, away_s={1: AWAY_S / 2}),
    people_result(4, 2, 1, away_s={1: 2 * AWAY_S}),
    people_result(5, 1, 2),
    people_result(6),
]


def test_everybody_gets_a_file_and_one_holds_them_together(tmp_path):
    assert record(tmp_path / "out.npz", COMING_AND_GOING) == tmp_path / "out.npz"
    assert names(tmp_path) == ["out.npz", "out_p1.npz", "out_p2.npz"]
    first, second, together = (load(tmp_path / f"out{part}.npz") for part in ("_p1", "_p2", ""))
    assert first["frame_index"].tolist() == [1, 2, 3, 5]
    assert second["frame_index"].tolist() == [2, 3, 4, 5]
    assert together["frame_index"].tolist() == list(range(7))
    assert (int(first["number"]), int(second["number"]), together["people"].tolist()) == (1, 2, [1, 2])
    assert {str(each["recording"]) for each in (first, second, together)} == {str(together["recording"])}


def test_all_files_share_the_times_of_the_recording_and_say_when_he_came_and_left(tmp_path):
    record(tmp_path / "out.npz", COMING_AND_GOING)
    first, second, together = (load(tmp_path / f"out{part}.npz") for part in ("_p1", "_p2", ""))
    np.testing.assert_allclose(together["timestamps"], np.arange(7) / FPS)
    np.testing.assert_array_equal(first["timestamps"], together["timestamps"][[1, 2, 3, 5]])
    np.testing.assert_allclose(first["in_view_s"] * FPS, [[1, 2], [5, 5]])
    np.testing.assert_allclose(second["in_view_s"] * FPS, [[2, 5]])
    assert first["person"].tolist() == [True, True, False, True]


def test_a_person_s_file_holds_what_a_recording_of_him_alone_would(tmp_path):
    results = [people_result(index, 1, 2) for index in range(5)]
    record(tmp_path / "out.npz", results)
    for number in (1, 2):
        alone = NpzRecorder()
        write(alone, tmp_path / "alone.npz", [one.of(number) for one in results])
        expected, found = load(alone.stop()), load(tmp_path / f"out_p{number}.npz")
        assert found.keys() - expected.keys() == {"number", "recording", "in_view_s"}
        for name in expected.keys() - {"note"}:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
        (tmp_path / "alone.npz").unlink()


def test_who_is_recorded_follows_from_how_many_may_be():
    assert type(recorder_of(0)) is type(recorder_of(1)) is NpzRecorder
    assert type(recorder_of(2)) is PeopleRecorder


def test_everybody_s_poses_come_back_on_one_timeline(tmp_path):
    together = load_together(record(tmp_path / "out.npz", COMING_AND_GOING))
    assert [person.number for person in together.people] == [1, 2]
    assert len(together.timestamps) == 7
    alone = load_recording(tmp_path / "out_p2.npz")
    assert (alone.number, alone.frame_index.tolist()) == (2, [2, 3, 4, 5])
    np.testing.assert_array_equal(alone.rotmat, together.people[1].rotmat)
    with pytest.raises(RecordingError, match=r"out_p1\.npz, out_p2\.npz"):
        load_recording(tmp_path / "out.npz")


def test_a_recording_in_which_nobody_was_seen_keeps_its_times(tmp_path):
    saved = record(tmp_path / "out.npz", [people_result(index) for index in range(3)])
    together = load_together(saved)
    assert (together.people, len(together.timestamps)) == ((), 3)
    assert people_files(saved) == {}


@pytest.mark.parametrize("renamed", ["with its people", "alone"])
def test_people_are_found_when_a_recording_is_renamed(tmp_path, renamed):
    path, target = record(tmp_path / "out.npz", COMING_AND_GOING), tmp_path / "walk.npz"
    if renamed == "alone":
        path.rename(target)
    else:
        assert move_recording(path, target) == target
        assert names(tmp_path) == ["walk.npz", "walk_p1.npz", "walk_p2.npz"]
    assert [person.number for person in load_together(target).people] == [1, 2]


def test_files_of_another_recording_are_not_taken_for_its_people(tmp_path):
    path = record(tmp_path / "out.npz", COMING_AND_GOING)
    other = record(tmp_path / "other.npz", COMING_AND_GOING)
    people_files(other)[2].replace(tmp_path / "out_p2.npz")
    together = load_together(path)
    assert [person.number for person in together.people] == [1]
    assert "out_p2.npz" in together.notice
    people_files(path)[1].unlink()
    with pytest.raises(RecordingError, match="not beside it"):
        load_together(path)


def test_numbers_that_begin_anew_get_files_of_their_own(tmp_path):
    """With another number of people another tracker begins to count."""
    info = RecordingInfo(Settings(people=3), "w", "b", "s")
    later = replace(info, settings=replace(info.settings, people=2))
    results = [replace(people_result(index, 1), made_by=info if index < 2 else later) for index in range(4)]
    path = record(tmp_path / "out.npz", results)
    assert [load(file)["frame_index"].tolist() for file in people_files(path).values()] == [[0, 1], [2, 3]]


def test_another_source_s_people_get_files_of_their_own(tmp_path):
    later = [replace(one, frame=replace(one.frame, epoch=7)) for one in COMING_AND_GOING]
    path = record(tmp_path / "out.npz", [*COMING_AND_GOING, *later])
    found = [load(file)["epoch"].tolist() for file in people_files(path).values()]
    assert [set(epochs) for epochs in found] == [{1}, {1}, {7}, {7}]


def test_a_change_of_the_settings_is_in_everybody_s_file_where_it_falls(tmp_path):
    later = replace(INFO, settings=replace(INFO.settings, lookahead=7))
    results = [replace(one, made_by=INFO if one.frame.index < 4 else later) for one in COMING_AND_GOING]
    record(tmp_path / "out.npz", results)
    frames = {part: load_changes(tmp_path / f"out{part}.npz") for part in ("", "_p1", "_p2")}
    assert frames == {"": [4], "_p1": [3], "_p2": [2]}


def load_changes(path: Path) -> list[int]:
    import json

    return [change["frame"] for change in json.loads(str(load(path)["config_changes"]))]


def test_a_crash_loses_nobody(tmp_path):
    journal = left_by_a_crash(tmp_path / "out.npz", COMING_AND_GOING)
    assert recover_leftovers(tmp_path) == [tmp_path / "out.npz"]
    assert not journal.exists()
    assert [person.number for person in load_together(tmp_path / "out.npz").people] == [1, 2]


def test_a_torn_last_row_costs_one_frame_of_everybody(tmp_path):
    saved = recover(left_by_a_crash(tmp_path / "out.npz", COMING_AND_GOING[:6], lost_bytes=100))
    together = load_together(saved)
    assert together.frame_index.tolist() == [0, 1, 2, 3, 4]
    assert [person.frame_index.tolist() for person in together.people] == [[1, 2, 3], [2, 3, 4]]


def test_an_interrupted_recording_opens_as_it_is_and_is_recovered(tmp_path):
    journal = left_by_a_crash(tmp_path / "out.npz", COMING_AND_GOING)
    together = load_together(journal)
    assert [person.frame_index.tolist() for person in together.people] == [[1, 2, 3, 5], [2, 3, 4, 5]]
    assert names(tmp_path) == ["out.npz", "out_p1.npz", "out_p2.npz"]


def test_finishing_that_was_interrupted_goes_on_and_leaves_no_second_copy(tmp_path):
    journal = left_by_a_crash(tmp_path / "out.npz", COMING_AND_GOING)
    content = journal.read_bytes()
    recover(journal)
    (tmp_path / "out.npz").unlink()
    (tmp_path / "out_p2.npz").unlink()
    journal.write_bytes(content)
    recover(journal)
    assert names(tmp_path) == ["out.npz", "out_p1.npz", "out_p2.npz"]


def test_no_file_of_another_recording_is_replaced(tmp_path):
    (tmp_path / "out_p2.npz").write_bytes(b"somebody's")
    saved = record(tmp_path / "out.npz", COMING_AND_GOING)
    assert saved.name == "out-2.npz"
    assert {file.name for file in people_files(saved).values()} == {"out-2_p1.npz", "out-2_p2.npz"}
    assert (tmp_path / "out_p2.npz").read_bytes() == b"somebody's"
    assert record(tmp_path / "out.npz", COMING_AND_GOING, overwrite=True) == tmp_path / "out.npz"
    assert len(load(tmp_path / "out_p2.npz")["poses"]) == 4


def test_what_a_crash_left_is_recovered_under_another_name_by_the_next_recording(tmp_path):
    left_by_a_crash(tmp_path / "out.npz", COMING_AND_GOING[:3])
    record(tmp_path / "out.npz", COMING_AND_GOING)
    assert len(load_together(tmp_path / "out.npz").timestamps) == 7
    assert len(load_together(tmp_path / "out-recovered.npz").timestamps) == 3


def test_a_second_run_beside_it_is_refused(tmp_path):
    first, second = PeopleRecorder(), PeopleRecorder()
    write(first, tmp_path / "out.npz", COMING_AND_GOING)
    with pytest.raises(JournalError, match="being written by another program"):
        second.start(tmp_path / "out.npz", INFO)
    assert second.stop() is None
    assert first.stop() == tmp_path / "out.npz"


def test_a_disk_that_is_full_keeps_all_that_was_written(tmp_path):
    events: list[tuple[str, str]] = []
    path, before = tmp_path / "out.npz", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        writer = RecordingWriter(
            path, INFO, lambda *event: events.append(event), recorder=PeopleRecorder()
        ).start()
        for index in range(2000):
            writer.put(people_result(index % 50, 1, 2), wait=True)
            if not writer.running:
                break
        writer.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [kind for kind, _ in events] == ["error", "saved"]
    assert f"after {writer.written} frames" in events[0][1]
    assert writer.written > 50
    together = load_together(path)
    assert [len(person.rotmat) for person in together.people] == [writer.written] * 2


def test_no_room_for_the_files_keeps_the_journal(tmp_path, monkeypatch):
    recorder = PeopleRecorder()
    write(recorder, tmp_path / "out.npz", COMING_AND_GOING)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez", full)
        with pytest.raises(OSError, match="No space"):
            recorder.stop()
    assert names(tmp_path) == ["out.npz.part"]
    assert recover(journal_path(tmp_path / "out.npz")) == tmp_path / "out.npz"


KILLED = """
from pathlib import Path
from str_live.record import PeopleRecorder, RecordingWriter
from tests.record.synthetic_results import people_result
from tests.record.test_npz import INFO
writer = RecordingWriter(Path({path!r}), INFO, print, recorder=PeopleRecorder(), capacity=4).start()
for index in range(10**6):
    writer.put(people_result(index, 1, 2), wait=True)
    print(index, flush=True)
"""


def test_kill_9_in_the_middle_loses_nobody(tmp_path):
    """What waited in the writer's queue of four, and the row that was being written, may be lost."""
    path = tmp_path / "killed.npz"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(path=str(path))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.strip() == "45":
                break
        with pytest.raises(JournalError, match="being written"):
            recover(journal_path(path))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
    finally:
        process.kill()
        process.communicate()
    last = int(rest[-1]) if rest else 45
    assert recover_leftovers(tmp_path) == [path]
    together = load_together(path)
    assert len(together.timestamps) >= last + 1 - 6
    assert [len(person.rotmat) for person in together.people] == [len(together.timestamps)] * 2
