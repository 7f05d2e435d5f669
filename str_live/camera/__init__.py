"""Sources of pictures. In: `SourceSettings`, out: `Frame`. No Qt in here, and no cv2 before it is needed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from itertools import count

from str_live.addresses import public_address
from str_live.camera.kinds import is_url, kind_of, plain_spec
from str_live.camera.listing import CameraInfo, find_camera, list_cameras
from str_live.camera.source import Source, SourceEnded, SourceError, SourceLost, frames
from str_live.settings import SourceSettings

__all__ = [
    "SOURCES",
    "CameraInfo",
    "Source",
    "SourceEnded",
    "SourceError",
    "SourceLost",
    "find_camera",
    "frames",
    "kind_of",
    "list_cameras",
    "open_source",
    "plain_spec",
]

logger = logging.getLogger(__name__)

SOURCES: dict[str, str] = {
    "webcam": "webcam:WebcamSource",
    "video": "video:VideoSource",
    "images": "images:ImagesSource",
    "stream": "stream:StreamSource",
    "clip": "clip:clip_source",
    "recording": "recording:RecordingSource",
    "synthetic": "test_pattern:synthetic_source",
}
"""Kind -> module:maker, where maker(settings, epochs) makes a closed Source (webcam: and its CameraInfo).

Imported at first use: main.py sets OpenCV's environment before cv2 is imported."""

Cameras = Callable[[], list[CameraInfo]]


def open_source(
    settings: SourceSettings,
    epoch: int | Iterator[int] = 0,
    *,
    cameras: Cameras = list_cameras,
    before_open: Callable[[Source], None] | None = None,
) -> Source:
    """Find out what `settings.spec` means and open it, in the thread that will read it.

    epoch: the first epoch's number, or an iterator that gives a new one whenever asked.
    cameras: what lists the cameras. before_open: called with each source that is about to be opened.
    Raises SourceError. For '' a camera that cannot be opened is passed over, in the end for the built-in
    clip; the source's `notice` then states the reason.
    """
    epochs = count(epoch) if isinstance(epoch, int) else epoch
    settings = replace(settings, spec=plain_spec(settings.spec))
    if settings.spec == "":
        return _open_automatically(settings, epochs, cameras(), before_open)
    return _opened(_make(settings, epochs, cameras), before_open)


def _open_automatically(
    settings: SourceSettings,
    epochs: Iterator[int],
    cameras: list[CameraInfo],
    before_open: Callable[[Source], None] | None,
) -> Source:
    """The first camera that opens, else the clip."""
    trouble = "" if cameras else "No camera was found."
    for camera in cameras:
        source = _maker("webcam")(replace(settings, spec=camera.stable_id), epochs, camera)
        source.notice = f"{trouble} {camera.name} is used instead." if trouble else ""
        try:
            return _opened(source, before_open)
        except SourceError as error:
            trouble = str(error)
            logger.warning("%s", error)
    try:
        clip = _opened(_maker("clip")(replace(settings, spec="clip"), epochs), before_open)
    except SourceError as error:
        raise SourceError(f"{trouble} {error}") from error
    clip.notice = f"{trouble} The built-in clip is playing."
    logger.warning("%s", clip.notice)
    return clip


def _opened(source: Source, before_open: Callable[[Source], None] | None) -> Source:
    if before_open is not None:
        before_open(source)
    source.open()
    return source


def _make(settings: SourceSettings, epochs: Iterator[int], cameras: Cameras) -> Source:
    """A closed source for a spec that is not ''."""
    kind = kind_of(settings.spec)
    if kind != "webcam":
        spec = settings.spec if is_url(settings.spec) else os.path.expanduser(settings.spec)
        return _maker(kind)(replace(settings, spec=spec), epochs)
    known = cameras()
    camera = find_camera(settings.spec, known)
    if camera is None:
        names = ", ".join(f"{each.name} ({each.stable_id})" for each in known) or "none"
        raise SourceError(
            f"There is no camera, file or folder {public_address(settings.spec)!r}: plug it in or check"
            f" the path (cameras: {names})."
        )
    return _maker(kind)(settings, epochs, camera)


def _maker(kind: str) -> Callable[..., Source]:
    """The maker that SOURCES names for `kind`, imported."""
    module, _, name = SOURCES[kind].partition(":")
    return getattr(import_module(f"{__name__}.{module}"), name)
