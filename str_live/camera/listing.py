"""Which cameras there are, and how to find the same one again tomorrow. No Qt; cv2 only for probing."""

from __future__ import annotations

import logging
import os
import re
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

SYSFS = Path("/sys/class/video4linux")
BY_ID = Path("/dev/v4l/by-id")
PROBED_INDICES = 6

VIDIOC_QUERYCAP = 0x80685600
VIDIOC_ENUM_FMT = 0xC0405602
CAP_VIDEO_CAPTURE = 0x00000001
CAP_VIDEO_CAPTURE_MPLANE = 0x00001000
CAP_DEVICE_CAPS = 0x80000000


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One camera that is plugged in now."""

    stable_id: str
    """What to save: survives a restart and, where the system allows, another socket."""
    name: str
    vid: str
    """USB vendor, four hexadecimal digits; '' where it is not on USB."""
    pid: str
    """USB product, likewise."""
    backend: str
    """OpenCV's name: 'V4L2', 'DSHOW', 'AVFOUNDATION', 'ANY'."""
    index_or_path: int | str
    """What OpenCV opens."""
    formats: tuple[str, ...]
    """FOURCCs that it can deliver; empty where unknown."""


def list_cameras(
    announced: Sequence[tuple[str, str]] | None = None, *, probe: bool = True
) -> list[CameraInfo]:
    """Every camera, in the system's order.

    Linux asks the kernel and may do so at any time. Elsewhere the window passes what Qt announces: (id,
    name) pairs. Without that (None) the first indices are opened for a moment, unless `probe` is off: which
    it must be while a camera is open.
    """
    if sys.platform.startswith("linux"):
        return linux_cameras()
    if announced is not None:
        return announced_cameras(announced)
    return _probed_cameras() if probe else []


def find_camera(spec: str, cameras: Sequence[CameraInfo]) -> CameraInfo | None:
    """The camera that `spec` means: stable id, path, USB id, name, number, in this order."""
    tests: tuple[Callable[[CameraInfo], bool], ...] = (
        lambda camera: camera.stable_id == spec,
        lambda camera: _same_path(spec, camera.index_or_path),
        lambda camera: bool(camera.vid) and spec.lower() == f"{camera.vid}:{camera.pid}",
        lambda camera: camera.name == spec,
        lambda camera: _number_of(camera) == spec,
    )
    for test in tests:
        for camera in cameras:
            if test(camera):
                return camera
    return _find_by_parts(spec, cameras) or _by_index(spec)


def linux_cameras(
    sysfs: Path = SYSFS,
    by_id: Path = BY_ID,
    query: Callable[[str], tuple[bool, tuple[str, ...]]] | None = None,
) -> list[CameraInfo]:
    """The capture devices among /dev/video*. `query`: (is it a camera, its formats) of a device path."""
    query = query or _query_v4l2
    links = _links_to_devices(by_id)
    cameras: list[CameraInfo] = []
    for node in sorted(sysfs.glob("video*"), key=lambda path: int(path.name[5:] or 0)):
        path = f"/dev/{node.name}"
        captures, formats = query(path)
        if not captures:
            continue
        name = _read(node / "name") or node.name
        vid, pid = _read(node / "device/../idVendor"), _read(node / "device/../idProduct")
        same = sum(each.name == name and (each.vid, each.pid) == (vid, pid) for each in cameras)
        stable_id = links.get(path) or _id_from_parts(vid, pid, name, same)
        cameras.append(CameraInfo(stable_id, name, vid, pid, "V4L2", path, formats))
    return cameras


def announced_cameras(announced: Sequence[tuple[str, str]]) -> list[CameraInfo]:
    """Cameras from Qt's (id, name) pairs; OpenCV is assumed to count them in the same order."""
    backend = {"win32": "DSHOW", "darwin": "AVFOUNDATION"}.get(sys.platform, "ANY")
    cameras = []
    for index, (identity, name) in enumerate(announced):
        found = re.search(r"vid_([0-9a-f]{4}).*?pid_([0-9a-f]{4})", identity, re.IGNORECASE)
        vid, pid = (part.lower() for part in found.groups()) if found else ("", "")
        cameras.append(CameraInfo(identity or f"index:{index}", name, vid, pid, backend, index, ()))
    return cameras


def _probed_cameras() -> list[CameraInfo]:
    """The first indices that open, each held for a moment only."""
    import cv2

    cameras = []
    for index in range(PROBED_INDICES):
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            cameras.append(CameraInfo(f"index:{index}", f"Camera {index}", "", "", "ANY", index, ()))
        capture.release()
    return cameras


def _id_from_parts(vid: str, pid: str, name: str, number: int) -> str:
    """The stable id of a camera without one of the system's: the `number`-th of this kind, from 0."""
    return f"usb:{vid}:{pid}:{name}:{number}" if vid else f"name:{name}:{number}"


def _find_by_parts(spec: str, cameras: Sequence[CameraInfo]) -> CameraInfo | None:
    """A camera for an id that `_id_from_parts` made, although the system has a better one for it today."""
    found = re.fullmatch(r"(?:usb:([0-9a-f]{4}):([0-9a-f]{4})|name):(.*):(\d+)", spec)
    if found is None:
        return None
    vid, pid, name, number = found.groups(default="")
    same = [each for each in cameras if each.name == name and (each.vid, each.pid) == (vid, pid)]
    return same[int(number)] if int(number) < len(same) else None


def _by_index(spec: str) -> CameraInfo | None:
    """A camera by its number alone, where the system cannot be asked whether it exists."""
    number = spec.removeprefix("index:")
    if sys.platform.startswith("linux") or not number.isdigit():
        return None
    return CameraInfo(f"index:{number}", f"Camera {number}", "", "", "ANY", int(number), ())


def _number_of(camera: CameraInfo) -> str:
    """The number that OpenCV knows it by."""
    digits = re.search(r"(\d+)$", str(camera.index_or_path))
    return digits.group(1) if digits else ""


def _same_path(spec: str, path: int | str) -> bool:
    return isinstance(path, str) and spec.startswith("/") and os.path.realpath(spec) == os.path.realpath(path)


def _links_to_devices(folder: Path) -> dict[str, str]:
    """Device path -> udev's link to it."""
    try:
        return {os.path.realpath(link): str(link) for link in sorted(folder.iterdir())}
    except OSError:
        return {}


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _query_v4l2(path: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the device gives pictures (webcams have further nodes that do not), and its FOURCCs."""
    import fcntl

    try:
        device = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except PermissionError:
        return True, ()  # listed, so that opening it can say that the permission is missing
    except OSError:
        return False, ()
    try:
        answer = fcntl.ioctl(device, VIDIOC_QUERYCAP, bytes(104))
        of_driver, of_device = struct.unpack_from("II", answer, 84)
        capabilities = of_device if of_driver & CAP_DEVICE_CAPS else of_driver
        if not capabilities & (CAP_VIDEO_CAPTURE | CAP_VIDEO_CAPTURE_MPLANE):
            return False, ()
        return True, _formats(device, 1 if capabilities & CAP_VIDEO_CAPTURE else 9)
    except OSError:
        return False, ()
    finally:
        os.close(device)


def _formats(device: int, buffer_type: int) -> tuple[str, ...]:
    """FOURCCs in the driver's order."""
    import fcntl

    formats: list[str] = []
    for index in range(64):
        try:
            question = struct.pack("II", index, buffer_type).ljust(64, b"\0")
            answer = fcntl.ioctl(device, VIDIOC_ENUM_FMT, question)
        except OSError:
            break
        formats.append(answer[44:48].decode("latin-1"))
    return tuple(formats)
