"""Reads one picture file of any common kind. In: a path, out: BGR, rotated as its EXIF states."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

logger = logging.getLogger(__name__)


def read_image(path: Path) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, upright; None where it cannot be read. No transparency, 8 of 16 bits."""
    try:
        content = np.fromfile(path, np.uint8)  # cv2.imread takes no umlauts in paths on Windows
        image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except (OSError, cv2.error):
        return None
    start = content[:12].tobytes()
    turned_by_opencv = not (start.startswith(b"RIFF") and start.endswith(b"WEBP"))
    if image is not None and turned_by_opencv:
        return image
    return _read_with_pillow(content.tobytes())


def _read_with_pillow(content: bytes) -> np.ndarray | None:
    """AVIF, which OpenCV's wheel cannot read, and WebP, which it does not turn."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:  # its decoders raise whatever they stumble over
        logger.debug("not a picture: %s", error)
        return None
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])
