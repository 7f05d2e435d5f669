"""What the user's paths mean, and each frame's name."""

from __future__ import annotations

import pytest

from str_live.datasets.from_videos.films import find_films
from str_live.datasets.from_videos.rows import ExtractError
from tests.datasets.from_videos.small_films import SIZE, write_film, write_pictures


def test_videos_folders_of_pictures_and_folders_of_these_are_films(tmp_path):
    (tmp_path / "set").mkdir()
    film = write_film(tmp_path / "set" / "b10.mp4")
    pictures = write_pictures(tmp_path / "set" / "b9")
    (tmp_path / "set" / "notes.txt").write_text("no film")
    single = write_film(tmp_path / "a.mp4")
    films = find_films([single, tmp_path / "set"])
    assert [(each.name, each.path) for each in films] == [("a", single), ("b9", pictures), ("b10", film)]
    assert [each.epoch for each in films] == [0, 1, 2]


def test_frames_are_named_by_file_or_by_number_in_the_film(tmp_path):
    (film,) = find_films([write_film(tmp_path / "a.mp4", 3)])
    named = list(film.frames(25.0))
    assert [name for name, _ in named] == [f"{tmp_path}/a.mp4#{index}" for index in range(3)]
    assert named[2][1].time_s == pytest.approx(2 / 30, abs=1e-3)
    (folder,) = find_films([write_pictures(tmp_path / "b", 11)])
    named = list(folder.frames(25.0))
    assert named[2][0] == f"{tmp_path}/b/2.png"
    assert named[10][0] == f"{tmp_path}/b/10.png"
    assert named[10][1].time_s == 10 / 25
    assert named[10][1].image.shape == (SIZE[1], SIZE[0], 3)


def test_a_picture_that_cannot_be_read_is_an_empty_frame(tmp_path):
    folder = write_pictures(tmp_path / "b", 3)
    (folder / "1.png").write_bytes(b"broken")
    (film,) = find_films([folder])
    assert [frame is None for _, frame in film.frames(30.0)] == [False, True, False]


def test_what_is_no_film_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    for name, match in (("notes.txt", "is no video"), ("empty", "neither"), ("none.mp4", "there is no file")):
        with pytest.raises(ExtractError, match=match):
            find_films([tmp_path / name])
    (tmp_path / "broken.mp4").write_bytes(b"broken")
    (film,) = find_films([tmp_path / "broken.mp4"])
    with pytest.raises(ExtractError, match="not a video that can be read"):
        list(film.frames(30.0))


def test_films_of_one_name_are_refused(tmp_path):
    write_pictures(tmp_path / "a")
    with pytest.raises(ExtractError, match="would both be called a: rename one"):
        find_films([tmp_path / "a", write_film(tmp_path / "a.mp4")])
