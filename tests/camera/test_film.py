"""The one reader of films: what players show, what damage costs, and what is refused in words."""

from __future__ import annotations

import functools
import gc
import http.server
import threading
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from str_live.camera import SourceError
from str_live.camera.film import Film, film_pictures
from tests.camera.made_films import (
    KEYFRAMES,
    SIZE,
    damage_middle,
    grey,
    noise,
    numbers,
    write_film,
    write_sound,
)


def read(path: Path) -> tuple[list[np.ndarray], list[float], Film]:
    times, pictures = [], []
    with Film(path) as film:
        while film.grab():
            times.append(film.time_s)
            pictures.append(film.picture())
    return pictures, times, film


def test_a_film_goes_on_after_a_damaged_spot_and_counts_it(tmp_path):
    path = write_film(tmp_path / "spot.mp4", noise(40), options=KEYFRAMES)
    damage_middle(path)
    pictures, times, film = read(path)
    assert times[-1] == pytest.approx(39 / 25)
    assert 20 < len(pictures) < 40
    assert film.losses.unreadable == 40 - len(pictures)
    assert film.losses.sentence() == f"{40 - len(pictures)} pictures of spot.mp4 could not be read."


def test_pictures_that_were_read_are_freed_at_once(tmp_path):
    path = write_film(tmp_path / "long.mp4", noise(60), options=KEYFRAMES)
    gc.collect()
    gc.disable()
    try:
        with Film(path) as film:
            assert sum(1 for _ in film.pictures()) == 60
        alive = sum(type(thing) is av.VideoFrame for thing in gc.get_objects())
        assert alive < 20, "pictures wait for Python's collector"
    finally:
        gc.enable()


def test_a_film_cut_short_says_how_much_is_missing(tmp_path):
    path = write_film(tmp_path / "cut.mp4", noise(40), options=KEYFRAMES, muxer={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    pictures, _, film = read(path)
    assert 10 < len(pictures) < 30
    assert "cut.mp4 is cut short" in film.losses.sentence()
    assert film.losses.unreadable == 40 - len(pictures)


def test_a_film_without_a_stated_number_says_that_it_may_be_cut_short(tmp_path):
    path = write_film(tmp_path / "cut.mkv", noise(40), fps=5, options=KEYFRAMES)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _, times, film = read(path)
    assert times[-1] < 5
    assert "may be cut short" in film.losses.sentence()


def test_a_whole_film_says_nothing(tmp_path):
    for name in ("whole.mp4", "whole.mkv", "whole.avi", "whole.ts"):
        _, times, film = read(write_film(tmp_path / name, noise(40), options=KEYFRAMES))
        assert (len(times), film.losses.unreadable, film.losses.sentence()) == (40, 0, "")


MATRICES = {
    "upright": (1, 0, 0, 1),
    "a quarter to the right": (0, 1, -1, 0),
    "a half": (-1, 0, 0, -1),
    "a quarter to the left": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "upside down": (1, 0, 0, -1),
    "transposed": (0, 1, 1, 0),
    "transposed and turned": (0, -1, -1, 0),
}


def placed(image: np.ndarray, a: int, b: int, c: int, d: int) -> np.ndarray:
    """The picture with each pixel (x, y) put at (a x + c y, b x + d y), by the definition of the matrix."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width]
    across, down = a * x + c * y, b * x + d * y
    across, down = across - across.min(), down - down.min()
    result = np.zeros((down.max() + 1, across.max() + 1, 3), image.dtype)
    result[down, across] = image
    return result


@pytest.mark.parametrize("name", MATRICES)
def test_a_picture_is_turned_and_mirrored_as_the_file_says(tmp_path, name):
    a, b, c, d = MATRICES[name]
    one, whole = 1 << 16, 1 << 30
    matrix = [a * one, b * one, 0, c * one, d * one, 0, 0, 0, whole]
    coded = cv2.resize(np.random.default_rng(1).integers(0, 255, (4, 6, 3), np.uint8), SIZE)
    path = write_film(
        tmp_path / "turned.mp4",
        [coded] * 2,
        options={"qp": "1"},
        prepare=lambda _, stream: stream.set_display_matrix(matrix),
    )
    shown, upright = next(film_pictures(path)), placed(coded, a, b, c, d)
    assert shown.shape == upright.shape
    assert np.abs(shown.astype(int) - upright).mean() < 4


@pytest.mark.parametrize(("aspect", "width"), [("2", 192), ("1/2", 48), ("16/15", 102), ("1000", 96)])
def test_pixels_become_square_unless_their_shape_is_absurd(tmp_path, aspect, width):
    def prepare(_, stream):
        stream.codec_context.sample_aspect_ratio = Fraction(aspect)

    path = write_film(tmp_path / "wide.mkv", [grey(3)] * 2, prepare=prepare)
    assert next(film_pictures(path)).shape == (SIZE[1], width, 3)


def test_pictures_of_a_stream_that_changes_its_size_keep_their_own(tmp_path):
    small = write_film(tmp_path / "a.ts", [grey(index) for index in range(4)])
    large = write_film(
        tmp_path / "b.ts", [grey(index, (128, 160)) for index in range(4, 8)], stamps=range(4, 8)
    )
    both = tmp_path / "both.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    pictures, _, _ = read(both)
    assert [picture.shape[:2] for picture in pictures] == [(64, 96)] * 4 + [(160, 128)] * 4
    assert numbers(pictures) == list(range(8))


BARS = np.repeat(
    np.array([[[255, 255, 255], [200, 30, 30], [30, 200, 30], [30, 30, 200]]], np.uint8), 24, axis=1
)
BARS = np.repeat(BARS, SIZE[1], axis=0)


def large(picture: np.ndarray) -> np.ndarray:
    """At the size of high definition."""
    return np.repeat(np.repeat(picture, 14, axis=0), 14, axis=1)


def written_with(
    path: Path, picture: np.ndarray, matrix: str, range_: str, *, told: bool, pixels: str = "yuv444p"
) -> Path:
    """A film of one colour matrix and range, which says so or does not."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "0" if pixels == "yuv444p" else "1"})
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = pixels
        if told:
            stream.codec_context.colorspace = {"itu709": 1, "itu601": 6}[matrix]
            stream.codec_context.color_range = {"mpeg": 1, "jpeg": 2}[range_]
        source = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame = source.reformat(
            format=pixels, dst_colorspace=matrix, src_color_range="JPEG", dst_color_range=range_.upper()
        )
        if not told:
            frame.colorspace, frame.color_range = 2, 0
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("matrix", "range_", "told", "picture"),
    [
        ("itu709", "mpeg", True, BARS),
        ("itu601", "mpeg", True, BARS),
        ("itu601", "jpeg", True, BARS),
        ("itu709", "jpeg", True, BARS),
        ("itu601", "mpeg", False, BARS),
        ("itu709", "mpeg", False, large(BARS)),
    ],
    ids=["709", "601", "601 full", "709 full", "small untold", "large untold"],
)
def test_colours_are_what_was_filmed(tmp_path, matrix, range_, told, picture):
    path = written_with(tmp_path / "bars.mkv", picture, matrix, range_, told=told)
    shown = next(film_pictures(path)).astype(int)
    assert np.abs(shown - picture).mean() < 3  # the other matrix is 10 off, the other range 15


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix"),
    [
        ("ffv1", "gray", "mkv"),
        ("ffv1", "gray16le", "mkv"),
        ("ffv1", "yuv420p10le", "mkv"),
        ("ffv1", "bgra", "mkv"),
        ("libvpx-vp9", "yuva420p", "webm"),
        ("mpeg4", "yuv420p", "avi"),
        ("mjpeg", "yuvj420p", "mov"),
        ("gif", "rgb8", "gif"),
        ("libx265", "yuv420p10le", "mp4"),
        ("libsvtav1", "yuv420p", "mp4"),
    ],
)
def test_codecs_and_kinds_of_pixels_are_read(tmp_path, codec, pixels, suffix):
    path = write_film(
        tmp_path / f"film.{suffix}", [grey(index) for index in range(5)], codec=codec, pixels=pixels
    )
    pictures, times, _ = read(path)
    assert [picture.shape for picture in pictures] == [(SIZE[1], SIZE[0], 3)] * 5
    means = np.array([picture.mean() for picture in pictures])
    np.testing.assert_allclose(means, [0, 10, 20, 30, 40], atol=20 if codec == "gif" else 7)  # lossy
    np.testing.assert_allclose(times, np.arange(5) / 25, atol=0.011)  # a gif counts hundredths


@pytest.mark.parametrize("size", [(2, 2), (34, 18), (4096, 16)])
def test_tiny_and_wide_pictures_are_read(tmp_path, size):
    path = write_film(tmp_path / "odd.mkv", [grey(3, size)] * 2, codec="ffv1")
    assert next(film_pictures(path)).shape == (size[1], size[0], 3)


def test_sound_with_or_without_a_cover_is_no_film(tmp_path):
    cover = grey(9, (200, 200))
    for name, codec in (("song.mp3", "libmp3lame"), ("song.flac", "flac"), ("song.m4a", "aac")):
        for picture in (None,) if codec == "aac" else (None, cover):
            path = write_sound(tmp_path / name, codec, picture)
            with pytest.raises(SourceError, match=f"{name} holds no film"):
                Film(path)


def refused(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        Film(path)
    sentence = str(caught.value)
    assert path.name in sentence
    assert sentence.endswith(".")
    return sentence


def test_what_is_no_film_is_refused_by_what_it_is(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_text("<!DOCTYPE html><html>please log in</html>")
    assert "web page" in refused(path)
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "git lfs pull" in refused(path)
    path.write_text("just words\n" * 50)
    assert "convert it" in refused(path)
    whole = write_film(tmp_path / "whole.mp4", noise(20)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "its index is missing" in refused(path)


def test_an_unknown_codec_is_named_with_a_remedy(tmp_path):
    path = write_film(tmp_path / "film.mp4", noise(5))
    path.write_bytes(path.read_bytes().replace(b"avc1", b"xyz1"))
    assert "(xyz1): convert it to MP4 (H.264)" in refused(path)


def test_a_film_cannot_make_another_file_be_read(tmp_path):
    write_film(tmp_path / "secret.ts", noise(5))
    path = tmp_path / "film.mp4"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path}/secret.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(SourceError):
        list(film_pictures(path))


@pytest.mark.parametrize("name", ["12:30.mp4", "film%03d.mp4", "fi lm?.mp4", "Übung.mp4", "http:film.mp4"])
def test_names_with_special_characters_are_files(tmp_path, monkeypatch, name):
    write_film(tmp_path / "plain.mp4", [grey(4)] * 3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert numbers(film_pictures(name)) == [4, 4, 4]


def test_a_name_that_is_not_utf_8_is_a_file(tmp_path):
    path = write_film(tmp_path / "plain.mp4", [grey(4)] * 3)
    path = path.rename(tmp_path / b"\xff.mp4".decode("utf-8", "surrogateescape"))
    assert numbers(film_pictures(path)) == [4, 4, 4]


@pytest.fixture
def server(tmp_path):
    """The folder's files over HTTP."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://user:secret@127.0.0.1:{serving.server_port}"
        serving.shutdown()


def test_a_film_on_a_server_is_read_and_a_missing_one_told_without_its_password(tmp_path, server):
    write_film(tmp_path / "film.mkv", [grey(index) for index in range(5)])
    assert numbers(film_pictures(f"{server}/film.mkv?key=1")) == list(range(5))
    with pytest.raises(SourceError, match=r"gone\.mkv cannot be fetched") as caught:
        Film(f"{server}/gone.mkv?key=1")
    assert "secret" not in str(caught.value)


def test_times_are_those_of_the_container(tmp_path):
    stamps = [0, 1, 2, 7, 8, 30]
    path = write_film(tmp_path / "uneven.mkv", noise(6), stamps=stamps)
    np.testing.assert_allclose(read(path)[1], np.array(stamps) / 25, atol=6e-4)


def test_a_film_that_begins_late_begins_at_zero(tmp_path):
    path = write_film(tmp_path / "late.ts", noise(6), stamps=range(900_000, 900_006))
    np.testing.assert_allclose(read(path)[1], np.arange(6) / 25, atol=1e-4)


def test_a_stream_without_container_takes_its_own_rate(tmp_path):
    path = write_film(tmp_path / "raw.h264", noise(6), fps=10, options=KEYFRAMES)
    np.testing.assert_allclose(read(path)[1], np.arange(6) / 10, atol=1e-4)
