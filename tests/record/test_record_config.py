"""What made a recording, and what of that changed while it ran."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from str_live.messages import RecordingInfo
from str_live.record import NpzRecorder, recover
from str_live.record.config import change_between, changed_config, config_of, networks_of
from str_live.record.npz import journal_path
from str_live.record.read import load_recording
from str_live.settings import NetworkSettings, Settings, VariantSettings
from tests.record.synthetic_results import result

START = RecordingInfo(Settings(), "default", "free", "film.mp4")
WITHOUT = replace(Settings(), variant_a=VariantSettings(NetworkSettings().without("ttr")), lookahead=5)


def results(*made_by: RecordingInfo | None):
    return [replace(result(index), made_by=each) for index, each in enumerate(made_by)]


def write(recorder: NpzRecorder, path, *made_by: RecordingInfo | None) -> None:
    recorder.start(path, START)
    for each in results(*made_by):
        recorder.write(each)


def changes_of(path) -> list[dict]:
    with np.load(path, allow_pickle=False) as file:
        return json.loads(str(file["config_changes"]))


def test_changes_are_kept_with_the_frame_and_the_time_they_begin_at(tmp_path):
    other = replace(START, settings=WITHOUT)
    recorder = NpzRecorder()
    write(recorder, tmp_path / "a.npz", START, START, other, other, replace(other, body="smpl", source="1"))
    path = recorder.stop()
    assert changes_of(path) == [
        {
            "frame": 2,
            "time_s": 0.08,
            "changed": {"lookahead": 5, "settings.lookahead": 5, "settings.variant_a.network.ttr": False},
        },
        {"frame": 4, "time_s": 0.16, "changed": {"body": "smpl", "source": "1"}},
    ]
    with np.load(path) as file:
        assert json.loads(str(file["config"])) == json.loads(json.dumps(config_of(START)))
        assert len(file["poses"]) == 5


def test_a_replay_says_which_network_had_made_each_frame(tmp_path):
    recorder = NpzRecorder()
    write(recorder, tmp_path / "a.npz", START, START, replace(START, settings=WITHOUT))
    recording = load_recording(recorder.stop())
    assert recording.networks == ("STR", "STR", "STR without TTR")


def test_a_crash_keeps_the_changes_of_all_frames_that_it_keeps(tmp_path):
    recorder, path = NpzRecorder(), tmp_path / "a.npz"
    write(recorder, path, START, replace(START, settings=WITHOUT), replace(START, weights="mine"))
    torn = tmp_path / "torn.npz.part"
    torn.write_bytes(journal_path(path).read_bytes()[:-100])  # the last frame, but not the change before it
    assert [change["frame"] for change in changes_of(recover(torn))] == [1]


def test_a_result_that_does_not_know_its_source_changes_nothing(tmp_path):
    recorder = NpzRecorder()
    write(recorder, tmp_path / "a.npz", replace(START, source=""), None, replace(START, source=""))
    assert changes_of(recorder.stop()) == []


def test_how_a_body_was_drawn_is_no_change():
    drawn = replace(Settings(), view=replace(Settings().view, opacity=0.1))
    assert change_between(config_of(START), config_of(replace(START, settings=drawn))) == {}


def test_a_change_leads_from_one_config_to_the_other():
    old, new = config_of(START), config_of(replace(START, settings=WITHOUT, weights="mine"))
    assert changed_config(old, change_between(old, new)) == new
    assert old == config_of(START)


def test_an_old_recording_and_a_strange_one_say_nothing():
    assert networks_of({}, [], 2) == ("", "")
    assert networks_of({"settings": {"variant_a": {"network": {"unknown": 1}}}}, [], 1) == ("",)
    for strange in ([{"frame": 0}], [1], 5, [{"frame": 0, "changed": {"no.such": 1}}], {"a": 1}):
        with pytest.raises(ValueError, match="config_changes"):
            networks_of(config_of(START), strange, 2)


def test_addresses_lose_their_secrets_in_changes_too(tmp_path):
    recorder = NpzRecorder()
    write(recorder, tmp_path / "a.npz", START, replace(START, source="rtsp://me:hush@camera/live"))
    assert changes_of(recorder.stop())[0]["changed"] == {"source": "rtsp://camera/live"}
