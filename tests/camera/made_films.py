"""Films made for tests, written with PyAV: grey pictures whose brightness is their number, times ten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = (96, 64)
KEYFRAMES = {"g": "5", "bf": "0", "preset": "ultrafast", "qp": "10"}
"""Options of libx264 for films that are damaged: every fifth picture can be decoded by itself."""


def grey(index: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) uint8: picture number `index`."""
    return np.full((size[1], size[0], 3), index * 10 % 256, np.uint8)


def noise(count: int) -> list[np.ndarray]:
    """Pictures of some size in the file, so that damage can be aimed."""
    return list(np.random.default_rng(0).integers(0, 255, (count, SIZE[1], SIZE[0], 3), np.uint8))


def damage_middle(path: Path, share: float = 0.2) -> None:
    """Overwrite the middle of the file."""
    content = bytearray(path.read_bytes())
    start, length = len(content) // 2, int(len(content) * share)
    content[start : start + length] = b"y\n" * (length // 2) + b"y" * (length % 2)
    path.write_bytes(content)


def numbers(images: Iterable[np.ndarray]) -> list[int]:
    """The numbers of such pictures."""
    return [round(float(image.mean()) / 10) for image in images]


def write_film(
    path: Path,
    pictures: Sequence[np.ndarray],
    *,
    codec: str = "libx264",
    fps: int = 25,
    stamps: Sequence[int] | None = None,
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    prepare: Callable[..., None] = lambda container, stream: None,
) -> Path:
    """Encode (H, W, 3) BGR pictures. `stamps`: times in 1/fps; `prepare(container, stream)` adds more."""
    with av.open(str(path), "w", options=muxer or {}) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.time_base = Fraction(1, fps)
        prepare(container, stream)
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = index if stamps is None else stamps[index]
            frame.time_base = Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path, codec: str, cover: np.ndarray | None = None) -> Path:
    """A second of silence, with a picture of the record's cover."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=44100)
        picture = None if cover is None else container.add_stream("mjpeg", rate=1)
        if picture is not None:
            picture.height, picture.width = cover.shape[:2]
            picture.pix_fmt = "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
        sound.layout = "mono"
        kind = "s16" if codec == "flac" else "fltp"
        silent = np.zeros((1, 44100), np.int16 if kind == "s16" else np.float32)
        silence = av.AudioFrame.from_ndarray(silent, format=kind, layout="mono")
        silence.rate, silence.pts = 44100, 0
        container.mux(sound.encode(silence))
        if picture is not None:
            frame = av.VideoFrame.from_ndarray(cover, format="bgr24")
            frame.pts = 0
            container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        container.mux(sound.encode(None))
    return path
