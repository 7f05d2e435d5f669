"""The restricted unpickler: arrays come back, nothing else runs."""

from __future__ import annotations

import collections
import io
import os
import pickle
import subprocess
import sys
import types

import numpy as np
import pytest
import scipy.sparse

from str_live.untrusted.arrays import read_arrays
from str_live.untrusted.pickles import load_pickle, load_stream
from str_live.untrusted.stubs import ChumpyStub, dense_array
from str_live.untrusted.unreadable import UnreadableError


def stream_of(value: object, protocol: int = 2) -> io.BytesIO:
    return io.BytesIO(pickle.dumps(value, protocol=protocol))


class Call:
    """Pickles to a call of any function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.fixture
def chumpy(monkeypatch):
    """A pretended chumpy with the two classes that SMPL files hold; gone again before the file is read."""
    package, module, reordering = (types.ModuleType(n) for n in ("chumpy", "chumpy.ch", "chumpy.reordering"))
    for name, home in (("Ch", module), ("Select", reordering)):
        setattr(home, name, type(name, (), {"__module__": home.__name__}))
    for fake in (package, module, reordering):
        monkeypatch.setitem(sys.modules, fake.__name__, fake)

    def make(kind, **state):
        result = (module.Ch if kind == "Ch" else reordering.Select)()
        result.__dict__.update(state)
        return result

    return make


@pytest.mark.parametrize("protocol", range(6))
def test_plain_arrays_of_every_protocol_come_back(protocol):
    value = {
        "a": np.arange(12.0).reshape(3, 4),
        "b": np.float32(2.5),
        "c": [1, "two", None],
        "d": np.bool_(True),
    }
    result = load_stream(stream_of(value, protocol))
    assert np.array_equal(result["a"], value["a"])
    assert (result["b"], result["c"], result["d"]) == (2.5, [1, "two", None], True)


def test_old_and_new_numpy_module_names_mean_the_same():
    text = pickle.dumps(np.arange(3), protocol=2)
    for old, new in ((b"numpy.core.multiarray", b"numpy._core.multiarray"), (b"numpy._core", b"numpy.core")):
        assert np.array_equal(load_stream(io.BytesIO(text.replace(old, new))), np.arange(3))


def test_ordered_dictionaries_and_sets_are_known():
    value = {"order": collections.OrderedDict(a=1), "set": {1, 2}}
    assert load_stream(stream_of(value)) == value


@pytest.mark.parametrize("layout", ["csc", "csr", "coo"])
def test_sparse_matrices_become_dense_without_scipy(layout):
    dense = np.zeros((4, 6))
    dense[0, 1], dense[3, 5], dense[2, 1] = 1.0, 2.0, 3.0
    value = load_stream(stream_of(scipy.sparse.coo_matrix(dense).asformat(layout)))
    assert not scipy.sparse.issparse(value)
    assert np.array_equal(dense_array(value), dense)


def test_private_and_public_scipy_modules_mean_the_same():
    text = pickle.dumps(scipy.sparse.csc_matrix(np.eye(3)), protocol=2)
    assert b"scipy.sparse._csc" in text
    value = load_stream(io.BytesIO(text.replace(b"scipy.sparse._csc", b"scipy.sparse.csc")))
    assert np.array_equal(dense_array(value), np.eye(3))


@pytest.mark.parametrize(
    "change",
    [
        {"indices": np.array([0, 1, 99])},
        {"indices": np.array([0, 1, -2])},
        {"indptr": np.array([0, 9])},
        {"data": "x"},
    ],
)
def test_a_sparse_matrix_with_wrong_indices_is_refused(change):
    matrix = scipy.sparse.csc_matrix(np.eye(3))
    matrix.__dict__.update(change)
    value = load_stream(stream_of(matrix))
    with pytest.raises(UnreadableError):
        dense_array(value)


@pytest.mark.parametrize("protocol", [1, 2, 4])
def test_chumpy_objects_give_their_array(chumpy, protocol):
    array = np.arange(6.0).reshape(2, 3)
    content = stream_of({"v": chumpy("Ch", x=array, _dirty_vars={"x"}, _itr=None)}, protocol)
    sys.modules.pop("chumpy.ch")
    value = load_stream(content)["v"]
    assert isinstance(value, ChumpyStub)
    assert np.array_equal(dense_array(value), array)


def test_a_chumpy_selection_gives_the_selected_numbers(chumpy):
    array = np.arange(12.0).reshape(3, 4)
    inner = chumpy("Ch", x=array)
    value = chumpy("Select", a=inner, idxs=np.array([0, 5, 10, 11]), preferred_shape=(2, 2))
    result = dense_array(load_stream(stream_of(value)))
    assert np.array_equal(result, [[0, 5], [10, 11]])


def test_a_chumpy_object_without_array_is_refused(chumpy):
    value = load_stream(stream_of(chumpy("Ch", label="J")))
    with pytest.raises(UnreadableError, match="without an array"):
        dense_array(value)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (Call(os.system, "touch HACKED"), "system"),
        (Call(eval, "1+1"), "eval"),
        (Call(exec, "raise SystemExit"), "exec"),
        (Call(subprocess.check_output, ["id"]), "check_output"),
        (Call(getattr, "x", "upper"), "getattr"),
        (Call(np.load, "x.npy"), "load"),
        (Call(__import__, "os"), "__import__"),
        (types.SimpleNamespace(a=1), "SimpleNamespace"),
    ],
)
def test_a_hostile_pickle_names_file_and_function_and_does_nothing(tmp_path, monkeypatch, call, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"v_template": call}))
    with pytest.raises(UnreadableError, match=rf"evil\.pkl.*{name}"):
        load_pickle(path)
    assert not (tmp_path / "HACKED").exists()


@pytest.mark.parametrize(
    "text",
    [
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",  # STACK_GLOBAL
        b"cnumpy\ncore.multiarray._reconstruct\n.",  # a dotted way into a module
        b"cnumpy\nlib\n.",
        b"ccopy_reg\n_reconstructor\n(cnumpy\nndarray\nc__builtin__\nobject\nNtR.",  # a foreign class
        b"\x80\x02\x82\x01.",  # EXT1
        b"Pwhatever\n.",  # PERSID
        b"c_codecs\nencode\n(V1\nVzlib\ntR.",
        b"not a pickle",
        b"",
    ],
)
def test_odd_and_broken_pickles_are_refused(text):
    with pytest.raises(UnreadableError):
        load_stream(io.BytesIO(text))


def test_the_caller_can_widen_the_list():
    extra = {("types", "SimpleNamespace"): dict}
    assert load_stream(stream_of(Call(types.SimpleNamespace)), extra) == {}


def test_npz_files_may_hold_pickled_sparse_matrices(tmp_path):
    holder = np.empty((), dtype=object)
    holder[()] = scipy.sparse.csc_matrix(np.eye(4))
    np.savez(tmp_path / "x.npz", J_regressor=holder, f=np.arange(3), other=np.arange(2))
    content = read_arrays(tmp_path / "x.npz", ("J_regressor", "f", "weights"), pickled=True)
    assert set(content) == {"J_regressor", "f"}
    assert np.array_equal(dense_array(content["J_regressor"]), np.eye(4))


def test_hostile_arrays_in_an_npz_are_refused(tmp_path):
    holder = np.empty(1, dtype=object)
    holder[0] = Call(os.system, "true")
    np.savez(tmp_path / "x.npz", weights=holder)
    with pytest.raises(UnreadableError, match="system"):
        read_arrays(tmp_path / "x.npz", ("weights",), pickled=True)


def test_objects_that_are_no_numbers_are_refused():
    for value in ({"a": 1}, [object()], np.array([None]), None):
        with pytest.raises(UnreadableError):
            dense_array(value)
