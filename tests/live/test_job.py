"""A run in a process of its own: it tells how far it is, can be cancelled, and its troubles are sentences."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from str_live.live.command_line import parse_arguments
from str_live.live.job import run_job
from str_live.record import NpzRecorder, RecordingInfo
from str_live.settings import Settings
from tests.record.synthetic_results import result


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "walk.npz"
    recorder = NpzRecorder()
    recorder.start(path, RecordingInfo(Settings(), "", "", ""))
    for index in range(60):
        recorder.write(result(index))
    return recorder.stop()


def test_it_records_reports_and_tells_how_far_it_is(recording, tmp_path):
    out, steps = tmp_path / "out.npz", []
    arguments = parse_arguments(f"--headless --source {recording} --record {out}".split())
    end = run_job(*arguments, lambda done, total: steps.append((done, total)), threading.Event())
    assert end.troubles == ()
    assert end.line is not None
    assert (end.line["frames"], end.line["recording"]) == (60, str(out))
    assert steps == [(done, 60) for done in range(1, 61)]
    with np.load(out) as file:
        assert len(file["poses"]) == 60


def test_a_cancelled_run_ends_and_what_it_wrote_is_whole(recording, tmp_path):
    out, cancelled = tmp_path / "out.npz", threading.Event()
    cancelled.set()
    arguments = parse_arguments(f"--headless --source {recording} --record {out}".split())
    end = run_job(*arguments, lambda done, total: None, cancelled)
    assert end.line is not None
    assert end.line["stopped"] == "SIGTERM"
    assert not list(tmp_path.glob("*.part"))


def test_what_cannot_begin_says_why(recording, tmp_path):
    line = f"--headless --source {recording} --record {tmp_path / 'out.npz'} --range 50:60"
    end = run_job(*parse_arguments(line.split()), lambda done, total: None, threading.Event())
    assert end.line is None
    assert "long" in " ".join(end.troubles)
