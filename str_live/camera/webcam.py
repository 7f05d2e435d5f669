"""A webcam through OpenCV. In: CameraInfo and SourceSettings, out: Frame, stamped when it was grabbed."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np

from str_live.camera.listing import CameraInfo
from str_live.camera.pixels import bgr_from_retrieved
from str_live.camera.source import Source, SourceError, SourceLost
from str_live.messages import Frame
from str_live.settings import SourceSettings

logger = logging.getLogger(__name__)

PREFERRED_FORMATS = ("MJPG", "YUYV", "UYVY", "NV12", "YU12", "BGR3", "RGB3", "GREY")
"""MJPG first: uncompressed pictures of 720p and more come at 5 to 10 a second over USB 2."""
WARM_UP_GRABS = 3
RETRY_PAUSE_S = 0.02
FAILURES_WHEN_LOST = 25
"""Grabs that fail in a row. One that is merely slow fails once in OpenCV's time-out of seconds; one whose
driver has gone fails at once, again and again."""


def open_device(camera: CameraInfo) -> Any:
    """OpenCV's capture of this camera, open or not: the one place where tests put their own device."""
    return cv2.VideoCapture(camera.index_or_path, getattr(cv2, f"CAP_{camera.backend}", cv2.CAP_ANY))


class WebcamSource(Source):
    """One camera. It is asked for the size and rate of the settings; `mode` states what it delivers."""

    live = True

    def __init__(
        self,
        settings: SourceSettings,
        epochs: Iterator[int],
        camera: CameraInfo,
        *,
        device: Callable[[CameraInfo], Any] = open_device,
    ) -> None:
        self._settings = settings
        self._epochs = epochs
        self._camera = camera
        self._device = device
        self._capture: Any = None
        self._fourcc = ""
        self._epoch = 0
        self._index = 0
        self._opened_ns = 0
        self._failures = 0
        self.name = camera.name
        self.identity = camera.stable_id

    def open(self) -> None:
        """See Source.open; may take seconds. Tries the camera's formats until one gives a picture."""
        if self._capture is not None:
            return
        self._check_permission()
        self._capture = self._device(self._camera)
        if not self._capture.isOpened():
            self.close()
            raise SourceError(
                f"{self.name} cannot be opened: close other programs that use it, or plug it in again."
            )
        if not any(self._configure(fourcc) for fourcc in self._formats_to_try()):
            self.close()
            raise SourceError(
                f"{self.name} gives no picture: close other programs that use it, or plug it in again."
            )
        self._failures = 0
        self._epoch, self._index, self._opened_ns = next(self._epochs), 0, time.perf_counter_ns()
        self._update_mode()

    def read(self) -> Frame | None:
        """See Source.read; the driver may take up to OpenCV's own time-out (2 s on Linux)."""
        assert self._capture is not None, "read before open"
        if not self._capture.grab():
            self._check_presence()
            time.sleep(RETRY_PAUSE_S)  # a device that is gone fails at once: do not spin on it
            return None
        self._failures = 0
        captured_ns = time.perf_counter_ns()
        image = self._retrieve()
        if image is None:
            return None
        size = (image.shape[1], image.shape[0])
        if size != self.size:
            self.size = size
            self._update_mode()
        index = self._index
        self._index += 1
        return Frame(image, index, (captured_ns - self._opened_ns) / 1e9, captured_ns, self._epoch)

    def close(self) -> None:
        """See Source.close."""
        if self._capture is not None:
            self._capture.release()
        self._capture = None

    def _formats_to_try(self) -> list[str]:
        """FOURCCs to ask for, best first; '' at last takes what the driver likes."""
        offered = self._camera.formats
        return [each for each in PREFERRED_FORMATS if each in offered] + [""] if offered else ["MJPG", ""]

    def _configure(self, fourcc: str) -> bool:
        """Ask for a format and the settings' size and rate; whether a picture comes."""
        capture, settings = self._capture, self._settings
        # The order matters: on V4L2 a new format resets the size, and a new size the rate.
        if fourcc:
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*fourcc))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
        capture.set(cv2.CAP_PROP_FPS, settings.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        # The first pictures of many cameras are black, green or old.
        grabbed = [capture.grab() for _ in range(WARM_UP_GRABS)]
        if not any(grabbed):
            return False
        self._fourcc = _fourcc_text(capture.get(cv2.CAP_PROP_FOURCC))
        image = self._retrieve()
        if image is None:
            logger.warning("%s: pictures in format %r cannot be used", self.name, self._fourcc)
            return False
        self.size = (image.shape[1], image.shape[0])
        stated = capture.get(cv2.CAP_PROP_FPS)
        self.fps = stated if 0.1 < stated < 1000 else 0.0
        return True

    def _retrieve(self) -> np.ndarray | None:
        """(H, W, 3) uint8 BGR of the grabbed picture, or None."""
        retrieved, image = self._capture.retrieve()
        if not retrieved:
            return None
        if image is not None and image.ndim == 3 and image.shape[2] == 3:
            return image
        size = (
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )
        return bgr_from_retrieved(image, self._fourcc, size)

    def _update_mode(self) -> None:
        settings = self._settings
        asked = f"asked {settings.width} x {settings.height} at {settings.fps:.4g}"
        rate = f" at {self.fps:.4g}" if self.fps else ""
        self.mode = f"{asked}, got {self.size[0]} x {self.size[1]}{rate} {self._fourcc}".rstrip()

    def _check_presence(self) -> None:
        """Count a failed grab; raise SourceLost when the device's file or its driver is gone."""
        self._failures += 1
        path = self._camera.index_or_path
        if isinstance(path, str) and not os.path.exists(path):
            raise SourceLost(f"{self.name} was unplugged.")
        if self._failures >= FAILURES_WHEN_LOST:
            raise SourceLost(f"{self.name} no longer answers.")

    def _check_permission(self) -> None:
        path = self._camera.index_or_path
        if isinstance(path, str) and os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK):
            raise SourceError(f"{self.name} may not be used by this user: add the user to the group 'video'.")


def _fourcc_text(value: float) -> str:
    """'MJPG' from OpenCV's number; '' where there is none."""
    number = int(value)
    if number <= 0:
        return ""
    return number.to_bytes(4, "little").decode("latin-1").strip()
