"""Opens films and chooses their stream of pictures. In: path or URL, out: PyAV's container and stream."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from str_live.camera.kinds import is_url
from str_live.camera.source import SourceError

OPEN_TIMEOUT_S, READ_TIMEOUT_S = 8.0, 10.0
"""For films that lie on a server."""
LARGEST_PIXELS = 2**27
"""Of a picture: what claims to be larger is damaged or meant to fill the memory."""
MOST_THREADS = 4
_CONVERT = "convert it to MP4 (H.264)"


def open_container(spec: str) -> tuple[InputContainer, VideoStream, ExitStack]:
    """The open film, its stream of pictures ready to decode, and what closes all; raises SourceError."""
    name = film_name(spec)
    check_file(spec)
    with ExitStack() as opened:
        try:
            container = opened.enter_context(_open(spec, opened))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise SourceError(_why_not(spec, name, error)) from error
        stream = _best_stream(container, name)
        codec = stream.codec_context
        codec.options = {"max_pixels": str(LARGEST_PIXELS)}
        codec.thread_type = "AUTO"
        codec.thread_count = decoder_threads()
        return container, stream, opened.pop_all()


def film_name(spec: str) -> str:
    """The film's name in the window and in messages: no folder, no password."""
    return Path(spec.partition("?")[0] if is_url(spec) else spec).name


def check_file(spec: str) -> None:
    """Refuse what is no file with content, in words; URLs are left to FFmpeg."""
    if is_url(spec):
        return
    file = Path(spec)
    if not file.is_file():
        raise SourceError(f"There is no file {spec}: check the path.")
    if file.stat().st_size == 0:
        raise SourceError(f"{file.name} is empty: choose another video file.")


def decoder_threads() -> int:
    """Half of the cores at most: inference needs the others."""
    return max(1, min((os.cpu_count() or 1) // 2, MOST_THREADS))


def _open(spec: str, opened: ExitStack) -> InputContainer:
    """PyAV's container; a file that it does not close itself is added to `opened`."""
    if is_url(spec):
        return av.open(spec, timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S), metadata_errors="replace")
    # An absolute path: FFmpeg takes what stands before a colon for a protocol. And no more than this file is
    # read, whatever a playlist in it asks for.
    path, options = os.path.abspath(spec), {"protocol_whitelist": "file"}
    try:
        path.encode()
    except UnicodeEncodeError:  # a name that is not UTF-8
        file = opened.enter_context(open(path, "rb"))  # noqa: SIM115 - closed with the container
        return av.open(file, "r", metadata_errors="replace")
    return av.open(path, options=options, metadata_errors="replace")


def _best_stream(container: InputContainer, name: str) -> VideoStream:
    """The stream that players choose; an audio file's cover is none."""
    films = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not films:
        raise SourceError(f"{name} holds no film: choose a video file.")
    playable = [stream for stream in films if stream.codec_context is not None]
    if not playable:
        codec = _codec_text(container)
        raise SourceError(f"The film in {name} has a codec that is not known here{codec}: {_CONVERT}.")
    best = container.streams.best("video")
    return next((stream for stream in playable if stream is best), _largest(playable))


def _codec_text(container: InputContainer) -> str:
    """' (dvh9)': the four letters by which the file names its codec, where FFmpeg prints them."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)  # FFmpeg prints it in its log only
    try:
        found = re.search(r"Video: .*?\((\w{4}) / 0x", container.dumps_format())
    finally:
        av.logging.set_level(level)
    return f" ({found[1]})" if found else ""


def _largest(streams: Sequence[VideoStream]) -> VideoStream:
    return max(streams, key=lambda stream: stream.codec_context.width * stream.codec_context.height)


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def _why_not(spec: str, name: str, error: Exception) -> str:
    """One sentence on what FFmpeg could not open."""
    if isinstance(error, av.HTTPError | ConnectionError | av.ExitError | TimeoutError) or (
        is_url(spec) and not isinstance(error, av.InvalidDataError)
    ):
        return f"{name} cannot be fetched ({_reason(error)}): is the address right and the server running?"
    if isinstance(error, PermissionError):
        return f"{name} may not be read: change its permissions or choose another video file."
    if is_url(spec):
        return f"{name} is not a video that can be read: {_CONVERT}."
    return _what_it_is(Path(spec), name)


def _what_it_is(path: Path, name: str) -> str:
    """The sentence for a local file that is no film, by what it begins with."""
    try:
        with open(path, "rb") as file:
            start = file.read(512)
    except OSError as error:
        return f"{name} cannot be read ({error.strerror}): check the disk or choose another video file."
    if start.startswith(b"version https://git-lfs"):
        return f"{name} is only a pointer of Git LFS: fetch the film itself with `git lfs pull`."
    if start.lstrip().lower().startswith((b"<!doctype html", b"<html", b"<?xml")):
        return f"{name} holds a web page, not a film: download it again, logged in if need be."
    if start[4:8] in (b"ftyp", b"mdat", b"moov", b"wide", b"free"):
        return (
            f"{name} is cut short or was never finished, its index is missing: copy it again whole, or"
            " repair it (with untrunc)."
        )
    return f"{name} is not a video that can be read: {_CONVERT}."


def _reason(error: Exception) -> str:
    """FFmpeg's own words, without its numbers and the address, which may hold a password."""
    return (getattr(error, "strerror", None) or type(error).__name__).lower()
