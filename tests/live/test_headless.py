"""The program without a window: one JSON line, no Qt, a recording, and an end of its own."""

from __future__ import annotations

import json
import logging
import signal
import socket
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from str_live.camera import SourceError
from str_live.files import CLIP_FOLDER
from str_live.live import headless
from str_live.live.command_line import parse_arguments
from str_live.network.network import Network, NetworkConfig
from str_live.record import NpzRecorder, RecordingInfo
from str_live.record.film import TICKS
from str_live.settings import Settings
from str_live.stopping import Stopping
from str_live.temporal import STRConfig
from str_live.weights.own import save_network
from tests.camera.made_films import KEYFRAMES, damage_middle, noise, write_film
from tests.record.synthetic_results import result

ROOT = Path(__file__).parents[2]
WRAPPED = """
import sys
from main import main
status = main()
print("Qt" if any(name.startswith("PyQt") for name in sys.modules) else "no Qt", file=sys.stderr)
sys.exit(status)
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """A small network that knows nothing."""
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    torch.manual_seed(0)
    config = NetworkConfig(
        switches=STRConfig(width=16), encoder_hidden=16, encoder_blocks=1, regressor_hidden=16
    )
    save_network(Network(config), path)
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    """Five frames that replay without a detector."""
    recorder = NpzRecorder()
    path = tmp_path_factory.mktemp("recording") / "five.npz"
    recorder.start(path, RecordingInfo(Settings(), "", "", ""))
    for index in range(5):
        recorder.write(result(index, person=index < 4))
    return recorder.stop()


@pytest.fixture(scope="module")
def clip_run(tmp_path_factory, weights) -> tuple[subprocess.CompletedProcess, Path]:
    """The whole program on the first frames of the built-in clip."""
    if not (CLIP_FOLDER / "clip.mp4").is_file():
        pytest.skip("the built-in clip is not there")
    out = tmp_path_factory.mktemp("run") / "out.npz"
    line = "--headless --source clip --frames 12 --device cpu --off ttr,ste-time"
    arguments = [sys.executable, "-c", WRAPPED, *line.split(), "--weights", weights, "--record", out]
    return subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=ROOT), out


def test_one_json_line_tells_all(clip_run):
    ended, out = clip_run
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("\n") == 1
    printed = json.loads(ended.stdout)
    assert printed["people_followed"] == 1
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert (printed["frames"], printed["source"], printed["device"]) == (12, "built-in clip", "cpu")
    assert printed["precision"] == "float32"
    assert 0 <= printed["frames_with_person"] <= 12
    assert printed["fps"] > 0
    assert {"capture", "person"} <= set(printed["stages_ms"])
    assert set(printed["stages_ms"]["person"]) == {"median", "p95"}
    assert set(printed["acceleration"]) == {"error", "magnitude", "reference", "reference_reason", "seconds"}
    assert (printed["lookahead"], printed["front_end"], printed["weights"]) == (2, "landmarks", "untrained")
    assert not printed["network"]["ttr"]
    assert not printed["network"]["ste_time"]
    assert printed["network"]["ste_freq"]
    assert printed["recording"] == str(out)


def test_a_damaged_film_is_processed_to_its_end_and_the_loss_is_printed(capsys, caplog, weights, tmp_path):
    film = write_film(tmp_path / "damaged.mp4", noise(20), options=KEYFRAMES)
    damage_middle(film)
    arguments = ("--source", film, "--weights", weights, "--device", "cpu")
    status, printed, _ = run(capsys, *arguments)
    assert status == 0
    assert printed["pictures_unreadable"] > 0
    assert printed["frames"] == 20 - printed["pictures_unreadable"]
    warnings = [message for message in caplog.messages if "could not be read" in message]
    assert warnings == [f"{printed['pictures_unreadable']} pictures of damaged.mp4 could not be read."]


def test_no_qt_is_imported(clip_run):
    assert clip_run[0].stderr.rstrip().endswith("no Qt")


def test_every_frame_is_recorded_those_that_waited_too(clip_run):
    with np.load(clip_run[1], allow_pickle=False) as file:
        np.testing.assert_array_equal(file["frame_index"], np.arange(12))
        assert json.loads(str(file["config"]))["source"] == "clip"


def run(capsys, *arguments: object) -> tuple[int, dict, str]:
    """Status, the JSON line ({} where none was printed) and stderr of a run in this process."""
    settings, options = parse_arguments(["--headless", *map(str, arguments)])
    status = headless.run_headless(settings, options)
    captured = capsys.readouterr()
    return status, json.loads(captured.out) if captured.out else {}, captured.err


def test_a_file_ends_by_itself(capsys, weights, recording):
    status, printed, _ = run(capsys, "--source", recording, "--weights", weights, "--device", "cpu")
    assert status == 0
    assert (printed["frames"], printed["frames_with_person"]) == (5, 4)
    assert printed["recording"] is None


def test_the_line_says_which_front_end_ran_and_why(capsys, caplog, weights, recording, tmp_path):
    caplog.set_level(logging.INFO)
    out = tmp_path / "out.npz"
    _, printed, _ = run(capsys, "--source", recording, "--weights", weights, "--record", out)
    assert printed["front_end"] == "landmarks"
    assert printed["front_end_reason"] == "untrained.safetensors is for it"
    assert "front end landmarks: untrained.safetensors is for it" in caplog.text
    with np.load(out, allow_pickle=False) as file:
        assert json.loads(str(file["config"]))["settings"]["front_end"] == "landmarks"
    asked = ("--source", recording, "--weights", weights, "--front-end", "landmarks")
    assert run(capsys, *asked)[1]["front_end_reason"] == "it was asked for"


def test_a_replayed_recording_records_the_same_again(capsys, weights, recording, tmp_path):
    again = tmp_path / "again.npz"
    run(capsys, "--source", recording, "--weights", weights, "--device", "cpu", "--record", again)
    with np.load(recording) as first, np.load(again) as second:
        np.testing.assert_allclose(first["poses"], second["poses"], atol=1e-5)
        for name in ("betas_per_frame", "boxes", "camera", "person", "frame_index"):
            np.testing.assert_array_equal(first[name], second[name])


def test_files_that_cannot_be_used_are_one_sentence_and_status_2(capsys, recording, weights, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("not a film")
    for arguments in (("--source", text, "--weights", weights), ("--source", recording, "--weights", text)):
        status, printed, errors = run(capsys, *arguments)
        assert (status, printed) == (2, {})
        assert errors.startswith("main.py: ")
        assert errors.count("\n") == 1
        assert "text.mp4" in errors


def test_a_device_that_is_not_there_is_one_sentence_and_status_2(capsys, recording, weights):
    status, printed, errors = run(capsys, "--source", recording, "--weights", weights, "--device", "cuda:99")
    assert (status, printed) == (2, {})
    assert errors.count("\n") == 1
    assert "cuda:99" in errors


def per_frame_weights(folder: Path) -> Path:
    config = NetworkConfig(
        networks=("frame",),
        switches=STRConfig(width=16),
        encoder_hidden=16,
        encoder_blocks=1,
        regressor_hidden=16,
    )
    save_network(Network(config), folder / "alone.safetensors")
    return folder / "alone.safetensors"


def test_a_network_without_weights_is_refused_where_it_was_asked_for(capsys, recording, tmp_path):
    alone = per_frame_weights(tmp_path)
    status, printed, errors = run(capsys, "--source", recording, "--weights", alone, "--temporal", "vibe")
    assert (status, printed) == (2, {})
    assert errors.startswith("main.py: VIBE has no weights in alone: give")
    assert errors.count("\n") == 1


def test_what_ran_is_printed_where_nothing_else_was_asked_for(capsys, caplog, recording, tmp_path):
    status, printed, _ = run(capsys, "--source", recording, "--weights", per_frame_weights(tmp_path))
    assert (status, printed["network"]["temporal"]) == (0, "frame")
    assert "STR has no weights in alone" in caplog.text


@pytest.mark.parametrize("name", ["tcmr", "vibe"])
def test_a_rival_runs_where_it_has_weights(capsys, recording, weights, name):
    status, printed, _ = run(capsys, "--source", recording, "--weights", weights, "--temporal", name)
    assert (status, printed["network"]["temporal"]) == (0, name)


def test_a_recording_that_cannot_be_written_does_not_stop_the_run(capsys, recording, weights, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out.npz"
    status, printed, errors = run(capsys, "--source", recording, "--weights", weights, "--record", out)
    assert status == 1
    assert printed["frames"] == 5
    assert printed["recording"] is None
    assert "The recording was stopped after 0 frames" in errors


def test_a_source_that_breaks_still_gives_the_figures(capsys, recording, weights, monkeypatch):
    from str_live.camera.recording import RecordingSource

    deliver = RecordingSource.read

    def read(self):
        frame = deliver(self)
        if frame.index == 3:
            raise SourceError("The film broke.")
        return frame

    monkeypatch.setattr(RecordingSource, "read", read)
    status, printed, errors = run(capsys, "--source", recording, "--weights", weights)
    assert (status, printed["frames"]) == (1, 3)
    assert errors == "main.py: The film broke.\n"


def test_a_request_to_stop_is_heeded_between_two_frames(capsys, weights, recording, tmp_path):
    stopping, out = Stopping(), tmp_path / "out.npz"
    arguments = ["--headless", "--source", str(recording), "--weights", str(weights), "--record", str(out)]
    deliver = headless.Run._take

    def take(run, results):
        deliver(run, results)
        stopping.request(signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headless.Run, "_take", take)
        status = headless.run_headless(*parse_arguments(arguments), stopping)
    printed = json.loads(capsys.readouterr().out)
    # One frame was through, and the next one with the detector.
    assert (status, printed["frames"], printed["stopped"]) == (143, 2, "SIGTERM")
    with np.load(out) as file:
        assert len(file["poses"]) == 2


def test_a_request_to_stop_while_loading_ends_with_the_line(capsys, weights, recording):
    stopping = Stopping()
    stopping.request(signal.SIGINT)
    arguments = ["--headless", "--source", str(recording), "--weights", str(weights)]
    status = headless.run_headless(*parse_arguments(arguments), stopping)
    printed = json.loads(capsys.readouterr().out)
    assert (status, printed["frames"], printed["weights"], printed["source"]) == (130, 0, None, None)


def test_a_stream_is_sent_to_and_named(capsys, weights, recording):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        address = f"127.0.0.1:{receiver.getsockname()[1]}"
        status, printed, _ = run(
            capsys, "--source", recording, "--weights", weights, "--stream", f"vmc:{address}"
        )
        packets = [receiver.recv(2048) for _ in range(2)]
    assert status == 0
    assert printed["streams"]["vmc"]["to"] == address
    assert 1 <= printed["streams"]["vmc"]["sent"] <= printed["frames"]  # the newest of what came meanwhile
    assert all(packet.startswith(b"#bundle") for packet in packets)


def test_a_stream_that_cannot_start_is_one_sentence_and_status_2(capsys, weights, recording, tmp_path):
    (tmp_path / "none.vrm").write_bytes(b"no avatar")
    arguments = ["--headless", "--source", recording, "--weights", weights, "--stream", "vmc"]
    arguments += ["--avatar", tmp_path / "none.vrm"]
    status = headless.run_headless(*parse_arguments(list(map(str, arguments))))
    out, error = capsys.readouterr()
    assert (status, out) == (2, "")
    assert "no VRM avatar" in error


def test_a_film_is_written_beside_the_recording(capsys, weights, recording, tmp_path):
    film, again = tmp_path / "deep" / "film.mp4", tmp_path / "again.npz"
    arguments = (
        "--source",
        recording,
        "--weights",
        weights,
        "--record",
        again,
        "--film",
        film,
        "--film-plot",
    )
    status, printed, errors = run(capsys, *arguments)
    if "No film can be made" in errors:
        pytest.skip(errors)
    assert status == 0
    assert (printed["film"], printed["recording"]) == (str(film), str(again))
    with av.open(str(film)) as opened, np.load(again) as recorded:
        frames = list(opened.decode(video=0))
        assert len(frames) == 5
        shown = [float(frame.pts * frame.time_base) for frame in frames]
        np.testing.assert_allclose(shown, recorded["timestamps"], atol=1 / TICKS)
        assert frames[0].height == 960


def test_a_film_that_cannot_be_written_is_one_sentence_at_once(capsys, weights, recording, tmp_path):
    (tmp_path / "file").write_text("")
    film = tmp_path / "file" / "film.mp4"
    status, printed, errors = run(capsys, "--source", recording, "--weights", weights, "--film", film)
    assert (status, printed) == (2, {})
    assert errors.startswith("main.py: No film can be made: ")
    assert errors.count("\n") == 1


def test_a_film_without_opengl_is_refused_at_once(capsys, weights, recording, tmp_path, monkeypatch):
    def refuse(**_: object) -> None:
        raise Exception("libEGL.so not loaded")

    monkeypatch.setattr("moderngl.create_context", refuse)
    film = tmp_path / "film.mp4"
    status, _, errors = run(capsys, "--source", recording, "--weights", weights, "--film", film)
    assert status == 2
    assert "install libegl1" in errors
    assert not list(tmp_path.iterdir())
