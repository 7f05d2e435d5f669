"""Which kind of source a spec means. Imports nothing heavy: the window asks before cv2 is needed."""

from __future__ import annotations

import stat
from pathlib import Path

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"}
VIDEO_SUFFIXES = {
    ".mp4",
    ".m4v",
    ".mov",
    ".avi",
    ".mkv",
    ".webm",
    ".mpg",
    ".mpeg",
    ".wmv",
    ".flv",
    ".ts",
    ".ogv",
}
RECORDING_SUFFIX = ".npz"
INTERRUPTED_SUFFIX = ".npz.part"
"""The journal that a crash left of a recording."""
URL_SCHEMES = {"http", "https", "rtsp", "rtsps", "rtmp", "udp", "tcp"}


def kind_of(spec: str) -> str:
    """The key of `SOURCES` that plays `spec`; anything unknown is taken for a camera's name."""
    if spec == "clip":
        return "clip"
    if spec.partition(":")[0] == "synthetic":
        return "synthetic"
    if is_url(spec):
        # A film that lies on a server has an end and is played at its own speed, like any file.
        return "video" if Path(spec.partition("?")[0]).suffix.lower() in VIDEO_SUFFIXES else "stream"
    if not spec or spec.isdigit():
        return "webcam"
    return _kind_of_path(Path(spec).expanduser())


def is_url(spec: str) -> bool:
    """Whether `spec` is an address of the kinds above."""
    scheme, separator, _ = spec.partition("://")
    return bool(separator) and scheme.lower() in URL_SCHEMES


def _kind_of_path(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        mode = 0
    if stat.S_ISDIR(mode):
        return "images"
    suffix = path.suffix.lower()
    if path.name.lower().endswith(INTERRUPTED_SUFFIX):
        suffix = RECORDING_SUFFIX
    if stat.S_ISREG(mode) or suffix in VIDEO_SUFFIXES | IMAGE_SUFFIXES | {RECORDING_SUFFIX}:
        if suffix == RECORDING_SUFFIX:
            return "recording"
        return "images" if suffix in IMAGE_SUFFIXES else "video"
    return "webcam"
