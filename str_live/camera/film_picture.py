"""A decoded picture as a player shows it, upright, its pixels square. In: PyAV's frame, out: BGR."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

UNSTATED = 2
"""AVCOL_SPC_UNSPECIFIED: the film does not say what its colours mean."""
SD_WIDTH, SD_HEIGHT = 1280, 576
"""Pictures at least as wide as the first or higher than the second are BT.709 where nothing is stated."""
STRANGEST_ASPECT = 10
"""Pixels that claim to be further from square are taken for square."""


class PictureMaker:
    """Turns decoded frames into pictures; keeps what the conversion needs between them. One thread."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._matrices: dict[tuple[int, int, int], np.ndarray | None] = {}
        """Display matrices by size and rotation. A frame that is asked for its side data holds on to itself:
        memory would fill with pictures until Python's collector looks, so only the first of a kind is asked.
        """

    def picture(self, frame: av.VideoFrame, pixel_aspect: Fraction | None) -> np.ndarray:
        """(H, W, 3) uint8 BGR; `pixel_aspect` is a pixel's width by its height, None where not stated."""
        bgr = self._reformatter.reformat(
            frame,
            width=_square_width(frame.width, pixel_aspect),
            format="bgr24",
            src_colorspace=_colour_space(frame),
            interpolation=Interpolation.BICUBIC,
            threads=1,  # the cores belong to inference
        )
        return upright(bgr.to_ndarray(), self._matrix(frame))

    def _matrix(self, frame: av.VideoFrame) -> np.ndarray | None:
        kind = frame.width, frame.height, int(frame.rotation)
        if kind not in self._matrices:
            self._matrices[kind] = display_matrix(frame)
        return self._matrices[kind]


def display_matrix(frame: av.VideoFrame) -> np.ndarray | None:
    """(9,) how the coded picture is to be shown, FFmpeg's fixed point numbers; None where it is as it is."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return None if matrix is None or matrix.buffer_size < 36 else np.frombuffer(bytes(matrix), np.int32)[:9]


def upright(image: np.ndarray, matrix: np.ndarray | None) -> np.ndarray:
    """(H, W, 3) or (W, H, 3): `image` rotated by quarter turns and mirrored as a display matrix states."""
    if matrix is None:
        return image
    a, b, _, c, d = matrix[:5].astype(float)
    # Where x and y of the coded picture go: (x, y) -> (a x + c y, b x + d y).
    if abs(a) + abs(d) < abs(b) + abs(c):
        image = image.transpose(1, 0, 2)
        right, down = c, b
    else:
        right, down = a, d
    if right < 0:
        image = image[:, ::-1]
    if down < 0:
        image = image[::-1]
    return np.ascontiguousarray(image)


def _square_width(width: int, pixel_aspect: Fraction | None) -> int:
    """The width that the picture has with square pixels; its lines stay as they are."""
    if not pixel_aspect or not Fraction(1, STRANGEST_ASPECT) <= pixel_aspect <= STRANGEST_ASPECT:
        return width
    return max(1, round(width * pixel_aspect))


def _colour_space(frame: av.VideoFrame) -> Colorspace | None:
    """What an unstated colour space is taken for, as players do; None leaves it to the frame."""
    if frame.colorspace != UNSTATED or frame.format.is_rgb:
        return None
    high = frame.width >= SD_WIDTH or frame.height > SD_HEIGHT
    return Colorspace.ITU709 if high else Colorspace.ITU601
