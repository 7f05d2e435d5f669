"""Pause, steps, jumps, speed and ranges of films, folders and recordings."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest

from str_live.camera import frames as read_frames
from str_live.camera import open_source
from str_live.camera.pace import Pace
from str_live.camera.transport import FASTEST, SLOWEST, Transport
from str_live.messages import Frame
from str_live.record import NpzRecorder, RecordingInfo
from str_live.settings import Settings, SourceSettings
from tests.camera.made_films import SIZE, write_film
from tests.record.synthetic_results import result

FRAMES, FPS = 60, 30.0
ONCE = {"loop": False, "realtime": False}


def shade(index: int) -> np.ndarray:
    """(H, W, 3) uint8: picture number `index`, by its brightness."""
    return np.full((SIZE[1], SIZE[0], 3), 4 * index, np.uint8)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """A film with a key picture every 20, a folder and a recording, two seconds each."""
    folder = tmp_path_factory.mktemp("transport")
    pictures = [shade(index) for index in range(FRAMES)]
    film = write_film(folder / "film.mp4", pictures, fps=round(FPS), options={"g": "20", "qp": "1"})
    (folder / "pictures").mkdir()
    for index in range(FRAMES):
        cv2.imwrite(str(folder / "pictures" / f"{index}.png"), pictures[index])
    recorder = NpzRecorder()
    recorder.start(folder / "take.npz", RecordingInfo(Settings(), "", "", ""))
    for index in range(FRAMES):
        recorder.write(replace(result(index), frame=Frame(pictures[index], index, index / FPS, 0, 1)))
    saved = recorder.stop()
    assert saved is not None
    return {"film": film, "pictures": folder / "pictures", "take": saved}


def pictures_of(files: dict[str, Path]) -> list[np.ndarray]:
    """The film from its beginning to its end."""
    return [frame.image for frame in read_frames(open_source(SourceSettings(str(files["film"]), **ONCE)))]


@pytest.fixture(params=["film", "pictures", "take"])
def source(request, files):
    settings = SourceSettings(str(files[request.param]), loop=True, realtime=False, fps=FPS)
    source = open_source(settings, count(1))
    source.transport.set_context(0.1, 2 / FPS)
    yield source
    source.close()


def read_until_it_waits(source) -> list:
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
        assert len(frames) <= FRAMES
    return frames


def test_paused_nothing_comes_until_a_step_or_play(source):
    assert source.read().index == 0
    source.transport.pause()
    assert source.read() is None
    source.transport.step()
    source.transport.step()
    assert [frame.index for frame in read_until_it_waits(source)] == [1, 2]
    source.transport.pause(False)
    assert source.read().index == 3


def test_a_jump_while_paused_gives_the_pictures_around_its_aim_in_a_new_epoch(source):
    first = source.read()
    source.transport.pause()
    for aim in (1.5, 0.5):
        source.transport.seek(aim)
        frames = read_until_it_waits(source)
        at = round(aim * FPS)
        assert [frame.index for frame in frames] == list(range(at - 3, at + 3))
        assert [frame.time_s for frame in frames] == pytest.approx(
            [frame.index / FPS for frame in frames], abs=2e-3
        )
        assert len({frame.epoch for frame in frames} - {first.epoch}) == 1


def test_the_pictures_after_a_jump_are_those_of_their_numbers(files):
    source, pictures = open_source(SourceSettings(str(files["film"]), realtime=False)), pictures_of(files)
    for aim in (1.9, 0.1, 1.0):
        source.transport.seek(aim)
        frame = source.read()
        assert np.array_equal(frame.image, pictures[frame.index])
    source.close()


def test_a_jump_beyond_the_end_or_before_the_beginning_stays_in_the_file(source):
    source.transport.set_context(0.0, 0.0)
    source.transport.seek(99.0)
    assert source.read().index in (0, FRAMES - 1)  # a film of 2 s may end with its last picture or after it
    source.transport.seek(-5.0)
    assert source.read().index == 0


def test_a_file_that_is_paused_stays_at_its_end_and_goes_on_from_elsewhere(source):
    source.transport.pause()
    source.transport.seek(99.0)
    assert read_until_it_waits(source)[-1].index == FRAMES - 1
    source.transport.step()
    assert source.read() is None
    source.transport.seek(1.0)
    assert read_until_it_waits(source)[-1].index == 32


def test_a_range_is_played_again_and_again(source):
    source.transport.set_context(0.0, 0.0)
    source.transport.set_range((1.0, 1.2))
    indices = [source.read().index for _ in range(16)]
    assert indices == [*range(30, 37), *range(30, 37), 30, 31]
    source.transport.set_range(None)
    assert source.read().index == 32


def test_the_length_of_a_file_is_told(source):
    assert source.transport.position.duration_s == pytest.approx(2.0, abs=1.5 / FPS)


def test_speeds_stay_within_what_can_be_played():
    transport = Transport()
    transport.set_speed(100)
    assert transport.position.speed == FASTEST
    transport.set_speed(0)
    assert transport.position.speed == SLOWEST


def test_twice_the_speed_makes_pictures_due_in_half_the_time(monkeypatch):
    now = 100.0
    monkeypatch.setattr("str_live.camera.pace.time.perf_counter", lambda: now)
    pace = Pace()
    pace.set_speed(2.0)
    assert pace.late_s(0.0) == 0
    assert pace.late_s(1.0) == pytest.approx(-0.5)
    pace.set_speed(0.5)
    assert pace.late_s(1.0) == 0
    assert pace.late_s(2.0) == pytest.approx(-2.0)


def test_a_replay_shows_the_film_s_pictures_where_it_jumps_to(files, tmp_path):
    """The recording's own frame and the picture behind it are of one number."""
    recorder = NpzRecorder()
    recorder.start(tmp_path / "take.npz", RecordingInfo(Settings(), "", "", str(files["film"])))
    pictures = pictures_of(files)
    for index in range(FRAMES):
        recorder.write(replace(result(index), frame=Frame(pictures[index], index, index / FPS, 0, 1)))
    saved = recorder.stop()
    replay = open_source(SourceSettings(str(saved), realtime=False))
    replay.transport.set_context(0.0, 0.0)
    for aim in (0.0, 1.9, 0.1):
        replay.transport.seek(aim)
        frame = replay.read()
        assert frame.index == round(aim * FPS)
        assert np.array_equal(frame.image, pictures[frame.index])
    replay.close()
