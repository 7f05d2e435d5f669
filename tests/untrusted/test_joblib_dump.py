"""joblib files: arrays come back as joblib itself reads them, and nothing in them runs."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

from str_live.untrusted.joblib_dump import load_joblib
from str_live.untrusted.unreadable import UnreadableError
from tests.datasets.published.database_files import dump

CONTENT = {
    "float": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "names": np.array(["downtown_0", "office"]),
    "bytes": np.array([b"a", b"bc"]),
    "objects": np.array(["one", b"two"], dtype=object),
    "flags": np.array([True, False]),
    "empty": np.zeros((0, 3)),
    "plain": 3,
}


def assert_same(result: dict[str, object]) -> None:
    assert result.keys() == CONTENT.keys()
    for key, value in CONTENT.items():
        assert np.array_equal(result[key], value)
        assert np.asarray(result[key]).dtype == np.asarray(value).dtype


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_arrays_of_every_kind_come_back(protocol, aligned, tmp_path):
    assert_same(load_joblib(dump(CONTENT, tmp_path / "a.pt", protocol=protocol, aligned=aligned)))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_joblib_itself_writes_comes_back(protocol, tmp_path):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    joblib.dump(CONTENT, tmp_path / "a.pt", protocol=protocol)
    assert_same(load_joblib(tmp_path / "a.pt"))
    large = {
        "a": np.random.default_rng(0).random((3000, 1000)),
        "b": np.arange(3),
    }  # more than one 16 MB block
    joblib.dump(large, tmp_path / "large.pt", protocol=protocol)
    result = load_joblib(tmp_path / "large.pt")
    assert np.array_equal(result["a"], large["a"])
    assert np.array_equal(result["b"], large["b"])


def test_the_test_s_own_writer_writes_what_joblib_reads(tmp_path):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    for aligned in (False, True):
        assert_same(joblib.load(dump(CONTENT, tmp_path / "a.pt", aligned=aligned)))


class Call:
    def __reduce__(self):
        return print, ("a pickle ran code",)


def test_hostile_files_run_nothing(tmp_path, capsys):
    objects = np.array([Call(), "x"], dtype=object)
    for content in ({"a": Call()}, {"a": objects}, [Call()], {"a": {"b": Call()}}):
        with pytest.raises(UnreadableError, match="may be harmful"):
            load_joblib(dump(content, tmp_path / "evil.pt"))
    assert "ran code" not in capsys.readouterr().out


def write_state(path, rest: bytes = b"", **state: object):
    """A file with one wrapper of any state, followed by any bytes."""
    good = {"subclass": np.ndarray, "shape": (2,), "order": "C", "dtype": np.dtype("f8"), "allow_mmap": True}
    text = pickle.dumps({"a": 0}, protocol=2)
    start, end = text.split(b"K\x00")
    head = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81"
    body = pickle.dumps({**good, **state}, protocol=2)[2:-1] + b"b"
    path.write_bytes(start + head + body + rest + end)
    return path


def test_a_well_formed_state_is_read(tmp_path):
    path = write_state(tmp_path / "a.pt", np.array([1.0, 2.0]).tobytes())
    assert np.array_equal(load_joblib(path)["a"], [1.0, 2.0])


@pytest.mark.parametrize(
    ("state", "match"),
    [
        ({"shape": (2**40, 2**40)}, "cut off"),
        ({"shape": (-1,)}, "shape"),
        ({"shape": (1.5,)}, "shape"),
        ({"shape": (1,) * 40}, "shape"),
        ({"shape": [2]}, "shape"),
        ({"order": "Z"}, "order"),
        ({"dtype": "f8"}, "type"),
        ({"dtype": np.dtype([("a", object), ("b", "f8")])}, "neither number nor text"),
        ({"dtype": np.dtype("V8")}, "neither number nor text"),
        ({"dtype": np.dtype(object)}, "pickle"),
    ],
)
def test_impossible_arrays_are_refused(state, match, tmp_path):
    with pytest.raises(UnreadableError, match=match):
        load_joblib(write_state(tmp_path / "evil.pt", bytes(16), **state))


def test_files_cut_anywhere_are_refused(tmp_path):
    path = dump({"a": np.arange(5), "b": np.array(["x", "yz"])}, tmp_path / "a.pt")
    whole = path.read_bytes()
    for length in range(1, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(UnreadableError):
            load_joblib(path)


def test_other_files_are_named_for_what_they_are(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"a": torch.zeros(2)}, path)
    with pytest.raises(UnreadableError, match=r"a\.pt is a file of torch\.save"):
        load_joblib(path)
    path.write_bytes(b"\x78\x9c and so on")
    with pytest.raises(UnreadableError, match="compressed"):
        load_joblib(path)
    path.write_bytes(b"")
    with pytest.raises(UnreadableError, match="is empty"):
        load_joblib(path)
    with pytest.raises(UnreadableError, match="holds a list"):
        load_joblib(dump([1, 2], path))
