"""OpenCV's environment variables. Standard library only: main.py calls this before anything imports cv2."""

from __future__ import annotations

import os

OPENCV_ENVIRONMENT = {
    # Seconds that a V4L2 read waits for a picture. The default is 10: a thread frozen for as long.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
    # Media Foundation's hardware transforms make opening a camera on Windows take up to a minute.
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
    # macOS grants the camera on the main thread only: Qt asks there, OpenCV must not ask on a capture thread.
    "OPENCV_AVFOUNDATION_SKIP_AUTH": "1",
    "OPENCV_LOG_LEVEL": "ERROR",
    # FFmpeg's own messages: what matters is reported by the source.
    "OPENCV_FFMPEG_LOGLEVEL": "8",
}


def configure_opencv_environment() -> None:
    """Set the variables above where the user has not set them. Too late once cv2 was imported."""
    for name, value in OPENCV_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
