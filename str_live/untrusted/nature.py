"""What a file really is, whatever its name says. In: a path, out: its Nature with a sentence's parts.

Most files that cannot be read are whole, but of another kind: the login page of the place where the file
lies, a pointer of Git LFS, the archive that it came in.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_START = 1024
"""Bytes that tell most kinds apart."""
_LONGEST_END = 22 + 0xFFFF
"""Bytes of a zip's end with the longest comment."""


@dataclass(frozen=True, slots=True)
class Nature:
    """A kind of file."""

    name: str
    """npz, npy, torch, pickle, safetensors; others are only ever in the way."""
    problem: str
    """Goes on after the file's name."""
    remedy: str


_NPY = Nature(
    "npy",
    "is a single array without a name",
    "save it under its name with numpy.savez, as numpy.savez(path, poses=array)",
)
_NPZ = Nature("npz", "is an .npz of named arrays", "give a file of the kind that is wanted here")
_TORCH = Nature("torch", "is a file of torch.save", "give a file of the kind that is wanted here")
_PICKLE = Nature("pickle", "is a pickle", "give a file of the kind that is wanted here")
_SAFETENSORS = Nature("safetensors", "is a safetensors file", "give a file of the kind that is wanted here")
_TASK = Nature("task", "is a bundle of mediapipe's models", "give a file of the kind that is wanted here")
_EMPTY = Nature("empty", "is empty", "download or copy it again")
_CUT_ZIP = Nature("cut zip", "is cut off or damaged, its end is missing", "download or copy it again")
_PAGE = Nature(
    "page",
    "is a web page that was saved in its place, mostly one that asks to log in",
    "log in with the browser, accept the licence there and download the file again",
)
_LFS = Nature(
    "lfs",
    "is only a pointer of Git LFS to the file",
    "run `git lfs install` and `git lfs pull` in the repository that it comes from",
)


def _packed(kind: str) -> Nature:
    return Nature("packed", f"is {kind}", "unpack it and give the file inside")


def _other(kind: str) -> Nature:
    return Nature("other", f"is {kind}", "give a file of the kind that is wanted here")


_SIGNATURES: tuple[tuple[bytes, Nature], ...] = (
    (b"\x93NUMPY", _NPY),
    (b"version https://git-lfs", _LFS),
    (b"\x1f\x8b", _packed("a gzip archive")),
    (b"BZh", _packed("a bzip2 archive")),
    (b"\xfd7zXZ\x00", _packed("an xz archive")),
    (b"7z\xbc\xaf\x27\x1c", _packed("a 7-Zip archive")),
    (b"Rar!", _packed("a RAR archive")),
    (b"\x78\x9c", _packed("compressed as a whole")),
    (b"\x28\xb5\x2f\xfd", _packed("a Zstandard archive")),
    (b"\x89HDF\r\n\x1a\n", _other("an HDF5 file")),
    (b"MATLAB 5.0", _other("a MATLAB file")),
    (b"Kaydara FBX", _other("an FBX scene, not the body model's own file")),
    (b"; FBX", _other("an FBX scene, not the body model's own file")),
    (b"glTF", _other("a glTF scene")),
    (b"BLENDER", _other("a Blender scene")),
    (b"ply\n", _other("a PLY mesh")),
    (b"HIERARCHY", _other("a BVH motion")),
    (b"%PDF", _other("a PDF document")),
    (b"\x89PNG", _other("a picture")),
    (b"\xff\xd8\xff", _other("a picture")),
    (b"RIFF", _other("a film or a sound")),
    (b"\x1aE\xdf\xa3", _other("a film")),
    (b"TDF$", _other("a BTS motion")),
)
_PAGE_STARTS = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<script", b"<!--")
_LIVES_IN_ZIP = {".pkl", ".npz", ".pth", ".pt", ".tar", ".safetensors", ".npy"}


def nature_of(path: Path) -> Nature | None:
    """What the file is by its content; None where that cannot be told."""
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError:
        return None
    if not start:
        return _EMPTY
    for signature, nature in _SIGNATURES:
        if start.startswith(signature):
            return nature
    if start[4:8] == b"ftyp":
        return _other("a film")
    if start[257:262] == b"ustar":
        return _tar(path)
    if start.startswith(b"PK\x03\x04"):
        return _of_zip(path)
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        return _PICKLE
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 1 << 30:
        return _SAFETENSORS
    return _text(start.removeprefix(b"\xef\xbb\xbf").lstrip())


def _text(start: bytes) -> Nature | None:
    """Kinds of text; None for what is none."""
    if start[:16].lower().startswith(_PAGE_STARTS):
        return _PAGE
    lines = [line[:2] for line in start.splitlines()]
    if lines.count(b"v ") > 2 or (b"mt" in lines and b"v " in lines):
        return _other("an OBJ mesh, not the body model's own file")
    if start[:1] in (b"{", b"[") and b'"' in start[:64]:
        return _other("a text in JSON")
    if start and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start):
        return Nature("text", "is a text", "download or copy the file again")
    return None


def _tar(path: Path) -> Nature:
    """tar archives; SPIN's and TCMR's files only end in .tar, and are none."""
    return _packed(f"a tar archive{', whatever its name says' if path.suffix != '.tar' else ''}")


def _of_zip(path: Path) -> Nature | None:
    """npz and torch files are zips; so is what they are published in."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # a broken directory raises a dozen kinds
        return None if _has_end(path) else _CUT_ZIP
    if names and all(name.endswith(".npy") for name in names):
        return _NPZ
    if any(name.endswith("/data.pkl") for name in names):
        return _TORCH
    if any(name.endswith(".tflite") for name in names):
        return _TASK
    return _archive([name for name in names if not name.startswith("__MACOSX")])


def _has_end(path: Path) -> bool:
    """Whether a zip's end is there, though it may be damaged."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_END))
        return b"PK\x05\x06" in file.read()


def _archive(names: list[str]) -> Nature:
    """An archive that somebody published, and what to take out of it."""
    inside = [name for name in names if PurePosixPath(name).suffix.lower() in _LIVES_IN_ZIP]
    neutral = [name for name in inside if "neutral" in name.lower()]
    if not inside:
        return Nature(
            "archive", "is a zip archive without a file of use in it", "give the file that is wanted"
        )
    best = (neutral or inside)[0]
    return Nature("archive", "is a zip archive that was not unpacked", f"unpack it and give {best} inside it")
