"""The thread that owns one source: opens it, reads it, closes it. Out: Frames to whoever made it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from str_live.camera.source import Source, SourceEnded, SourceError
from str_live.messages import Frame
from str_live.settings import SourceSettings
from str_live.stats import RateMeter

logger = logging.getLogger(__name__)


class CaptureThread(threading.Thread):
    """Reads one source until it is stopped, ends or fails.

    Attributes may be read from any thread; each is written by this thread alone. It is a daemon: one that
    hangs in a driver is left behind rather than waited for.
    """

    def __init__(
        self,
        settings: SourceSettings,
        opener: Callable[[SourceSettings], Source],
        deliver: Callable[[CaptureThread, Frame], None],
    ) -> None:
        """`opener` returns the open source, `deliver` takes each frame; both run on this thread."""
        super().__init__(name="capture", daemon=True)
        self.settings = settings
        self._opener = opener
        self._deliver = deliver
        self._stopping = threading.Event()
        self._meter = RateMeter()
        self.source: Source | None = None
        """Once it is open."""
        self.started_s = time.monotonic()
        self.last_frame_s: float | None = None
        """time.monotonic() of the newest frame."""
        self.rate = 0.0
        """Frames a second over the last two seconds, as of the newest frame."""
        self.identity = ""
        """Of the live source that it holds or is about to open; '' for files, which any number may read."""
        self.error: str | None = None
        """Why it failed, one sentence."""
        self.ended = False
        """The source came to its end."""

    def stop(self) -> None:
        """Ask the thread to close its source and end; any thread, returns at once."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def run(self) -> None:
        """Open, read, close."""
        try:
            source = self._opener(self.settings)
        except SourceError as error:
            self.error = str(error)
            return
        except Exception as error:  # the top of the thread: report, never die silently
            logger.exception("opening a source failed")
            self.error = f"The source cannot be opened: {error}."
            return
        self.source = source
        try:
            self._read(source)
        except SourceEnded:
            self.ended = True
        except SourceError as error:
            self.error = str(error)
        except Exception as error:
            logger.exception("reading %s failed", source.name)
            self.error = f"{source.name} failed: {error}."
        finally:
            source.close()

    def _read(self, source: Source) -> None:
        while not self._stopping.is_set():
            frame = source.read()
            if frame is None:
                continue
            self.last_frame_s = time.monotonic()
            self._meter.tick()
            self.rate = self._meter.rate()
            self._deliver(self, frame)
