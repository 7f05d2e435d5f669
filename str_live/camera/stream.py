"""Pictures over a network: MJPEG over HTTP, RTSP, whatever FFmpeg plays. In: a URL, out: Frame."""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2

from str_live.addresses import holds_secret, public_address
from str_live.camera.source import Source, SourceError, SourceLost
from str_live.messages import Frame
from str_live.settings import SourceSettings

PASSWORD_HINT = " If it wants a password, give the whole address again: passwords are not stored."


PLAYABLE_SCHEMES = {
    *("http", "https", "ftp", "rtsp", "rtsps", "rtp", "rtmp", "rtmps", "rtmpt"),
    *("udp", "tcp", "tls", "mms", "mmsh", "mmst"),
}
"""What the FFmpeg in OpenCV's wheel speaks."""


class StreamSource(Source):
    """A live stream. When nothing comes for `read_timeout_s` it raises SourceLost: open it again then."""

    live = True

    def __init__(
        self,
        settings: SourceSettings,
        epochs: Iterator[int],
        *,
        open_timeout_s: float = 8.0,
        read_timeout_s: float = 3.0,
    ) -> None:
        self._url = settings.spec
        self._epochs = epochs
        self._timeouts = (open_timeout_s, read_timeout_s)
        self._capture: cv2.VideoCapture | None = None
        self._epoch = 0
        self._index = 0
        self._opened_ns = 0
        self.name = public_address(settings.spec)
        self.identity = settings.spec

    def open(self) -> None:
        """See Source.open; ends after `open_timeout_s` at the latest."""
        if self._capture is not None:
            return
        _check_scheme(self._url)
        open_ms, read_ms = (int(seconds * 1e3) for seconds in self._timeouts)
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, open_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, read_ms]
        capture = cv2.VideoCapture(self._url, cv2.CAP_FFMPEG, timeouts)
        if not capture.isOpened():
            capture.release()
            raise SourceError(
                f"Nothing to play at {self.name}: is the address right and the camera switched on?"
                f"{'' if holds_secret(self._url) else PASSWORD_HINT}"
            )
        self._capture = capture
        self._epoch, self._index, self._opened_ns = next(self._epochs), 0, time.perf_counter_ns()
        stated = capture.get(cv2.CAP_PROP_FPS)
        self.fps = stated if 0.1 < stated < 1000 else 0.0
        self.size = (int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        self.mode = f"{self.size[0]} x {self.size[1]} stream"

    def read(self) -> Frame | None:
        """See Source.read; waits for a picture, `read_timeout_s` at most."""
        assert self._capture is not None, "read before open"
        if not self._capture.grab():
            raise SourceLost(f"The stream {self.name} has stopped.")
        captured_ns = time.perf_counter_ns()
        decoded, image = self._capture.retrieve()
        if not decoded or image is None or not image.size:
            return None
        self.size = (image.shape[1], image.shape[0])
        index = self._index
        self._index += 1
        return Frame(image, index, (captured_ns - self._opened_ns) / 1e9, captured_ns, self._epoch)

    def close(self) -> None:
        """See Source.close."""
        if self._capture is not None:
            self._capture.release()
        self._capture = None


def _check_scheme(url: str) -> None:
    """Refuse what FFmpeg was built without, with a way round."""
    scheme = url.partition("://")[0].lower()
    if scheme not in PLAYABLE_SCHEMES:
        raise SourceError(
            f"Addresses that begin with {scheme}:// cannot be played here: let ffmpeg pass the stream on"
            " (`ffmpeg -i ADDRESS -c copy -f mpegts udp://127.0.0.1:5000`) and open udp://127.0.0.1:5000."
        )
