"""Tracks end at gaps, so that no window reaches over one."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.datasets.from_videos.parts import Part
from str_live.datasets.from_videos.tracks import database_of, frame_rate, track_names


def part(who: list[str], frames: list[int]) -> Part:
    frame_id = np.array(frames)
    return Part(
        frame_id[:, None].astype(np.float32),
        {
            "who": np.array(who),
            "time_s": frame_id / 25,
            "frame_id": frame_id,
            "img_name": np.array([f"{frame}.png" for frame in frames]),
            "bbox": np.ones((len(frames), 4)),
            "joints2D": np.ones((len(frames), 49, 3)),
        },
        frames=max(frames) + 1,
        empty=0,
    )


def test_people_come_one_after_the_other_in_the_order_in_which_they_appear():
    content = database_of({"film": part(["b", "a", "b", "a", "b"], [0, 0, 1, 1, 2])})
    assert content["vid_name"].tolist() == ["film_b"] * 3 + ["film_a"] * 2
    assert content["frame_id"].tolist() == [0, 1, 2, 0, 1]
    assert content["features"].ravel().tolist() == content["frame_id"].tolist()


def test_a_new_track_begins_behind_half_a_second():
    who, time_s = np.array(["x"] * 4 + ["y"] * 2), np.array([0, 0.5, 1.1, 1.7, 0, 9])
    names = ["film_x", "film_x", "film_x.1", "film_x.2", "film_y", "film_y.1"]
    assert track_names("film", who, time_s).tolist() == names


def test_films_without_anybody_leave_no_rows():
    empty = Part(np.zeros((0, 1), np.float32), {}, frames=9, empty=9)
    content = database_of({"one": empty, "two": part(["x"], [3])})
    assert content["vid_name"].tolist() == ["two_x"]
    assert frame_rate(empty) is None


def test_the_rate_is_that_of_the_frames_taken():
    assert frame_rate(part(["x"] * 4, [0, 2, 4, 9])) == pytest.approx(12.5)
