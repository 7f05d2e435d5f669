"""The recorder thread never blocks, counts what it drops, and says in one sentence why it stopped."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from str_live.record import NpzRecorder, RecordingWriter
from str_live.record.npz import journal_path
from tests.record.synthetic_results import HEIGHT, result
from tests.record.test_npz import INFO


class Events(list):
    """Collects on_event calls."""

    def __call__(self, kind: str, text: str) -> None:
        self.append((kind, text))

    def of(self, kind: str) -> list[str]:
        return [text for have, text in self if have == kind]


def test_saved_event_names_the_file(tmp_path):
    events = Events()
    writer = RecordingWriter(tmp_path / "a.npz", INFO, events).start()
    for index in range(20):
        writer.put(result(index))
    writer.stop()
    assert events == [("saved", str(tmp_path / "a.npz"))]
    assert (writer.written, writer.dropped, writer.running) == (20, 0, False)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert len(file["poses"]) == 20


class SlowRecorder(NpzRecorder):
    """A disk that waits until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def write(self, result) -> None:
        self.released.wait(10)
        super().write(result)


def test_a_slow_disk_drops_frames_and_counts_them(tmp_path):
    recorder = SlowRecorder()
    writer = RecordingWriter(tmp_path / "a.npz", INFO, Events(), recorder=recorder, capacity=4).start()
    one = result(0)
    for _ in range(30):
        writer.put(one)  # returns at once
    recorder.released.set()
    writer.stop()
    assert writer.written + writer.dropped == 30
    assert 4 <= writer.written <= 6


def test_waiting_puts_drop_nothing(tmp_path):
    writer = RecordingWriter(tmp_path / "a.npz", INFO, Events(), capacity=2).start()
    one = result(0)
    for _ in range(50):
        writer.put(one, wait=True)
    writer.stop()
    assert (writer.written, writer.dropped) == (50, 0)


def test_no_frames_is_said(tmp_path):
    events = Events()
    RecordingWriter(tmp_path / "a.npz", INFO, events).start().stop()
    assert events == [("error", "Nothing was recorded: no frame came.")]


def test_pictures_of_changing_size_are_all_recorded_each_with_its_own(tmp_path):
    events = Events()
    writer = RecordingWriter(tmp_path / "a.npz", INFO, events).start()
    for index, width in enumerate((64, 128, 64)):
        writer.put(result(index, width=width))
    writer.stop()
    assert events == [("saved", str(tmp_path / "a.npz"))]
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file["image_sizes"].tolist() == [[64, HEIGHT], [128, HEIGHT], [64, HEIGHT]]
        assert file["image_size"].tolist() == [64, HEIGHT]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    events = Events()
    RecordingWriter(tmp_path / "file" / "a.npz", INFO, events).start().stop()
    (sentence,) = events.of("error")
    assert sentence.startswith("The recording was stopped after 0 frames")


def record_until_stopped(path: Path) -> tuple[RecordingWriter, Events]:
    events = Events()
    writer = RecordingWriter(path, INFO, events).start()
    one = result(0)
    for _ in range(5000):
        if not writer.running:
            break
        writer.put(one, wait=True)
    writer.stop()
    return writer, events


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 600 kB."""
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def assert_full_disk_is_said_once(writer: RecordingWriter, events: Events) -> None:
    assert len(events.of("error")) >= 1
    assert (
        events.of("error")[0] == f"The disk is full: the recording was stopped after {writer.written} frames."
    )
    assert writer.written > 50


def test_a_full_disk_stops_and_saves_what_was_recorded(small_disk):
    writer, events = record_until_stopped(small_disk / "a.npz")
    assert_full_disk_is_said_once(writer, events)
    assert events.of("saved") == [str(small_disk / "a.npz")]
    with np.load(small_disk / "a.npz", allow_pickle=False) as file:
        assert len(file["poses"]) == writer.written


def test_a_disk_filled_by_others_keeps_the_journal(small_disk, monkeypatch):
    """No room is left even for the .npz: the journal stays, readable, and says so."""
    monkeypatch.setattr(NpzRecorder, "_check_space", lambda self: None)
    path = small_disk / "a.npz"
    writer, events = record_until_stopped(path)
    assert_full_disk_is_said_once(writer, events)
    assert str(journal_path(path)) in events.of("error")[1]
    assert [entry.name for entry in small_disk.iterdir()] == ["a.npz.part"]
    elsewhere = shutil.copy(journal_path(path), small_disk.parent / "b.npz.part")
    from str_live.record import recover

    with np.load(recover(Path(elsewhere)), allow_pickle=False) as file:
        assert len(file["poses"]) == writer.written


def test_a_limit_on_the_file_size_is_a_full_disk_too(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        writer, events = record_until_stopped(tmp_path / "a.npz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_full_disk_is_said_once(writer, events)
    assert events.of("saved") == [str(tmp_path / "a.npz")]
