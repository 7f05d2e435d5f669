from __future__ import annotations

import sys
from pathlib import Path

import pytest

from str_live.camera.listing import CameraInfo, announced_cameras, find_camera, linux_cameras, list_cameras


def plug_in(root: Path, node: str, name: str, usb: tuple[str, str] | None = None) -> None:
    """A device in a folder that looks like the kernel's /sys/class/video4linux."""
    interface = root / "devices" / node / "interface"
    (interface / "video4linux" / node).mkdir(parents=True)
    entry = interface / "video4linux" / node
    (entry / "name").write_text(name + "\n")
    (entry / "device").symlink_to(interface)
    if usb:
        (interface.parent / "idVendor").write_text(usb[0] + "\n")
        (interface.parent / "idProduct").write_text(usb[1] + "\n")
    (root / "class").mkdir(exist_ok=True)
    (root / "class" / node).symlink_to(entry)


@pytest.fixture
def cameras(tmp_path) -> list[CameraInfo]:
    plug_in(tmp_path, "video10", "Vivid")
    plug_in(tmp_path, "video0", "HD Webcam", ("046d", "0825"))
    plug_in(tmp_path, "video1", "HD Webcam", ("046d", "0825"))
    plug_in(tmp_path, "video2", "HD Webcam", ("046d", "0825"))
    plug_in(tmp_path, "video4", "Desk Camera", ("1111", "2222"))
    links = tmp_path / "by-id"
    links.mkdir()
    (links / "usb-Desk_Camera_SN1-video-index0").symlink_to("/dev/video4")
    return linux_cameras(
        tmp_path / "class",
        links,
        lambda path: (path != "/dev/video1", ("MJPG",)),  # video1 carries the webcam's metadata
    )


def test_capture_devices_are_listed_in_the_order_of_their_numbers(cameras):
    assert [camera.index_or_path for camera in cameras] == [
        "/dev/video0",
        "/dev/video2",
        "/dev/video4",
        "/dev/video10",
    ]
    assert cameras[0].formats == ("MJPG",)
    assert (cameras[0].vid, cameras[0].pid) == ("046d", "0825")


def test_stable_ids_prefer_the_systems_link_and_count_twins(cameras):
    ids = [camera.stable_id for camera in cameras]
    assert ids[:2] == ["usb:046d:0825:HD Webcam:0", "usb:046d:0825:HD Webcam:1"]
    assert ids[2].endswith("usb-Desk_Camera_SN1-video-index0")
    assert ids[3] == "name:Vivid:0"


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("usb:046d:0825:HD Webcam:1", "/dev/video2"),
        ("/dev/video10", "/dev/video10"),
        ("046d:0825", "/dev/video0"),
        ("HD Webcam", "/dev/video0"),
        ("usb:1111:2222:Desk Camera:0", "/dev/video4"),
        ("10", "/dev/video10"),
        ("0", "/dev/video0"),
    ],
)
def test_a_camera_is_found_by_id_path_usb_name_and_number(cameras, spec, path):
    found = find_camera(spec, cameras)
    assert found is not None
    assert found.index_or_path == path


def test_every_camera_is_found_by_its_own_stable_id(cameras):
    for camera in cameras:
        assert find_camera(camera.stable_id, cameras) is camera


@pytest.mark.parametrize("spec", ["usb:046d:0825:HD Webcam:2", "name:Nobody:0", "nobody", "/dev/video1"])
def test_what_is_not_plugged_in_is_not_found(cameras, spec):
    assert find_camera(spec, cameras) is None


def test_windows_cameras_take_usb_numbers_from_their_path(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    paths = [(r"\\?\usb#vid_046D&pid_0825&mi_00#7&1", "C270"), ("", "OBS Virtual Camera")]
    first, second = list_cameras(paths)
    assert (first.vid, first.pid, first.backend, first.index_or_path) == ("046d", "0825", "DSHOW", 0)
    assert (second.stable_id, second.index_or_path) == ("index:1", 1)
    assert find_camera(first.stable_id, [first, second]) is first


def test_without_a_listing_a_number_is_taken_at_its_word(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert list_cameras(None, probe=False) == []
    camera = find_camera("1", [])
    assert camera is not None
    assert camera.index_or_path == 1
    assert find_camera("nobody", []) is None


def test_twins_announced_elsewhere_keep_their_own_ids():
    first, second = announced_cameras([("a", "Cam"), ("b", "Cam")])
    assert find_camera("b", [first, second]) is second
