"""Body files of all known kinds are read; every bad one is refused with one clear sentence."""

from __future__ import annotations

import os
import pickle
import sys
import types
import zipfile

import numpy as np
import pytest
import scipy.sparse

from str_live.body.skinning import load_body
from str_live.body.smpl_files import BodyFileError, find_body_files, read_body, resolve_body_path
from str_live.files import ASSETS, FREE_BODY
from str_live.skeleton import PARENTS

VERTICES = 40


def smpl_arrays(components: int = 10, seed: int = 0) -> dict[str, object]:
    """A tiny body with exactly SMPL's keys and types, all vertices in a cloud around the joints."""
    rng = np.random.default_rng(seed)
    regressor = rng.random((24, VERTICES)) * (rng.random((24, VERTICES)) < 0.3) + 1e-3
    weights = rng.random((VERTICES, 24)) ** 4
    return {
        "v_template": rng.normal(size=(VERTICES, 3)),
        "shapedirs": rng.normal(size=(VERTICES, 3, components)) * 0.01,
        "posedirs": rng.normal(size=(VERTICES, 3, 207)) * 0.001,
        "J_regressor": scipy.sparse.csc_matrix(regressor / regressor.sum(1, keepdims=True)),
        "weights": weights / weights.sum(1, keepdims=True),
        "kintree_table": np.array([[2**32 - 1, *PARENTS[1:]], range(24)], dtype=np.uint32),
        "f": rng.integers(0, VERTICES, (60, 3)).astype(np.uint32),
        "J": rng.normal(size=(24, 3)),
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }


def dense(arrays: dict[str, object]) -> dict[str, object]:
    return {**arrays, "J_regressor": arrays["J_regressor"].toarray()}


def write_pickle(path, content):
    path.write_bytes(pickle.dumps(content, protocol=2))
    return path


@pytest.fixture
def version_1_0_0(tmp_path, monkeypatch):
    """SMPL v1.0.0: some arrays are chumpy objects; chumpy is pretended for writing, absent for reading."""
    module = types.ModuleType("chumpy.ch")
    module.Ch = type("Ch", (), {"__module__": "chumpy.ch"})
    monkeypatch.setitem(sys.modules, "chumpy", types.ModuleType("chumpy"))
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    arrays = smpl_arrays()
    for key in ("v_template", "shapedirs", "posedirs", "weights", "J"):
        wrapped = module.Ch()
        wrapped.__dict__.update(x=arrays[key], _dirty_vars=set(), _itr=None)
        arrays[key] = wrapped
    path = write_pickle(tmp_path / "basicModel_neutral_lbs_10_207_0_v1.0.0.pkl", arrays)
    monkeypatch.delitem(sys.modules, "chumpy")
    monkeypatch.delitem(sys.modules, "chumpy.ch")
    return path


def assert_same_body(body, arrays):
    for ours, theirs in (
        (body.v_template, arrays["v_template"]),
        (body.shapedirs, arrays["shapedirs"][:, :, :10]),
        (body.posedirs, arrays["posedirs"]),
        (body.joint_regressor, arrays["J_regressor"].toarray()),
        (body.weights, arrays["weights"]),
    ):
        assert ours.dtype == np.float32
        assert np.allclose(ours, theirs, atol=1e-6)
    assert body.faces.dtype == np.int32
    assert np.array_equal(body.faces, arrays["f"])
    assert body.landmark_regressor is None


def test_smpl_1_0_0_with_chumpy_objects_is_read_without_chumpy(version_1_0_0):
    assert_same_body(read_body(version_1_0_0), smpl_arrays())


def test_smpl_1_1_0_with_300_components_is_cut_to_ten(tmp_path):
    arrays = smpl_arrays(components=300)
    body = read_body(write_pickle(tmp_path / "basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl", arrays))
    assert_same_body(body, arrays)


@pytest.mark.parametrize("sparse", [False, True])
def test_npz_versions_are_read(tmp_path, sparse):
    arrays = smpl_arrays()
    np.savez(tmp_path / "SMPL_NEUTRAL.npz", **(arrays if sparse else dense(arrays)))
    assert_same_body(read_body(tmp_path / "SMPL_NEUTRAL.npz"), arrays)


def test_a_body_without_parts_is_coloured_by_its_joints(tmp_path):
    arrays = smpl_arrays()
    body = read_body(write_pickle(tmp_path / "body.pkl", arrays))
    assert np.array_equal(body.vertex_part, arrays["weights"].argmax(1))
    assert body.part_names[0] == "pelvis"


def test_known_names_are_found_and_others_are_not(tmp_path):
    names = {
        "basicModel_neutral_lbs_10_207_0_v1.0.0.pkl": "neutral",
        "basicmodel_m_lbs_10_207_0_v1.1.0.pkl": "male",
        "SMPL_FEMALE.npz": "female",
    }
    (tmp_path / "models").mkdir()
    for name in (
        *names,
        "SMPLX_NEUTRAL.npz",
        "SMPLH_MALE.pkl",
        "free_body.npz",
        "SMPL_NEUTRAL.txt",
        "smpl_mean_params.npz",
    ):
        (tmp_path / "models" / name).touch()
    assert {path.name: gender for gender, path in find_body_files(tmp_path).items()} == names


@pytest.mark.parametrize(
    "name",
    ["SMPL_NEUTRAL.pkl", "smpl_neutral.npz", "SMPL_N.pkl", "basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl"],
)
def test_every_known_neutral_name_is_found(tmp_path, name):
    (tmp_path / name).touch()
    assert find_body_files(tmp_path) == {"neutral": tmp_path / name}


def test_nothing_is_found_where_there_is_no_folder(tmp_path):
    assert find_body_files(tmp_path / "absent") == {}


def test_no_path_means_the_free_body_and_a_folder_its_file_of_that_gender(tmp_path):
    assert resolve_body_path(None) == FREE_BODY
    (tmp_path / "SMPL_MALE.pkl").touch()
    assert resolve_body_path(tmp_path, "male") == tmp_path / "SMPL_MALE.pkl"
    with pytest.raises(BodyFileError, match="no neutral SMPL file"):
        load_body(tmp_path)


class Hostile:
    def __reduce__(self):
        return os.system, ("touch HACKED",)


def changed(key, value):
    return lambda arrays: {**arrays, key: value(arrays[key]) if callable(value) else value}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda arrays: {k: v for k, v in arrays.items() if k != "weights"}, "lacks weights"),
        (lambda arrays: [1, 2, 3], "list instead of named arrays"),
        (lambda arrays: Hostile(), r"system.*harmful"),
        (changed("weights", lambda w: np.zeros((VERTICES, 16))), "MANO"),
        (changed("weights", lambda w: np.zeros((VERTICES, 5))), "FLAME"),
        (changed("weights", lambda w: w * 2), "do not sum to one"),
        (changed("weights", lambda w: w * np.nan), "finite"),
        (changed("v_template", lambda v: v[:-1]), "shape"),
        (changed("shapedirs", lambda s: s[:, :, :9]), "10 or more"),
        (changed("posedirs", lambda p: p[:, :, :9]), "posedirs has the shape"),
        (changed("J_regressor", lambda j: j[:, :-1]), "J_regressor has the shape"),
        (changed("kintree_table", lambda k: np.roll(k, 3, axis=1)), "kinematic tree"),
        (changed("f", lambda f: f + VERTICES), "do not exist"),
        (changed("f", lambda f: f[:0]), "f has the shape"),
        (changed("v_template", "text"), "shape|numbers"),
    ],
)
def test_each_fault_is_named_with_the_file_and_the_way_out(tmp_path, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    path = write_pickle(tmp_path / "bad_body.pkl", change(smpl_arrays()))
    with pytest.raises(BodyFileError, match=words) as caught:
        read_body(path)
    message = str(caught.value)
    assert "bad_body.pkl" in message
    assert "smpl.is.tue.mpg.de" in message
    assert str(ASSETS) in message
    assert "free body" in message
    assert not (tmp_path / "HACKED").exists()


def test_missing_cut_and_foreign_files_are_refused(tmp_path):
    whole = pickle.dumps(smpl_arrays(), protocol=2)
    contents = {"cut.pkl": whole[: len(whole) // 2], "text.pkl": b"<html>404</html>", "empty.npz": b""}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    np.savez(tmp_path / "good.npz", **dense(smpl_arrays()))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "good.npz").read_bytes()[:-400])
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name in (*contents, "cut.npz", "other.npz", "absent.pkl"):
        with pytest.raises(BodyFileError, match=name):
            read_body(tmp_path / name)


def test_an_npz_with_damaged_content_is_refused(tmp_path):
    np.savez(tmp_path / "body.npz", **dense(smpl_arrays()))
    content = bytearray((tmp_path / "body.npz").read_bytes())
    content[3000:3100] = bytes(100)
    (tmp_path / "body.npz").write_bytes(content)
    with pytest.raises(BodyFileError):
        read_body(tmp_path / "body.npz")
