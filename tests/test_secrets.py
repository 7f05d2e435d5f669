"""A camera's password and token reach no output and no file of the program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "camera"))

from str_live.record import recover
from str_live.record.journal import Journal
from str_live.record.npz import NpzRecorder
from str_live.record.read import load_recording
from str_live.settings import Settings, SourceSettings, without_secrets
from tests.camera.mjpeg_server import MjpegServer

ROOT = Path(__file__).parents[1]
SECRETS = ("hush", "p%40ss")


def run(folder: Path, address: str, *arguments: str) -> subprocess.CompletedProcess:
    line = [sys.executable, str(ROOT / "main.py"), "--headless", "--device", "cpu", "--verbose", *arguments]
    return subprocess.run(
        [*line, "--source", address], capture_output=True, text=True, check=False, cwd=folder
    )


def with_secrets(url: str) -> str:
    return url.replace("://", "://hush:p%40ss-hush@") + "?token=hush&resolution=320x240#hush"


def assert_silent(done: subprocess.CompletedProcess, folder: Path) -> None:
    for secret in SECRETS:
        assert secret not in done.stdout
        assert secret not in done.stderr
        for path in folder.rglob("*"):
            assert secret not in path.name
            if path.suffix == ".npz":
                with np.load(path, allow_pickle=False) as file:
                    assert not any(secret in str(file[name]) for name in file.files if file[name].ndim == 0)
            elif path.is_file():
                assert secret.encode() not in path.read_bytes()


def test_a_recorded_stream_leaves_no_trace_of_its_password(tmp_path):
    server = MjpegServer()
    try:
        done = run(tmp_path, with_secrets(server.url), "--frames", "4", "--record", "out.npz")
    finally:
        server.close()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["source"] == f"{server.url}?resolution=320x240"
    assert_silent(done, tmp_path)
    with np.load(tmp_path / "out.npz", allow_pickle=False) as file:
        config = json.loads(str(file["config"]))
    assert config["source"] == config["settings"]["source"]["spec"] == f"{server.url}?resolution=320x240"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/video", "rtsp://127.0.0.1:9/live", "http://127.0.0.1:9/film.mp4"]
)
def test_an_address_that_cannot_be_opened_shows_no_password(tmp_path, address):
    done = run(tmp_path, with_secrets(address), "--record", "out.npz")
    assert done.returncode == 2
    assert_silent(done, tmp_path)


def test_a_bad_argument_shows_no_password(tmp_path):
    done = run(tmp_path, "clip", "--temporal", with_secrets("rtsp://camera/live"))
    assert done.returncode == 2
    assert_silent(done, tmp_path)


def test_what_an_older_version_wrote_is_read_without_its_password(tmp_path, monkeypatch):
    recorder = NpzRecorder()
    monkeypatch.setattr("str_live.record.config.public_address", lambda address: address)
    from str_live.messages import RecordingInfo
    from tests.record.synthetic_results import result

    address = with_secrets("rtsp://camera/live")
    recorder.start(tmp_path / "old.npz", RecordingInfo(Settings(SourceSettings(address)), "", "", address))
    recorder.write(result(0))
    path = recorder.stop()
    with np.load(path) as file:
        assert "hush" in str(file["config"])
    assert "hush" not in load_recording(path).source


def test_an_interrupted_recording_of_an_older_version_is_recovered_without_its_password(tmp_path):
    from str_live.record.rows import FORMAT_VERSION, FRAME, row_from_result
    from tests.record.synthetic_results import result

    address = with_secrets("rtsp://camera/live")
    config = {"source": address, "settings": {"source": {"spec": address}}}
    header = {"format_version": FORMAT_VERSION, "image_size": [8, 6], "config": config}
    journal = Journal(tmp_path / "old.npz.part")
    journal.begin(header)
    journal.append(FRAME + row_from_result(result(0)).tobytes())
    journal.close()
    with np.load(recover(journal.path)) as file:
        assert "hush" not in str(file["config"])


def test_stored_settings_hold_no_password():
    settings = Settings(SourceSettings(with_secrets("rtsp://camera/live")))
    assert without_secrets(settings).source.spec == "rtsp://camera/live?resolution=320x240"
