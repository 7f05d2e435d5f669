"""Boxes, crops and joints of the people in films."""

from __future__ import annotations

import json

import numpy as np
import pytest

from str_live.datasets.from_videos.boxes import BoxFile
from str_live.datasets.from_videos.films import find_films
from str_live.datasets.from_videos.people import LandmarksInBox, Told, Tracked, joints_from_landmarks, rows_of
from str_live.datasets.from_videos.rows import ExtractError, Row
from str_live.datasets.joint_sets import SPIN_49
from str_live.messages import Box, Person
from str_live.person.crop import KEYPOINT_MARGIN, cut_crop
from str_live.person.tracker import PersonTracker
from tests.datasets.from_videos.small_films import SQUARE, Detector, picture, write_film, write_pictures

WHOLE = {"crop_scale": 1.2, "fps": 30.0, "every": 1, "limit": None}


def rows(tmp_path, finder=None, film=None, **changes) -> list[list[Row]]:
    (film,) = find_films([film or write_pictures(tmp_path / "a")])
    return list(rows_of(film, finder or Tracked(PersonTracker(detector=Detector())), **{**WHOLE, **changes}))


def test_the_box_is_the_apps_crop_before_its_scale(tmp_path):
    first = rows(tmp_path)[0][0]
    assert first.values["bbox"][2:] == pytest.approx((SQUARE - 1) * KEYPOINT_MARGIN)
    assert first.crop.box == first.person.box
    wider = rows(tmp_path / "b", crop_scale=1.3)[0][0]
    assert wider.crop.box.side == pytest.approx(first.crop.box.side * 1.3 / 1.2)
    assert wider.values["bbox"] == pytest.approx(first.values["bbox"])


def test_frames_without_a_person_give_no_row_and_the_others_keep_their_number(tmp_path):
    found = rows(tmp_path, film=write_film(tmp_path / "a.mp4", 12, without=(3, 4)))
    assert [len(each) for each in found] == [1, 1, 1, 0, 0, *[1] * 7]
    assert [row.values["frame_id"] for each in found for row in each] == [0, 1, 2, *range(5, 12)]


def test_each_second_frame_and_so_many_of_them(tmp_path):
    found = rows(tmp_path, every=2, limit=3)
    assert [each[0].values["frame_id"] for each in found] == [0, 2, 4]


def test_joints_are_openposes_and_outside_the_picture_nothing_is_known():
    landmarks = np.arange(66, dtype=np.float32).reshape(33, 2)
    visibility = np.linspace(1, 0.5, 33).astype(np.float32)
    person = Person(Box(0, 0, 1), landmarks, visibility, np.zeros((33, 3)), None, (60, 60))
    joints = joints_from_landmarks(person)
    assert joints[SPIN_49.index("op_left_knee")] == pytest.approx([*landmarks[25], visibility[25]])
    assert joints[SPIN_49.index("op_neck")] == pytest.approx([23, 24, visibility[12]])
    for unknown in ("op_left_big_toe", "op_left_small_toe", "left_knee"):  # outside, not seen, another name
        assert not joints[SPIN_49.index(unknown)].any()


def write_boxes(path, film="a", frames=(0, 2), people=("x", "y")):
    """Two people, the second one further to the right."""
    track = {
        who: {"frames": list(frames), "bbox": [[50 + 60 * place, 60, 40, 60] for _ in frames]}
        for place, who in enumerate(people)
    }
    if path.suffix == ".json":
        path.write_text(json.dumps({film: track}))
    else:
        flat = [
            (film, who, f, box) for who in people for f, box in zip(frames, track[who]["bbox"], strict=True)
        ]
        video, person, frame_id, bbox = (np.array(column) for column in zip(*flat, strict=True))
        np.savez(path, video=video, person=person, frame_id=frame_id, bbox=bbox)
    return path


@pytest.mark.parametrize("name", ["boxes.json", "boxes.npz"])
def test_boxes_may_come_from_a_file(tmp_path, name):
    found = rows(tmp_path, Told(BoxFile(write_boxes(tmp_path / name)), None))
    assert [[row.values["who"] for row in each] for each in found[:4]] == [["x", "y"], [], ["x", "y"], []]
    row = found[2][1]
    assert row.values["bbox"].tolist() == [110, 60, 60, 60]  # a square of the longer side
    assert row.crop.box == Box(110, 60, pytest.approx(72))
    assert row.person is None
    assert not row.values["joints2D"].any()


def test_landmarks_are_looked_for_within_told_boxes(tmp_path):
    detector = Detector()
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"a": {"x": {"frames": [0, 1, 2], "bbox": [[50, 60, 66, 66]] * 3},
                                      "y": {"frames": [1], "bbox": [[140, 20, 20, 20]]}}}))  # fmt: skip
    found = rows(tmp_path, Told(BoxFile(path), LandmarksInBox(detector)))
    assert [[row.values["who"] for row in each] for each in found[:3]] == [["x"], ["x"], ["x"]]
    row = found[1][0]
    assert row.person.box == row.crop.box
    assert row.values["joints2D"][SPIN_49.index("op_nose")][:2] == pytest.approx([21, 30], abs=1)
    assert detector.resets >= 3  # for each change of person


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"a": {"x": {"frames": [1], "bbox": []}}}',
        '{"a": {"x": {"frames": [0], "bbox": [[1, 2, 3]]}}}',
        '{"a": {"x": {"frames": [0], "bbox": [[1, 2, 0, 0]]}}}',
    ],
)
def test_files_that_hold_no_boxes_are_refused(tmp_path, text):
    (tmp_path / "boxes.json").write_text(text)
    with pytest.raises(ExtractError, match="is no file of boxes"):
        BoxFile(tmp_path / "boxes.json")


def test_the_crop_is_the_projects_own(tmp_path):
    row = rows(tmp_path)[2][0]
    assert np.array_equal(row.crop.image, cut_crop(picture(2), row.crop.box).image)
