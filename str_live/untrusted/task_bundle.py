"""Reads mediapipe's .task bundles: zips of models, stored as they are. In: a path, out: a model's bytes; and
writes them.

A model is data to mediapipe, which checks it before it runs it; nothing in a bundle is executed.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from str_live.untrusted.unreadable import UnreadableError, reading

LANDMARK_MODEL = "pose_landmarks_detector.tflite"
FINDER_MODEL = "pose_detector.tflite"
_REMEDY = "give one of mediapipe's pose_landmarker .task files"
_ENCRYPTED = 0x1
_SIGNATURE = slice(4, 8)
"""Where a TensorFlow Lite model says what it is."""


def read_task_model(path: Path, name: str = LANDMARK_MODEL) -> bytes:
    """The model of this name; UnreadableError."""
    with reading(path, "task"), zipfile.ZipFile(path) as archive:
        if name not in archive.namelist():
            raise UnreadableError(f"holds no {name}", _REMEDY)
        info = archive.getinfo(name)
        if info.flag_bits & _ENCRYPTED or info.compress_type != zipfile.ZIP_STORED:
            raise UnreadableError("holds models that are packed, which mediapipe cannot read", _REMEDY)
        if max(info.file_size, info.compress_size) > path.stat().st_size:
            raise UnreadableError(f"claims {info.file_size} bytes for {name}, more than it can hold")
        model = archive.read(info)
    if model[_SIGNATURE] != b"TFL3":
        raise UnreadableError(f"holds something else than a model under the name {name}", _REMEDY, path)
    return model


def write_task_models(path: Path, models: Mapping[str, bytes]) -> None:
    """A bundle of models by name, as mediapipe reads it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, model in models.items():
            archive.writestr(name, model)


def read_tar_member(path: Path, name: str, most_bytes: int) -> bytes:
    """One file of a .tgz, such as npm's packages are, of at most so many bytes; UnreadableError."""
    with reading(path, "packed"), tarfile.open(path, "r:gz") as archive:
        member = archive.getmember(name) if name in archive.getnames() else None
        file = archive.extractfile(member) if member is not None and member.isreg() else None
        if member is None or file is None:
            raise UnreadableError(f"holds no {name}", "give the archive that npm pack makes")
        if member.size > most_bytes:
            raise UnreadableError(f"claims {member.size} bytes for {name}, more than it is known to have")
        return file.read(most_bytes)
