"""mediapipe's bundles and npm's archives: the wanted model comes back, everything else is told apart."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from str_live.untrusted.task_bundle import (
    FINDER_MODEL,
    LANDMARK_MODEL,
    read_tar_member,
    read_task_model,
    write_task_models,
)
from str_live.untrusted.unreadable import UnreadableError

MODEL = b"\x1c\0\0\0TFL3" + bytes(range(200))


def bundle(path: Path, models: dict[str, bytes] | None = None) -> Path:
    write_task_models(path, {FINDER_MODEL: MODEL[::-1], LANDMARK_MODEL: MODEL} if models is None else models)
    return path


def test_a_model_comes_back_as_it_was(tmp_path: Path) -> None:
    assert read_task_model(bundle(tmp_path / "a.task")) == MODEL


def test_models_are_stored_as_mediapipe_maps_them(tmp_path: Path) -> None:
    assert MODEL in bundle(tmp_path / "a.task").read_bytes()


def test_what_is_no_bundle_is_told_apart(tmp_path: Path) -> None:
    page = tmp_path / "page.task"
    page.write_text("<!doctype html><p>please log in")
    arrays = tmp_path / "arrays.npz"
    np.savez(arrays, a=np.zeros(3))
    hands = bundle(tmp_path / "hands.task", {"hand_detector.tflite": MODEL})
    text = bundle(tmp_path / "text.task", {LANDMARK_MODEL: b"not a model at all"})
    for path, word in ((page, "web page"), (arrays, "npz"), (hands, LANDMARK_MODEL), (text, "model")):
        with pytest.raises(UnreadableError, match=word) as error:
            read_task_model(path)
        assert path.name in str(error.value)


def test_packed_models_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "packed.task"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LANDMARK_MODEL, MODEL)
    with pytest.raises(UnreadableError, match="packed"):
        read_task_model(path)


def test_a_size_that_the_file_cannot_have_is_not_believed(tmp_path: Path) -> None:
    path = bundle(tmp_path / "large.task", {LANDMARK_MODEL: MODEL})
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 20 : entry + 28] = struct.pack("<II", 2**31, 2**31)
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match="more than it can hold"):
        read_task_model(path)


@pytest.mark.parametrize("place", [0.2, 0.6, 0.95])
def test_a_file_that_was_cut_short_ends_in_a_sentence(tmp_path: Path, place: float) -> None:
    path = bundle(tmp_path / "a.task")
    content = path.read_bytes()
    path.write_bytes(content[: int(place * len(content))])
    with pytest.raises(UnreadableError, match=r"a\.task"):
        read_task_model(path)


def archive(path: Path, name: str, content: bytes) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        packed.addfile(info, io.BytesIO(content))
    return path


def test_one_file_of_an_archive_is_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tgz", "package/model", MODEL)
    assert read_tar_member(path, "package/model", len(MODEL)) == MODEL
    with pytest.raises(UnreadableError, match="package/other"):
        read_tar_member(path, "package/other", len(MODEL))
    with pytest.raises(UnreadableError, match="more than"):
        read_tar_member(path, "package/model", len(MODEL) - 1)


def test_what_is_no_archive_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(b"\x1f\x8b" + bytes(50))
    with pytest.raises(UnreadableError, match=r"a\.tgz"):
        read_tar_member(path, "package/model", 10)
