"""Databases: each dataset's own format is read, and what is wrong with another file is said."""

from __future__ import annotations

import hashlib
import logging

import numpy as np
import pytest

from str_live.datasets.joint_sets import COMMON_14, POSETRACK_17, SPIN_49
from str_live.datasets.published.databases import FORMATS, DatabaseError, read_database
from tests.datasets.published.database_files import FRAMES, JOINTS, arrays, dump


def test_every_format_has_a_test_file():
    assert set(FORMATS) == set(JOINTS)


@pytest.mark.parametrize("dataset", FORMATS)
def test_a_file_of_the_published_format_is_read(dataset, tmp_path):
    content = arrays(dataset)
    database = read_database(dump(content, tmp_path / f"{dataset}_train_db.pt"), dataset)
    assert len(database) == FRAMES
    assert database.video.tolist() == content["vid_name"].tolist()
    assert np.array_equal(database.features, content["features"])
    assert database.joints2d.shape == (FRAMES, 49, 3)
    names = COMMON_14 if JOINTS[dataset] == 14 else SPIN_49
    for place, name in enumerate(names):
        expected = content["joints2D"][:, place].astype(np.float32)
        assert np.array_equal(database.joints2d[:, SPIN_49.index(name)], expected)
    for name, key in (("joints3d", "joints3D"), ("pose", "pose"), ("betas", "shape")):
        if key in content:
            np.testing.assert_allclose(getattr(database, name), content[key], rtol=1e-6)
        else:
            assert getattr(database, name) is None
    assert {array.dtype for array in (database.features, database.joints2d, database.boxes)} == {
        np.dtype(np.float32)
    }


def test_name_md5_and_shapes_are_logged(tmp_path, caplog):
    path = dump(arrays("3dpw"), tmp_path / "3dpw_train_db.pt")
    with caplog.at_level(logging.INFO):
        read_database(path, "3dpw")
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    for said in ("3dpw_train_db.pt", md5, f"{FRAMES} frames of 3 videos", f"features ({FRAMES}, 2048)"):
        assert said in caplog.text


def test_arrays_are_read_only_so_that_no_sample_spoils_the_next(tmp_path):
    database = read_database(dump(arrays("h36m"), tmp_path / "a.pt"), "h36m")
    with pytest.raises(ValueError, match="read-only"):
        database.joints2d[0] = 0


def test_validity_of_both_kinds_and_none(tmp_path):
    content = arrays("3dpw")
    assert np.array_equal(read_database(dump(content, tmp_path / "a.pt"), "3dpw").valid, content["valid"])
    content = arrays("mpii3d") | {"valid_i": np.arange(FRAMES)[:, None] % 2}
    valid = read_database(dump(content, tmp_path / "b.pt"), "mpii3d").valid
    assert np.array_equal(valid, np.arange(FRAMES) % 2 == 1)
    assert read_database(dump(arrays("h36m"), tmp_path / "c.pt"), "h36m").valid.all()


def test_three_dpw_s_test_set_has_14_joints_in_3d(tmp_path):
    content = arrays("3dpw")
    content["joints3D"] = content["joints3D"][:, :14]
    assert read_database(dump(content, tmp_path / "a.pt"), "3dpw").joints3d.shape == (FRAMES, 14, 3)


def test_vibe_s_posetrack_has_17_joints(tmp_path):
    content = arrays("posetrack")
    content["joints2D"] = content["joints2D"][:, : len(POSETRACK_17)]
    database = read_database(dump(content, tmp_path / "a.pt"), "posetrack")
    expected = content["joints2D"][:, POSETRACK_17.index("left_knee")].astype(np.float32)
    assert np.array_equal(database.joints2d[:, SPIN_49.index("left_knee")], expected)
    assert not database.joints2d[:, SPIN_49.index("op_left_knee")].any()


def test_names_kept_as_objects_or_bytes_are_text_afterwards(tmp_path):
    for kind in (object, "S"):
        content = arrays("penn")
        content["vid_name"] = content["vid_name"].astype(kind)
        video = read_database(dump(content, tmp_path / "a.pt"), "penn").video
        assert video.tolist() == arrays("penn")["vid_name"].tolist()


def without(key: str):
    return lambda content: content.pop(key)


def changed(key: str, change):
    return lambda content: content.update({key: change(content[key])})


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (without("features"), "lacks 'features'"),
        (without("vid_name"), "lacks 'vid_name'"),
        (without("pose"), "lacks 'pose', so it is not one of 3dpw"),
        (
            changed("features", lambda a: a[:-1]),
            r"'features' has the shape \(71, 2048\) instead of \(72, 2048\)",
        ),
        (changed("features", lambda a: a[:, :512]), "'features' has the shape"),
        (changed("joints2D", lambda a: a[:, :13]), r"instead of \(72, 14, 3\)"),
        (changed("joints3D", lambda a: a[:, :24]), r"instead of \(72, 49, 3\) or \(72, 14, 3\)"),
        (changed("pose", lambda a: a.reshape(-1, 24, 3)), r"instead of \(72, 72\)"),
        (changed("pose", lambda a: a * np.nan), "'pose' holds values that are not finite"),
        (changed("bbox", lambda a: a.astype(str)), "'bbox' is no array of numbers"),
        (changed("features", lambda a: a.tolist()), "'features' is no array of numbers"),
        (changed("vid_name", lambda a: np.arange(len(a))), "'vid_name' is no list of names"),
        (lambda content: [content.update({k: v[:0]}) for k, v in list(content.items())], "no frames"),
    ],
)
def test_wrong_files_are_refused_in_one_sentence(spoil, match, tmp_path):
    content = arrays("3dpw")
    spoil(content)
    with pytest.raises(DatabaseError, match=rf"a_db\.pt cannot be used: .*{match}.*; take the preprocessed"):
        read_database(dump(content, tmp_path / "a_db.pt"), "3dpw")


def test_missing_and_foreign_files_are_refused(tmp_path):
    with pytest.raises(DatabaseError, match="no such file"):
        read_database(tmp_path / "none.pt", "3dpw")
    (tmp_path / "text.pt").write_text("hello")
    with pytest.raises(DatabaseError, match=r"text\.pt.* it is a text"):
        read_database(tmp_path / "text.pt", "3dpw")


class Call:
    def __reduce__(self):
        return print, ("a pickle ran code",)


def test_hostile_database_runs_nothing(tmp_path, capsys):
    path = dump(arrays("3dpw") | {"features": Call()}, tmp_path / "evil.pt")
    with pytest.raises(DatabaseError, match="may be harmful"):
        read_database(path, "3dpw")
    assert "ran code" not in capsys.readouterr().out
