"""Many sources in one call: recordings and exports, and the same call goes on where one was stopped."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest

from str_live.live import headless
from str_live.live.batch import run_batch
from str_live.live.command_line import parse_arguments
from str_live.record import NpzRecorder, RecordingInfo
from str_live.settings import Settings
from str_live.stopping import Stopping
from tests.record.synthetic_results import result


def make_recording(path: Path, frames: int) -> Path:
    """A source that replays without a detector."""
    recorder = NpzRecorder()
    path.parent.mkdir(exist_ok=True)
    recorder.start(path, RecordingInfo(Settings(), "", "", ""))
    for index in range(frames):
        recorder.write(result(index))
    saved = recorder.stop()
    assert saved is not None
    return saved


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sources")
    paths = folder / "walk.npz", folder / "run.npz", folder / "other" / "walk.npz"
    return [make_recording(path, frames) for path, frames in zip(paths, (3, 4, 5), strict=True)]


def run(capsys, *arguments: object, stopping: Stopping | None = None) -> tuple[int, list[dict], str]:
    line = ["--headless", *map(str, arguments)]
    status = run_batch(*parse_arguments(line), stopping or Stopping(), bar=False)
    out, error = capsys.readouterr()
    return status, [json.loads(each) for each in out.splitlines()], error


def frames_of(path: Path) -> int:
    with np.load(path) as file:
        return len(file["poses"])


def test_each_source_has_a_line_a_recording_and_exports_by_its_own_name(capsys, sources, tmp_path):
    out = tmp_path / "takes"
    status, lines, _ = run(capsys, "--source", *sources, "--out", out, "--export", "trc,.CSV")
    assert status == 0
    assert [line["frames"] for line in lines] == [3, 4, 5]
    assert [Path(line["recording"]).name for line in lines] == ["walk.npz", "run.npz", "walk_2.npz"]
    assert [frames_of(Path(line["recording"])) for line in lines] == [3, 4, 5]
    assert [Path(path).name for path in lines[2]["exports"]] == ["walk_2.trc", "walk_2.csv"]
    assert {path.name for path in out.iterdir()} == {
        f"{name}.{suffix}" for name in ("walk", "run", "walk_2") for suffix in ("npz", "trc", "csv")
    }


def test_amass_s_npz_lies_beside_the_recording(capsys, sources, tmp_path):
    _, [line], _ = run(capsys, "--source", sources[0], "--out", tmp_path, "--export", "npz")
    assert [Path(path).name for path in line["exports"]] == ["walk_amass.npz"]
    assert frames_of(tmp_path / "walk.npz") == 3
    with np.load(tmp_path / "walk_amass.npz") as file:
        assert "mocap_framerate" in file


def test_what_is_there_already_is_left_alone_and_the_rest_is_made(capsys, sources, tmp_path):
    run(capsys, "--source", sources[0], "--out", tmp_path, "--export", "trc")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    status, lines, _ = run(capsys, "--source", *sources[:2], "--out", tmp_path, "--export", "trc,csv")
    assert status == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert "frames" not in lines[0]
    assert lines[1]["frames"] == 4
    assert (tmp_path / "walk.csv").exists()


def test_one_that_cannot_be_used_does_not_stop_the_others(capsys, sources, tmp_path):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"no recording")
    status, lines, error = run(capsys, "--source", broken, sources[0], "--out", tmp_path / "takes")
    assert status == 1
    assert [line["recording"] is not None for line in lines] == [False, True]
    assert "broken.npz" in error


def test_a_password_reaches_no_line_and_no_file_name(capsys, tmp_path):
    source = "http://me:secret@127.0.0.1:9/video?token=hidden"
    status, lines, error = run(capsys, "--source", source, source, "--out", tmp_path)
    assert status == 1
    text = json.dumps(lines) + error + " ".join(path.name for path in tmp_path.iterdir())
    assert "127.0.0.1" in text
    assert "secret" not in text
    assert "hidden" not in text


def test_what_was_stopped_before_is_not_overwritten(capsys, sources, tmp_path, monkeypatch):
    for number in (1, 2):
        stopping = Stopping()
        deliver = headless.Run._take

        def take(self, results, stopping=stopping, deliver=deliver):
            deliver(self, results)
            stopping.request(signal.SIGTERM)

        with monkeypatch.context() as patch:
            patch.setattr(headless.Run, "_take", take)
            run(capsys, "--source", sources[0], "--out", tmp_path, stopping=stopping)
        assert len(list(tmp_path.iterdir())) == number


def test_what_a_crash_left_does_not_keep_the_source_from_being_made(capsys, sources, tmp_path):
    crashed = NpzRecorder()
    crashed.start(tmp_path / "walk.npz", RecordingInfo(Settings(), "", "", ""))
    crashed.write(result(0))
    crashed.flush()
    journal = (tmp_path / "walk.npz.part").read_bytes()
    crashed.stop()
    for path in tmp_path.iterdir():
        path.unlink()
    (tmp_path / "walk.npz.part").write_bytes(journal)
    status, [line], _ = run(capsys, "--source", sources[0], "--out", tmp_path)
    assert (status, line["frames"]) == (0, 3)
    assert sorted(frames_of(path) for path in tmp_path.iterdir()) == [1, 3]


def test_a_format_that_is_none_is_refused_before_anything_runs(capsys, sources, tmp_path):
    status, lines, error = run(capsys, "--source", sources[0], "--out", tmp_path / "takes", "--export", "doc")
    assert (status, lines) == (2, [])
    assert ".doc" in error
    assert not (tmp_path / "takes").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(capsys, sources, tmp_path):
    (tmp_path / "file").write_text("")
    status, lines, error = run(capsys, "--source", sources[0], "--out", tmp_path / "file" / "takes")
    assert (status, lines, error.count("\n")) == (2, [], 1)


def test_a_stopped_call_sets_the_unfinished_aside_and_the_next_one_goes_on(
    capsys, sources, tmp_path, monkeypatch
):
    stopping, deliver = Stopping(), headless.Run._take

    def take(self, results):
        deliver(self, results)
        if results and results[0].frame.index == 1 and "run" in str(self._options.record):
            stopping.request(signal.SIGTERM)

    monkeypatch.setattr(headless.Run, "_take", take)
    status, lines, _ = run(
        capsys, "--source", *sources, "--out", tmp_path, "--export", "trc", stopping=stopping
    )
    assert status == 143
    assert [line["stopped"] for line in lines] == [None, "SIGTERM"]
    assert {path.name for path in tmp_path.iterdir()} == {"walk.npz", "walk.trc", "run_stopped.npz"}
    monkeypatch.undo()
    status, lines, _ = run(capsys, "--source", *sources, "--out", tmp_path, "--export", "trc")
    assert status == 0
    assert frames_of(tmp_path / "run.npz") == 4
    assert (tmp_path / "walk_2.trc").exists()


@pytest.mark.parametrize(
    "line",
    [
        "--headless --source a.x b.x",
        "--headless --source a.x --export fbx",
        "--headless --out takes",
        "--headless --source a.x --out takes --record b.npz",
    ],
)
def test_what_does_not_go_together_is_refused(line, capsys):
    with pytest.raises(SystemExit) as exit:
        parse_arguments(line.split())
    assert exit.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
