"""The command: what it writes, how it goes on, how processes share, what it refuses."""

from __future__ import annotations

import json
import logging
import threading

import numpy as np
import pytest

from str_live.datasets.from_videos import __main__ as command
from str_live.datasets.from_videos import work
from str_live.datasets.from_videos.parts import Parts
from str_live.datasets.published.databases import read_database
from str_live.datasets.published.sequences import DatabaseSequences
from str_live.person.tracker import PersonTracker
from tests.datasets.from_videos.small_films import Detector, Encoder, write_film, write_pictures
from tests.datasets.published.database_files import arrays, dump


@pytest.fixture(autouse=True)
def encoder(monkeypatch) -> Encoder:
    """Everything runs but mediapipe and the network."""
    small = Encoder()
    monkeypatch.setattr(command, "make_encoder", lambda *_, **__: small)
    monkeypatch.setattr(command, "PersonTracker", lambda: PersonTracker(detector=Detector()))
    monkeypatch.setattr(command, "MediapipePose", Detector)
    return small


@pytest.fixture
def films(tmp_path):
    """Three films: a video, a folder, a video in which nobody is for a second."""
    folder = tmp_path / "films"
    write_pictures(folder / "b", 20)
    write_film(folder / "a.mp4", 20, without=(4,))
    write_film(folder / "c.mp4", 60, without=range(18, 42))
    return folder


def run(*arguments: object) -> None:
    command.main([str(argument) for argument in arguments])


def test_training_takes_what_it_writes(films, tmp_path, caplog):
    out = tmp_path / "new" / "mine_db.pt"
    with caplog.at_level(logging.INFO):
        run(films, "--out", out, "--batch", 7)
    database = read_database(out, "video", width=4)
    names, counts = np.unique(database.video, return_counts=True)
    assert dict(zip(names, counts, strict=True)) == {"a_0": 19, "b_0": 20, "c_0": 18, "c_0.1": 18}
    assert "1/3 a: 20 frames, 1 of them without a person" in caplog.text
    assert "mine_db.pt: 75 rows of 3 videos, 25 frames left out" in caplog.text
    sequences = DatabaseSequences(database)
    assert len(sequences) == 4 * 16
    assert (sequences[0].kp_2d[0, :, 2] > 0).sum() > 10
    about = json.loads(out.with_suffix(".json").read_text())
    assert about["crop_scale"] == 1.2
    assert about["front_end"] == "small"
    assert [video["without_person"] for video in about["videos"]] == [1, 0, 24]
    assert [video["fps"] for video in about["videos"]] == [30.0] * 3
    assert not list(tmp_path.glob("new/*.parts"))


def test_joblib_reads_it_too(films, tmp_path):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    run(films / "a.mp4", "--out", tmp_path / "mine_db.pt")
    content = joblib.load(tmp_path / "mine_db.pt")
    assert {key: value.shape for key, value in content.items()} == {
        "vid_name": (19,), "frame_id": (19,), "img_name": (19,), "bbox": (19, 4), "joints2D": (19, 49, 3),
        "features": (19, 4),
    }  # fmt: skip
    assert content["frame_id"].tolist() == [index for index in range(20) if index != 4]
    assert content["img_name"][3] == f"{films}/a.mp4#3"


def test_an_interrupted_run_goes_on_with_the_video_it_stopped_at(films, tmp_path, encoder, monkeypatch):
    out = tmp_path / "mine_db.pt"
    run(films, "--out", tmp_path / "whole_db.pt")
    extract, done = work.extract, []

    def failing(rows, *rest):
        if len(done) == 2:
            next(iter(rows))
            raise KeyboardInterrupt
        done.append(extract(rows, *rest))
        return done[-1]

    monkeypatch.setattr(work, "extract", failing)
    with pytest.raises(KeyboardInterrupt):
        run(films, "--out", out)
    assert not out.exists()
    monkeypatch.setattr(work, "extract", extract)
    encoder.batches.clear()
    run(films, "--out", out)
    assert sum(encoder.batches) == 36  # the third film's rows only
    assert out.read_bytes() == (tmp_path / "whole_db.pt").read_bytes()


def test_other_options_do_not_go_on_in_the_same_folder(films, tmp_path):
    out = tmp_path / "mine_db.pt"
    Parts(out, {"crop_scale": 1.3}, ["a", "b", "c"])
    with pytest.raises(SystemExit, match="was begun with another"):
        run(films, "--out", out)


def test_processes_share_the_videos_and_the_first_puts_them_together(films, tmp_path, monkeypatch):
    run(films, "--out", tmp_path / "whole_db.pt")
    monkeypatch.setattr(work, "WAIT_S", 0.01)
    out = tmp_path / "shared_db.pt"
    arguments = command.build_parser().parse_args([str(films), "--out", str(out)])
    first = threading.Thread(target=command.run, args=(arguments, 0, 2))
    first.start()
    first.join(0.5)
    assert not out.exists()  # it waits for the second film
    command.run(arguments, 1, 2)
    first.join(20)
    assert out.read_bytes() == (tmp_path / "whole_db.pt").read_bytes()


def test_what_is_done_can_be_put_together_before_the_rest_is(films, tmp_path, caplog):
    out = tmp_path / "mine_db.pt"
    arguments = command.build_parser().parse_args([str(films), "--out", str(out)])
    command.run(arguments, 1, 2)
    with caplog.at_level(logging.INFO):
        run(films, "--out", out, "--merge")
    assert set(read_database(out, "video", width=4).video) == {"b_0"}
    assert "2 videos are not done" in caplog.text
    assert (tmp_path / "mine_db.pt.parts").is_dir()


def test_a_damaged_part_is_named(films, tmp_path):
    out = tmp_path / "mine_db.pt"
    command.run(command.build_parser().parse_args([str(films), "--out", str(out)]), 1, 2)
    (tmp_path / "mine_db.pt.parts" / "000001.npz").write_bytes(b"PK broken")
    with pytest.raises(SystemExit, match=r"000001\.npz is damaged: remove it"):
        run(films, "--out", out)


def test_a_labelled_database_gets_other_features(tmp_path, caplog):
    old = arrays("3dpw")
    for video in np.unique(old["vid_name"]):
        write_pictures(tmp_path / "root" / str(video), int((old["vid_name"] == video).sum()))
    place = [np.flatnonzero(old["vid_name"] == video) for video in old["vid_name"]]
    numbers = [int(np.searchsorted(rows, row)) for row, rows in enumerate(place)]
    names = zip(old["vid_name"], numbers, strict=True)
    old["img_name"] = np.array([f"/home/author/{video}/{number}.png" for video, number in names])
    labels = dump(old, tmp_path / "3dpw_train_db.pt")
    out = tmp_path / "new" / "3dpw_train_db.pt"
    run("--labels", labels, "--images", tmp_path / "root", "--out", out)
    database, before = read_database(out, "3dpw", width=4), read_database(labels, "3dpw")
    for name in ("video", "joints2d", "joints3d", "pose", "betas", "boxes", "valid"):
        assert np.array_equal(getattr(database, name), getattr(before, name))
    assert database.features[:, 3] == pytest.approx(250 * 1.2)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((), "give videos or folders"),
        (("FILMS", "--labels", "x.pt"), "either videos or --labels"),
        (("--labels", "x.pt"), "needs --images"),
        (("--labels", "x.pt", "--images", ".", "--boxes", "b.json"), "leave --boxes out"),
        (("FILMS", "--every", "0"), "above 0"),
        (("FILMS", "--limit", "0"), "above 0"),
        (("none.mp4",), "there is no file or folder none.mp4"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(films, tmp_path, arguments, match):
    given = [films if argument == "FILMS" else argument for argument in arguments]
    with pytest.raises(SystemExit, match=match):
        run(*given, "--out", tmp_path / "mine_db.pt")
    assert not list(tmp_path.glob("mine*"))


def test_files_are_not_overwritten_and_nobody_at_all_is_said(tmp_path):
    (tmp_path / "mine_db.pt").write_bytes(b"precious")
    with pytest.raises(SystemExit, match="is there already"):
        run("a.mp4", "--out", tmp_path / "mine_db.pt")
    with pytest.raises(SystemExit, match=r"ends in \.pt"):
        run("a.mp4", "--out", tmp_path / "mine_db.npz")
    write_film(tmp_path / "a.mp4", 5, without=range(5))
    with pytest.raises(SystemExit, match="nobody was found"):
        run(tmp_path / "a.mp4", "--out", tmp_path / "empty_db.pt")


def test_boxes_of_other_films_are_refused(films, tmp_path):
    (tmp_path / "boxes.json").write_text(
        json.dumps({"a": {}, "d": {"x": {"frames": [0], "bbox": [[1, 1, 9, 9]]}}})
    )
    with pytest.raises(SystemExit, match="has no boxes of a: it knows d"):
        run(films, "--out", tmp_path / "mine_db.pt", "--boxes", tmp_path / "boxes.json")
