"""Numpy's files: what was asked for comes back, nothing else is read, no claim of a header is believed."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from str_live.untrusted.arrays import array_headers, read_array, read_arrays
from str_live.untrusted.unreadable import UnreadableError


def npy(descr: str, shape: tuple[int, ...], content: bytes = b"") -> bytes:
    """An npy file with a header of any claim."""
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def write_zip(path, entries: dict[str, bytes], compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_named_arrays_come_back_as_they_were(tmp_path, save):
    arrays = {
        "a": np.arange(12.0).reshape(3, 4),
        "fortran": np.asfortranarray(np.arange(12).reshape(3, 4)),
        "text": np.array(["é", "ab"]),
        "bytes": np.array([b"a", b"bc"]),
        "empty": np.zeros((0, 3), np.float32),
        "alone": np.array(2.5),
        "other end": np.arange(5, dtype=">f4"),
        "flags": np.array([True, False]),
    }
    save(tmp_path / "a.npz", **arrays)
    found = read_arrays(tmp_path / "a.npz")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)
        assert found[name].dtype == array.dtype.newbyteorder("=")
    assert read_arrays(tmp_path / "a.npz", ("alone", "absent")).keys() == {"alone"}


def test_what_is_not_asked_for_is_not_read(tmp_path):
    whole, broken = npy("<f8", (2,), bytes(16)), npy("<f8", (10**9,))
    path = write_zip(tmp_path / "a.npz", {"good.npy": whole, "bad.npy": broken})
    assert np.array_equal(read_arrays(path, ("good",))["good"], [0, 0])
    with pytest.raises(UnreadableError, match=r"a\.npz is cut off"):
        read_arrays(path)


def test_pickled_objects_are_told_and_refused(tmp_path):
    np.savez(tmp_path / "a.npz", vids={"C7": 3470}, poses=np.zeros((2, 3)))
    assert {name: header.pickled for name, header in array_headers(tmp_path / "a.npz").items()} == {
        "vids": True,
        "poses": False,
    }
    with pytest.raises(UnreadableError, match=r"a\.npz holds a pickled object in place of the array 'vids'"):
        read_arrays(tmp_path / "a.npz")
    assert read_arrays(tmp_path / "a.npz", ("vids",), pickled=True)["vids"].item() == {"C7": 3470}


@pytest.mark.parametrize(
    "content",
    [
        npy("<f8", (2**40,)),
        npy("<f8", (2**40, 2**40)),
        npy("<U1000000000", (3,)),
        npy("<U0", (2**40,)),
        npy("<f8", (-1,)),
        npy("<f8", (1,) * 40, bytes(8)),
        npy("V8", (1,), bytes(8)),
        npy("<f8", (1,), bytes(9)),
        npy("<U1", (1,), struct.pack("<I", 0xFFFFFFFF)),
        npy("<U1", (1,), struct.pack("<I", 0xD800)),
        npy("nonsense", (1,)),
        b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b"{",
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 8) + b"{'descr'",
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 4000) + b"(" * 4000,
    ],
)
def test_impossible_headers_are_refused_without_taking_memory(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(UnreadableError, match=r"a\.npy .*: "):
        read_array(tmp_path / "a.npy")
    with pytest.raises(UnreadableError, match=r"a\.npz .*: "):
        read_arrays(write_zip(tmp_path / "a.npz", {"a.npy": content}))
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as file:
        file.write(npy("<f8", (75 << 20,)))
        for _ in range(600):
            file.write(bytes(1 << 20))
    with pytest.raises(UnreadableError, match=r"bomb\.npz would unpack .* may be harmful"):
        read_arrays(path)


def changed_directory(path, place: int, value: int) -> None:
    """Write a 16-bit number into the zip's local header and directory."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", place), (b"PK\x01\x02", place + 2)):
        start = data.index(signature) + offset
        data[start : start + 2] = struct.pack("<H", value)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [(4, 70, "zip file version"), (6, 1, "is encrypted"), (8, 12, "compressed in a way")],
    ids=["a later zip", "encrypted", "bzip2"],
)
def test_zips_of_other_kinds_are_named_with_the_file(tmp_path, place, value, words):
    path = write_zip(tmp_path / "odd.npz", {"a.npy": npy("<f8", (1,), bytes(8))})
    changed_directory(path, place, value)
    with pytest.raises(UnreadableError, match=rf"odd\.npz .*{words}"):
        read_arrays(path)


def test_a_directory_that_lost_an_entry_is_noticed(tmp_path):
    path = write_zip(tmp_path / "a.npz", {f"{name}.npy": npy("<f8", (1,), bytes(8)) for name in "ab"})
    data = bytearray(path.read_bytes())
    data[-12] += 1  # entries in all
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match="incomplete"):
        read_arrays(path)


def test_missing_and_forbidden_files_say_so(tmp_path):
    with pytest.raises(UnreadableError, match=r"none\.npz cannot be opened \(No such file"):
        read_arrays(tmp_path / "none.npz")
    with pytest.raises(UnreadableError, match="cannot be opened"):
        read_arrays(tmp_path)
