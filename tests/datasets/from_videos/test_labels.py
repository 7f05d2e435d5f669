"""An older database is seen anew: other features, all else as it was."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.datasets.from_videos.labels import Labels
from str_live.datasets.from_videos.people import LandmarksInBox
from str_live.datasets.from_videos.rows import ExtractError
from str_live.datasets.from_videos.work import extract
from tests.datasets.from_videos.small_films import Detector, Encoder, write_film, write_pictures
from tests.datasets.published.database_files import dump


def content(names: list[str], videos: list[str]) -> dict[str, object]:
    frames = len(names)
    return {
        "vid_name": np.array(videos),
        "img_name": np.array(names),
        "bbox": np.tile([50.0, 60.0, 66.0, 66.0], (frames, 1)),
        "pose": np.arange(frames * 72.0).reshape(frames, 72),
        "features": np.zeros((frames, 2048), np.float32),
        "note": "carried over",
    }


def labels(tmp_path, root, arrays, landmarks=None) -> Labels:
    return Labels(dump(arrays, tmp_path / "old_db.pt"), root, crop_scale=1.2, landmarks=landmarks)


def test_rows_keep_all_but_their_features(tmp_path):
    for video in ("a", "b"):
        write_pictures(tmp_path / "root" / "imageFiles" / video, 4)
    names = [f"/home/author/3dpw/imageFiles/{video}/{index}.png" for video in "ab" for index in range(4)]
    old = content(names, [*"aaaabbbb"])
    old["bbox"][5] = np.nan
    (tmp_path / "root" / "imageFiles" / "a" / "2.png").write_bytes(b"broken")
    seen = labels(tmp_path, tmp_path / "root", old)
    jobs = seen.jobs()
    assert [job.name for job in jobs] == ["a", "b"]
    parts = [extract(job.rows(), Encoder(), 3) for job in jobs]
    assert [(part.frames, part.empty) for part in parts] == [(4, 1), (4, 1)]
    rows = np.concatenate([part.values["row"] for part in parts])
    assert rows.tolist() == [0, 1, 3, 4, 6, 7]
    new = seen.with_features(rows, np.concatenate([part.features for part in parts]))
    assert new["features"].shape == (6, 4)
    assert new["features"][:, 3] == pytest.approx(66 * 1.2)
    assert np.array_equal(new["pose"], old["pose"][rows])
    assert new["vid_name"].tolist() == [*"aaabbb"]
    assert new["note"] == "carried over"


def test_frames_of_films_are_found_by_number(tmp_path):
    write_film(tmp_path / "film.mp4", 8)
    names = [f"somewhere/film.mp4#{index}" for index in (1, 5, 6, 2, 99)]
    (job,) = labels(tmp_path, tmp_path, content(names, ["film"] * 5)).jobs()
    part = extract(job.rows(), Encoder(), 8)
    assert part.values["row"].tolist() == [0, 1, 2, 3]
    left_edge = [np.argmax(row[0].crop.image[112, :, 0] > 150) for row in job.rows() if row]
    assert np.argsort(left_edge).tolist() == [0, 3, 1, 2]  # the square wanders to the right


def test_landmarks_are_looked_for_where_the_front_end_wants_them(tmp_path):
    write_pictures(tmp_path / "a", 4, without=(2,))
    names = [f"a/{index}.png" for index in range(4)]
    seen = labels(tmp_path, tmp_path, content(names, ["a"] * 4), LandmarksInBox(Detector()))
    (job,) = seen.jobs()
    rows = list(job.rows())
    assert [len(each) for each in rows] == [1, 1, 0, 1]
    assert rows[0][0].person.landmarks_px.shape == (33, 2)


def test_what_cannot_be_seen_again_is_said_at_once(tmp_path):
    write_pictures(tmp_path / "a", 2)
    good = content(["x/a/0.png", "x/a/1.png"], ["a", "a"])
    with pytest.raises(ExtractError, match=r"no end of x/a/7\.png is a file under"):
        labels(tmp_path, tmp_path, {**good, "img_name": np.array(["x/a/0.png", "x/a/7.png"])})
    with pytest.raises(ExtractError, match="has no 'img_name'"):
        labels(tmp_path, tmp_path, {key: good[key] for key in good if key != "img_name"})
    with pytest.raises(ExtractError, match="not of equally many frames"):
        labels(tmp_path, tmp_path, {**good, "bbox": np.ones((1, 4))})
    with pytest.raises(ExtractError, match="there is no folder"):
        labels(tmp_path, tmp_path / "none", good)
    with pytest.raises(ExtractError, match="check --labels"):
        Labels(tmp_path / "none.pt", tmp_path, crop_scale=1.2, landmarks=None)
