"""A film is H.264 that players take, at the times it was given, and no crash or full disk loses it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from str_live.record.film import (
    TICKS,
    FilmError,
    FilmFile,
    finalise_film,
    part_path,
    recover_film,
    recover_films,
)

WIDTH, HEIGHT = 160, 96
NTSC = 1001 * TICKS // 30_000
KILLED = """
import os, signal, sys
import numpy as np
from str_live.record.film import FilmFile, TICKS
film = FilmFile(sys.argv[1], 160, 96)
for index in range(300):
    film.write(np.full((96, 160, 3), index % 250, np.uint8), index * TICKS // 30, TICKS // 30)
os.kill(os.getpid(), signal.SIGKILL)
"""


def picture(shade: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), (shade, 200 - shade, 40), np.uint8)


def write(path: Path, ticks: list[int]) -> Path | None:
    film = FilmFile(path, WIDTH, HEIGHT)
    for shade, at in enumerate(ticks):
        film.write(picture(10 * shade), at, 4000)
    return film.close()


def decoded(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as film:
        return list(film.decode(video=0))


def test_a_film_is_what_every_player_takes(tmp_path):
    path = write(tmp_path / "a.mp4", [0, 4000, 8000])
    assert path == tmp_path / "a.mp4"
    assert not part_path(path).exists()
    with av.open(str(path)) as film:
        (stream,) = film.streams
        context = stream.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 160, 96)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index is at the front: it plays while it loads"


@pytest.mark.parametrize(
    "ticks",
    [
        pytest.param([NTSC * index for index in range(12)], id="29.97 a second"),
        pytest.param([0, 3960, 8160, 20_000, 20_040, 140_000], id="a camera that comes and goes"),
    ],
)
def test_pictures_come_at_exactly_their_times(tmp_path, ticks):
    shown = decoded(write(tmp_path / "a.mp4", ticks))
    assert [frame.pts * frame.time_base * TICKS for frame in shown] == ticks
    assert shown[-1].duration * shown[-1].time_base * TICKS == 4000


def test_colours_come_back(tmp_path):
    shown = decoded(write(tmp_path / "a.mp4", [0, 4000, 8000]))
    for shade, frame in enumerate(shown):
        back = frame.to_ndarray(format="bgr24")[HEIGHT // 2, WIDTH // 2].astype(int)
        # Three of 255: seven bits of luma and of either chroma are rounded, then turned back.
        assert np.abs(back - picture(10 * shade)[0, 0].astype(int)).max() <= 6


def test_odd_sizes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="161 x 96 pixels: both must be even"):
        FilmFile(tmp_path / "a.mp4", 161, 96)
    assert not list(tmp_path.iterdir())


def test_without_a_picture_there_is_no_film(tmp_path):
    assert write(tmp_path / "a.mp4", []) is None
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_leaves_plays_and_becomes_a_film(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"an earlier film")
    ended = subprocess.run([sys.executable, "-c", KILLED, path], check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == -signal.SIGKILL
    playable = len(decoded(part_path(path)))
    (saved,) = recover_films(tmp_path)
    assert saved.name == "a-recovered.mp4"
    assert path.read_bytes() == b"an earlier film"
    assert not part_path(path).exists()
    assert len(decoded(saved)) == playable >= 200


def test_a_film_cut_amid_a_picture_is_recovered_up_to_it(tmp_path):
    film = FilmFile(tmp_path / "a.mp4", WIDTH, HEIGHT)
    noise = np.random.default_rng(0)
    for index in range(90):
        film.write(noise.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8), index * 4000, 4000)
    film.close()
    whole = tmp_path / "a.mp4"
    cut = tmp_path / "b.mp4.part"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    recovered = decoded(recover_film(cut))
    assert 30 <= len(recovered) < 90


def test_rubbish_is_left_alone_and_named_and_what_holds_nothing_is_removed(tmp_path, caplog):
    (tmp_path / "rubbish.mp4.part").write_bytes(b"rubbish" * 100)
    (tmp_path / "nothing.mp4.part").write_bytes(b"")
    begun = FilmFile(tmp_path / "begun.mp4", WIDTH, HEIGHT)
    begun.write(picture(0), 0, 4000)
    shutil.copy(begun.part, tmp_path / "header.mp4.part")  # the picture is still in the encoder
    begun.close()
    assert recover_films(tmp_path) == []
    assert f"{tmp_path / 'rubbish.mp4.part'} is no film" in caplog.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun.mp4", "rubbish.mp4.part"]


def test_a_film_that_is_being_written_is_not_taken_for_left_over(tmp_path):
    film = FilmFile(tmp_path / "a.mp4", WIDTH, HEIGHT)
    film.write(picture(0), 0, 4000)
    with pytest.raises(FilmError, match="being written by another"):
        recover_film(part_path(tmp_path / "a.mp4"))
    assert film.close() == tmp_path / "a.mp4"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB."""
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def noise_until_full(film: FilmFile) -> OSError:
    noise = np.random.default_rng(0)
    for index in range(2000):
        try:
            film.write(noise.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8), index * 4000, 4000)
        except OSError as error:
            return error
    raise AssertionError("the disk never got full")


def test_a_full_disk_leaves_room_for_the_film(small_disk):
    film = FilmFile(small_disk / "a.mp4", WIDTH, HEIGHT)
    assert noise_until_full(film).errno == errno.ENOSPC
    assert len(decoded(film.close())) == film.pictures > 30


def test_a_disk_filled_by_others_keeps_what_was_written(small_disk, monkeypatch):
    monkeypatch.setattr(FilmFile, "_check_space", lambda self: None)
    film = FilmFile(small_disk / "a.mp4", WIDTH, HEIGHT)
    assert noise_until_full(film).errno == errno.ENOSPC
    with pytest.raises(OSError, match="No space left on device"):
        film.close()
    assert [path.name for path in small_disk.iterdir()] == ["a.mp4.part"]
    elsewhere = Path(shutil.copy(film.part, small_disk.parent / "b.mp4.part"))
    assert len(decoded(finalise_film(elsewhere, small_disk.parent / "b.mp4"))) > 30


def test_a_film_that_came_meanwhile_is_kept_unless_it_may_be_replaced(tmp_path):
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for overwrite, expected in ((False, "a-2.mp4"), (True, "a.mp4")):
        film = FilmFile(tmp_path / "a.mp4", WIDTH, HEIGHT, overwrite=overwrite)
        film.write(picture, 0, 4000)
        if not overwrite:
            (tmp_path / "a.mp4").write_bytes(b"somebody's")
        assert film.close() == tmp_path / expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.mp4", "a.mp4"]
    assert len(decoded(tmp_path / "a.mp4")) == 1
