"""A film as H.264 in an mp4. In: BGR pictures with their ticks, out: `name.mp4`.

An mp4's index is written last: one that was being written when the process died cannot be played. So pictures
go into a fragmented mp4 beside it (`name.mp4.part`), which plays as far as it was written, and `close` copies
that, without encoding again, into one with a whole index at its front. `recover_film` does the same with what
a crash left behind.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import os
import shutil
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from str_live.files import PARTIAL_SUFFIX
from str_live.record.leftovers import hold, place, recovered_path, take

logger = logging.getLogger(__name__)

TICKS = 120_000
"""A second: every usual rate, 23.976 and 59.94 too, and every millisecond is a whole number of ticks."""
BT709 = 1
"""Of colour space, primaries and transfer in H.264: what players take high-definition pictures to be in."""
_ENCODER = {"preset": "veryfast", "crf": "20", "bf": "0", "g": "60"}
"""Without B-frames the order of decoding is that of showing: any cut of the file plays."""
_FRAGMENTS = {"movflags": "empty_moov+default_base_moof", "frag_duration": "500000"}
"""A killed process loses half a second at most, and what the encoder still holds."""
_FAST = {"movflags": "+faststart"}
_SPARE_BYTES = 2_000_000


class FilmError(Exception):
    """What was left of a film cannot be made whole. The message is a sentence that names the file."""


class FilmFile:
    """One film that is being written. One thread."""

    def __init__(
        self, path: Path, width: int, height: int, *, taken: BinaryIO | None = None, overwrite: bool = False
    ) -> None:
        """`width` and `height` in pixels, even: colours have half the resolution.

        `taken`: the film's `.part` where it was taken already. `overwrite`: whether a film that has the name
        is replaced at the end.
        """
        if width % 2 or height % 2:
            raise ValueError(f"a film of {width} x {height} pixels: both must be even")
        self.path = Path(path)
        self.part = part_path(self.path)
        self.pictures = 0
        self._duration = 0
        self._broken = False
        self._overwrite = overwrite
        self._file = take(self.part) if taken is None else taken
        self._container = av.open(self._file, "w", format="mp4", options=_FRAGMENTS)
        self._reformatter = VideoReformatter()
        self._stream = self._add_stream(width, height)

    def _add_stream(self, width: int, height: int) -> av.VideoStream:
        stream = self._container.add_stream("libx264", options=_ENCODER)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, TICKS)
        context = stream.codec_context
        context.time_base = Fraction(1, TICKS)
        context.thread_count = 2
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = ColorRange.MPEG.value
        return stream

    def write(self, picture: np.ndarray, ticks: int, duration: int) -> None:
        """Append an (H, W, 3) uint8 BGR picture, shown `ticks` after the start for `duration` ticks.

        Ticks must rise. Raises OSError, ENOSPC already while there still is room for `close`.
        """
        if self.pictures % 30 == 0:
            self._check_space()
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(picture, format="bgr24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts, frame.time_base = ticks, Fraction(1, TICKS)
        self._duration = duration
        self._mux(frame)
        self.pictures += 1

    def _mux(self, frame: av.VideoFrame | None) -> None:
        """Encode a picture (None: flush the encoder) and write the packets that are ready."""
        try:
            for packet in self._stream.encode(frame):
                packet.duration = self._duration  # counts for the last one: the others last until the next
                self._container.mux(packet)
            self._file.flush()
        except OSError:
            self._broken = True  # the encoder's pictures would come after a hole
            raise

    def close(self) -> Path | None:
        """Finish the film and return its path; None, and no file, if no picture ever came.

        After a full disk it holds what was written before; where there is no room for that either OSError is
        raised and the `.part` stays.
        """
        self._close_part()
        if not self.pictures:
            self.part.unlink()
            return None
        return finalise_film(self.part, self.path, overwrite=self._overwrite)

    def _close_part(self) -> None:
        """Write what the encoder still holds, and the end; a failure after another is not reported again."""
        try:
            if self.pictures and not self._broken:
                self._mux(None)
            self._container.close()
            self._file.close()
        except (OSError, av.error.PyAVCallbackError) as error:
            if not self._broken:
                logger.warning("the last pictures of %s could not be written: %s", self.path, error)
            with contextlib.suppress(OSError):
                self._file.close()

    def _check_space(self) -> None:
        """Stop while there is still room for the copy that `close` makes."""
        free = shutil.disk_usage(self.path.parent).free
        if free < self._file.tell() + _SPARE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def part_path(path: Path) -> Path:
    """`name.mp4` -> `name.mp4.part`."""
    return path.with_name(path.name + PARTIAL_SUFFIX)


def finalise_film(part: Path, path: Path, *, overwrite: bool = False) -> Path | None:
    """Copy the pictures of `part` into `path`, its index at the front, then remove `part`.

    None, and no file, if it holds no picture. Another free name is taken where a file has come to be there
    meanwhile that may not be replaced. Raises FilmError where it is no film; `part` stays then.
    """
    temporary, saved = path.with_name(f"{path.name}.{os.getpid()}.tmp"), None
    try:
        if part.stat().st_size and _copy_pictures(part, temporary):
            saved = place(temporary, path, overwrite=overwrite)
    finally:
        temporary.unlink(missing_ok=True)
    part.unlink()
    return saved


def _copy_pictures(part: Path, path: Path) -> int:
    """Write the encoded pictures as they are, up to the first that is not whole; how many there were."""
    try:
        with av.open(str(part)) as source:
            stream = source.streams.video[0]
            packets = (packet for packet in source.demux(stream) if _is_whole(packet))
            first = next(packets, None)
            return 0 if first is None else _write_packets(itertools.chain([first], packets), stream, path)
    except (av.error.InvalidDataError, IndexError) as error:
        raise FilmError(f"{part} is no film: move it away") from error


def _write_packets(packets: Iterable[av.Packet], stream: av.VideoStream, path: Path) -> int:
    """A film of the encoded pictures of `stream`; how many there were."""
    copied = 0
    with av.open(str(path), "w", format="mp4", options=_FAST) as target:
        copy = target.add_stream_from_template(stream)
        copy.time_base = stream.time_base
        for packet in packets:
            packet.stream = copy
            target.mux(packet)
            copied += 1
    return copied


def _is_whole(packet: av.Packet) -> bool:
    return packet.dts is not None and not packet.is_corrupt


def recover_film(part: Path, *, keep_name: bool = True) -> Path | None:
    """Make the film of what a crash left behind; None if it holds no picture.

    An existing film of that name is not replaced: the recovered one gets another name, as it always does
    without `keep_name`, for when a new film is about to be made under the old name. Raises FilmError where
    `part` is no film, or where another program still writes it.
    """
    with open(part, "rb") as file:
        if not hold(file):
            raise FilmError(f"{part} is being written by another program")
    path = recovered_path(part.with_name(part.name.removesuffix(PARTIAL_SUFFIX)), keep_name=keep_name)
    saved = finalise_film(part, path)
    if saved is None:
        logger.info("%s held no picture of an interrupted film and was removed", part)
    else:
        logger.warning("an interrupted film was recovered from %s: %s", part, saved)
    return saved


def recover_films(folder: Path) -> list[Path]:
    """Recover every interrupted film in a folder; those that cannot be recovered are left, with a warning."""
    saved = []
    for part in sorted(folder.glob(f"*.mp4{PARTIAL_SUFFIX}")):
        try:
            path = recover_film(part)
        except (OSError, FilmError) as error:
            logger.warning("an interrupted film was left alone: %s", error)
            continue
        if path is not None:
            saved.append(path)
    return saved
