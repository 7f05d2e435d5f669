"""InstaVariety's HDF5 file: read lazily, per process, and only as plain arrays."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys

import numpy as np
import pytest

from str_live.datasets.joint_sets import INSTA_25, SPIN_49
from str_live.datasets.published import insta
from str_live.datasets.published.databases import DatabaseError
from str_live.datasets.published.insta import InstaDatabase
from str_live.datasets.published.sequences import InstaSequences, Sequence
from tests.datasets.published.database_files import FRAMES, VIDEOS

h5py = pytest.importorskip("h5py", reason="h5py is not installed")


def content() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    joints = rng.random((FRAMES, 25, 3)) * [224, 224, 1]
    joints[:, 3] = 0
    return {
        "vid_name": np.concatenate([np.full(n, name.encode()) for name, n in VIDEOS.items()]),
        "frame_id": np.arange(FRAMES),
        "joints2D": joints,
        "features": rng.random((FRAMES, 2048), np.float32),
    }


def write(path, **changes: object):
    with h5py.File(path, "w") as file:
        for key, value in (content() | changes).items():
            if value is not None:
                file[key] = value
    return path


def test_windows_carry_features_and_2d_joints_only(tmp_path):
    samples = InstaSequences(InstaDatabase(write(tmp_path / "insta_train_db.h5")))
    assert len(samples) == 16 + 32
    sample, frames = samples[30], content()
    first, last = samples.windows[30]
    assert isinstance(sample, Sequence)
    np.testing.assert_array_equal(sample.features, frames["features"][first : last + 1])
    for index, name in enumerate(INSTA_25):
        x, y, confidence = frames["joints2D"][first + 8, index]
        expected = [x / 112 - 1, y / 112 - 1, confidence] if confidence else [0, 0, 0]
        np.testing.assert_allclose(sample.kp_2d[0, SPIN_49.index(name)], expected, atol=1e-5)
    assert not any(part.any() for part in (sample.kp_3d, sample.w_3d, sample.w_smpl, sample.theta[0, 1:]))


def test_all_frames_have_their_2d_joints_where_that_is_asked_for(tmp_path):
    database = InstaDatabase(write(tmp_path / "insta_train_db.h5"))
    whole, middle = InstaSequences(database, all_frames=True), InstaSequences(database)
    assert np.array_equal(whole[30].kp_2d[8], middle[30].kp_2d[0])
    assert np.array_equal(whole[30].kp_2d[5], middle[27].kp_2d[0])
    assert tuple(len(part) for part in whole[0][1:4]) == (16, 16, 16)


def test_each_process_opens_the_file_for_itself(tmp_path, monkeypatch):
    database = InstaDatabase(write(tmp_path / "a.h5"))
    opened = []
    open_file = h5py.File
    monkeypatch.setattr("h5py.File", lambda *how: opened.append(open_file(*how)) or opened[-1])
    for process in (os.getpid(), -5):  # the second as in a forked worker
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        for _ in range(2):
            database.read(0, 1)
    assert len(opened) == 2
    assert opened[0], "the other process's file stays open"
    for file in opened:
        file.close()


def test_database_can_be_handed_to_another_process(tmp_path):
    database = InstaDatabase(write(tmp_path / "a.h5"))
    database.read(0, 1)
    twin = pickle.loads(pickle.dumps(database))
    assert np.array_equal(twin.read(3, 7)[0], database.read(3, 7)[0])
    database.close()
    twin.close()


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"features": None}, "lacks 'features'"),
        ({"vid_name": None}, "lacks 'vid_name'"),
        ({"features": np.zeros((3, 2048))}, r"\(3, 2048\) instead of \(N, 2048\)"),
        ({"joints2D": np.zeros((FRAMES, 17, 3))}, r"instead of \(N, 25, 3\)"),
        ({"vid_name": np.arange(FRAMES)}, "'vid_name' has the type"),
        ({"vid_name": b"one"}, "'vid_name' has the shape"),
        ({"features": np.full((FRAMES, 2048), b"x")}, "'features' has the type"),
        ({"features": h5py.ExternalLink("/etc/passwd", "/a")}, "lacks 'features'"),
        ({"features": h5py.SoftLink("/joints2D")}, "lacks 'features'"),
        ({"features": h5py.Empty("f4")}, "'features' has the shape"),
    ],
)
def test_other_contents_are_refused(changes, match, tmp_path):
    with pytest.raises(DatabaseError, match=match):
        InstaDatabase(write(tmp_path / "a.h5", **changes))


def test_arrays_stored_elsewhere_are_refused(tmp_path):
    with h5py.File(write(tmp_path / "a.h5", features=None), "a") as file:
        (tmp_path / "raw").write_bytes(bytes(FRAMES * 2048 * 4))
        file.create_dataset(
            "features", (FRAMES, 2048), "f4", external=[(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)]
        )
    with pytest.raises(DatabaseError, match="no plain array"):
        InstaDatabase(tmp_path / "a.h5")


def test_size_md5_and_shapes_are_described(tmp_path, monkeypatch):
    database = InstaDatabase(write(tmp_path / "insta_train_db.h5"))
    md5 = hashlib.md5((tmp_path / "insta_train_db.h5").read_bytes()).hexdigest()
    said = database.describe()
    assert f"md5 {md5} (not the published file, which has 8ec335d1" in said
    assert f"{FRAMES} frames of 3 videos; features ({FRAMES}, 2048)" in said
    monkeypatch.setattr(insta, "MD5", md5)
    assert f"md5 {md5} (the published file)" in database.describe()


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(DatabaseError, match="no such file"):
        InstaDatabase(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("hello")
    with pytest.raises(DatabaseError, match="damaged or no HDF5 file"):
        InstaDatabase(tmp_path / "text.h5")


def test_without_h5py_the_remedy_is_said(tmp_path, monkeypatch):
    path = write(tmp_path / "a.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DatabaseError, match="pip install h5py"):
        InstaDatabase(path)
