"""Text on pictures. In: (H, W, 3) uint8 BGR canvases, which are written to; colours as '#rrggbb'.

The letters are those of DejaVu Sans, which Qt takes on Linux, too. They come with matplotlib, so that a film
looks the same on every machine, and on one without any font.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def bgr(colour: str) -> tuple[int, int, int]:
    """'#rrggbb' -> blue, green, red."""
    return int(colour[5:7], 16), int(colour[3:5], 16), int(colour[1:3], 16)


def write(
    canvas: np.ndarray,
    text: str,
    x: float,
    y: float,
    colour: str,
    size: int,
    *,
    bold: bool = False,
    align: str = "left",
) -> int:
    """Write one line on an (H, W, 3) canvas, its middle at height `y`; returns the x where the line ends.

    `align` 'left', 'middle' or 'right': `x` is the line's left end, middle or right end, in pixels. What lies
    outside the canvas is cut.
    """
    mask = _mask(text, size, bold)
    left = round(x - mask.shape[1] * {"left": 0.0, "middle": 0.5, "right": 1.0}[align])
    _blend(canvas, mask, left, round(y - mask.shape[0] / 2), bgr(colour))
    return left + mask.shape[1]


def write_upwards(canvas: np.ndarray, text: str, x: float, y: float, colour: str, size: int) -> None:
    """Write one line on an (H, W, 3) canvas from bottom to top, its middle at (x, y) in pixels."""
    mask = np.rot90(_mask(text, size, False))
    _blend(canvas, mask, round(x - mask.shape[1] / 2), round(y - mask.shape[0] / 2), bgr(colour))


@lru_cache(maxsize=16)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size)


@lru_cache(maxsize=512)
def _mask(text: str, size: int, bold: bool) -> np.ndarray:
    """(H, W) float32 coverage 0 to 1: as high as the font, as wide as the text."""
    font = _font(size, bold)
    ascent, descent = font.getmetrics()
    image = Image.new("L", (max(round(font.getlength(text)), 1), ascent + descent))
    ImageDraw.Draw(image).text((0, 0), text, font=font, fill=255)
    return np.asarray(image, dtype=np.float32) / 255


def _blend(canvas: np.ndarray, mask: np.ndarray, left: int, top: int, colour: tuple[int, int, int]) -> None:
    """Colour the canvas where the mask covers it."""
    height, width = canvas.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + mask.shape[1], width), min(top + mask.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    cover = mask[y0 - top : y1 - top, x0 - left : x1 - left, None]
    part = canvas[y0:y1, x0:x1]
    part[:] = np.rint(part + (np.array(colour, dtype=np.float32) - part) * cover)
