"""Turns what a camera driver delivers into a BGR picture. In: what cv2 retrieved, out: (H, W, 3) uint8."""

from __future__ import annotations

import cv2
import numpy as np

_FROM_BYTES = {
    # FOURCC: (rows of bytes per row of pixels, channels, conversion)
    "BGR3": (1, 3, None),
    "RGB3": (1, 3, cv2.COLOR_RGB2BGR),
    "YUYV": (1, 2, cv2.COLOR_YUV2BGR_YUYV),
    "YVYU": (1, 2, cv2.COLOR_YUV2BGR_YVYU),
    "UYVY": (1, 2, cv2.COLOR_YUV2BGR_UYVY),
    "NV12": (1.5, 1, cv2.COLOR_YUV2BGR_NV12),
    "NV21": (1.5, 1, cv2.COLOR_YUV2BGR_NV21),
    "YU12": (1.5, 1, cv2.COLOR_YUV2BGR_I420),
    "YV12": (1.5, 1, cv2.COLOR_YUV2BGR_YV12),
    "GREY": (1, 1, cv2.COLOR_GRAY2BGR),
}


def bgr_from_retrieved(image: np.ndarray | None, fourcc: str, size: tuple[int, int]) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, or None where the pixels cannot be made out.

    image: what `retrieve` gave: a picture, or for some formats and drivers the flat bytes.
    size: (width, height) as the driver states it; used for flat bytes only.
    """
    if image is None or image.size == 0:
        return None
    if image.dtype == np.uint16:
        image = np.right_shift(image, 8).astype(np.uint8)
    if image.ndim == 3 and image.shape[2] == 3:
        return image
    if image.ndim == 3 and image.shape[2] == 4:
        return cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)
    if fourcc in ("MJPG", "JPEG"):
        return cv2.imdecode(image.reshape(-1), cv2.IMREAD_COLOR)
    if image.ndim == 2 and min(image.shape) > 1 and fourcc not in _FROM_BYTES:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return _bgr_from_bytes(image.reshape(-1), fourcc, size)


def _bgr_from_bytes(content: np.ndarray, fourcc: str, size: tuple[int, int]) -> np.ndarray | None:
    """The picture in the flat bytes of one frame, or None when their number does not fit."""
    if fourcc not in _FROM_BYTES:
        return None
    height_factor, channels, conversion = _FROM_BYTES[fourcc]
    width, height = size
    rows = int(height * height_factor)
    if content.size != rows * width * channels or content.size == 0:
        return None
    pixels = content.reshape(rows, width, channels)
    return pixels if conversion is None else cv2.cvtColor(pixels, conversion)
