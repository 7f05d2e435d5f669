"""Webcams that do what webcams do: stall, vanish, hang, change size, give nothing, repeat themselves."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import cv2
import numpy as np

from str_live.camera.listing import CameraInfo


@dataclass
class FakeCamera:
    """A camera on the desk; tests turn its knobs while it runs."""

    name: str = "Fake"
    size: tuple[int, int] = (64, 48)
    """(width, height)"""
    fps: float = 100.0
    grey_value: int = 100
    """Of every pixel, to tell the cameras apart."""
    flat_formats: tuple[str, ...] = ()
    """FOURCCs in which it delivers flat bytes, as the kernel's test driver does."""
    formats: tuple[str, ...] = ()
    plugged: bool = True
    silent: bool = False
    """grab() fails after a moment."""
    empty: bool = False
    """retrieve() gives None."""
    exclusive: bool = True
    hang_in_grab: threading.Event | None = None
    hang_in_release: threading.Event | None = None
    hung: threading.Event = field(default_factory=threading.Event)
    """A device hangs, or has hung."""
    open_devices: int = 0
    most_open_devices: int = 0
    opened: int = 0
    asked: list[tuple[int, float]] = field(default_factory=list)

    @property
    def info(self) -> CameraInfo:
        return CameraInfo(f"name:{self.name}:0", self.name, "", "", "ANY", 0, self.formats)


class FakeDevice:
    """What cv2.VideoCapture is for a real camera."""

    def __init__(self, camera: FakeCamera) -> None:
        self._camera = camera
        self._open = camera.plugged and not (camera.exclusive and camera.open_devices)
        self._fourcc = "YUYV"
        if self._open:
            camera.open_devices += 1
            camera.opened += 1
            camera.most_open_devices = max(camera.most_open_devices, camera.open_devices)

    def isOpened(self) -> bool:
        return self._open

    def set(self, prop: int, value: float) -> bool:
        self._camera.asked.append((prop, value))
        if prop == cv2.CAP_PROP_FOURCC:
            wanted = int(value).to_bytes(4, "little").decode()
            self._fourcc = wanted if wanted in self._camera.formats else self._fourcc
        return True

    def get(self, prop: int) -> float:
        values = {
            cv2.CAP_PROP_FRAME_WIDTH: self._camera.size[0],
            cv2.CAP_PROP_FRAME_HEIGHT: self._camera.size[1],
            cv2.CAP_PROP_FPS: self._camera.fps,
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*self._fourcc),
        }
        return float(values.get(prop, 0))

    def grab(self) -> bool:
        self._hang(self._camera.hang_in_grab)
        time.sleep(1 / self._camera.fps)
        return self._open and self._camera.plugged and not self._camera.silent

    def retrieve(self) -> tuple[bool, np.ndarray | None]:
        if self._camera.empty:
            return True, None
        width, height = self._camera.size
        image = np.full((height, width, 3), self._camera.grey_value, np.uint8)
        if self._fourcc in self._camera.flat_formats:
            return True, image.reshape(1, -1)
        return True, image

    def release(self) -> None:
        self._hang(self._camera.hang_in_release)
        if self._open:
            self._camera.open_devices -= 1
        self._open = False

    def _hang(self, until: threading.Event | None) -> None:
        if until is not None:
            self._camera.hung.set()
            until.wait(120)


class Desk:
    """The cameras of one test, in the place of the system's."""

    def __init__(self, *cameras: FakeCamera) -> None:
        self.cameras = list(cameras)

    def list_cameras(self) -> list[CameraInfo]:
        return [camera.info for camera in self.cameras if camera.plugged]

    def device(self, info: CameraInfo) -> FakeDevice:
        return FakeDevice(next(camera for camera in self.cameras if camera.info.stable_id == info.stable_id))
