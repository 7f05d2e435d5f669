"""Cameras as Qt knows them: a signal when one comes or goes, and the permission that macOS asks for."""

from __future__ import annotations

import logging
import sys

from PyQt6.QtCore import QCoreApplication, QLoggingCategory, QObject, pyqtSignal

from str_live.camera import CameraInfo, list_cameras

logger = logging.getLogger(__name__)


class CameraWatch(QObject):
    """Lists cameras and signals when the list changes. GUI thread; keep it alive."""

    changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices = _media_devices(self)
        if self._devices is not None:
            self._devices.videoInputsChanged.connect(self.changed)

    def announced(self) -> list[tuple[str, str]] | None:
        """(id, name) of each camera that Qt knows, or None where Qt knows nothing of cameras."""
        if self._devices is None:
            return None
        return [
            (bytes(device.id().data()).decode(errors="replace"), device.description())
            for device in self._devices.videoInputs()
        ]

    def list_cameras(self) -> list[CameraInfo]:
        """Every camera. Never opens one: another thread may have it open."""
        return list_cameras(self.announced(), probe=False)

    def ask_permission(self) -> None:
        """Ask for permission to use cameras where the system demands it (macOS). Main thread."""
        if sys.platform != "darwin":
            return
        from PyQt6.QtCore import QCameraPermission

        application = QCoreApplication.instance()
        if application is not None:
            application.requestPermission(QCameraPermission(), lambda permission: self.changed.emit())


def _media_devices(parent: QObject):
    """Qt's own list of cameras, or None on a system without what QtMultimedia needs: no hot-plug then."""
    # QtMultimedia complains about a missing PipeWire as it is imported; cameras do not need it.
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")
    try:
        from PyQt6.QtMultimedia import QMediaDevices
    except ImportError as error:
        logger.warning("new cameras will not be noticed by themselves: %s", error)
        return None
    return QMediaDevices(parent)
