"""Which kind of source a spec means. Imports nothing heavy: the window asks before cv2 is needed."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from urllib.request import url2pathname

IMAGE_SUFFIXES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pnm", ".jp2", ".avif"),
}
UNREADABLE_IMAGE_SUFFIXES = {".heic", ".heif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2"}
"""Pictures too, but such as must be converted first."""
VIDEO_SUFFIXES = {
    *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".avi", ".mkv", ".webm", ".ogv", ".gif"),
    *(".mpg", ".mpeg", ".m2v", ".vob", ".ts", ".m2ts", ".mts", ".mxf", ".wmv", ".asf", ".flv", ".f4v", ".dv"),
    *(".mjpeg", ".mjpg", ".h264", ".h265", ".hevc", ".ivf", ".y4m"),
}
RECORDING_SUFFIX = ".npz"
PICKLED_SUFFIXES = {".pkl", ".pickle", ".joblib", ".pt"}
"""As which others keep motions: WHAM's and GVHMR's results."""
INTERRUPTED_SUFFIX = ".npz.part"
"""The journal that a crash left of a recording."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def file_patterns() -> str:
    """'*.asf *.avi ...': every file that plays, for a file dialog."""
    suffixes = VIDEO_SUFFIXES | IMAGE_SUFFIXES | PICKLED_SUFFIXES | {RECORDING_SUFFIX, INTERRUPTED_SUFFIX}
    return " ".join(f"*{suffix}" for suffix in sorted(suffixes))


def kind_of(spec: str) -> str:
    """The key of `SOURCES` that plays `spec`; anything unknown is taken for a camera's name."""
    spec = plain_spec(spec)
    if spec == "clip":
        return "clip"
    if re.fullmatch(r"synthetic(:\d*)?", spec):
        return "synthetic"
    if is_url(spec):
        # A film that lies on a server has an end and is played at its own speed, like any file.
        return "video" if Path(spec.partition("?")[0]).suffix.lower() in VIDEO_SUFFIXES else "stream"
    if not spec or spec.isdigit():
        return "webcam"
    return _kind_of_path(Path(spec).expanduser())


def is_url(spec: str) -> bool:
    """Whether `spec` is an address on a network, which FFmpeg opens if it can."""
    return bool(_ADDRESS.match(spec)) and not _is_file_url(spec)


def plain_spec(spec: str) -> str:
    """`spec`, a file manager's `file://` address as the path that it means."""
    if not _is_file_url(spec):
        return spec
    _, _, path = spec[len("file://") :].partition("/")
    return url2pathname(f"/{path}")


def _is_file_url(spec: str) -> bool:
    host = spec[len("file://") :].partition("/")[0].lower()
    return spec.lower().startswith("file://") and host in ("", "localhost")


def _kind_of_path(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        mode = 0
    if stat.S_ISDIR(mode):
        return "images"
    suffix = path.suffix.lower()
    if path.name.lower().endswith(INTERRUPTED_SUFFIX):
        return "recording"
    images = IMAGE_SUFFIXES | UNREADABLE_IMAGE_SUFFIXES
    recordings = PICKLED_SUFFIXES | {RECORDING_SUFFIX, ".npy"}  # a lone array is refused with what it lacks
    if stat.S_ISREG(mode) or suffix in VIDEO_SUFFIXES | images | recordings:
        if suffix in recordings:
            return "recording"
        return "images" if suffix in images else "video"
    return "webcam"
