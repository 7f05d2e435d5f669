"""The recorder thread: takes BodyResults from a bounded queue and never makes the inference thread wait."""

from __future__ import annotations

import contextlib
import errno
import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from str_live.messages import BodyResult, RecordingInfo
from str_live.record.npz import NpzRecorder, journal_path

if TYPE_CHECKING:
    from str_live.record import Recorder

logger = logging.getLogger(__name__)

_FLUSH_SECONDS = 0.5


class CannotRecord(Exception):
    """The recorder cannot start. The message is one sentence with the reason and a remedy."""


class RecordingWriter:
    """Records in a thread of its own from `start` to `stop`, or until the disk is full.

    `on_event(kind, text)` is called from that thread: ('saved', path), or ('error', one sentence) and then
    ('saved', path) if something could be saved.
    """

    def __init__(
        self,
        path: Path,
        info: RecordingInfo,
        on_event: Callable[[str, str], None],
        *,
        recorder: Recorder | None = None,
        capacity: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.dropped = 0
        """Frames that came while the queue was full."""
        self.written = 0
        """Frames written so far."""
        self.saved: Path | None = None
        """The finished file, once there is one."""
        self._info = info
        self._on_event = on_event
        self._recorder: Recorder = NpzRecorder() if recorder is None else recorder
        self._queue: queue.Queue[BodyResult | None] = queue.Queue(capacity or self._recorder.capacity)
        self._stopping = threading.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> RecordingWriter:
        """Begin; returns itself."""
        self._thread.start()
        return self

    def has_begun(self) -> bool:
        """Wait until the recorder is ready; False where it cannot record, which `on_event` reports."""
        self._begun.wait()
        return self.running

    @property
    def running(self) -> bool:
        """Whether frames are still taken: False after `stop` and after a full disk."""
        return self._thread.is_alive() and not self._stopping.is_set()

    def put(self, result: BodyResult, *, wait: bool = False) -> None:
        """Hand over a frame; any thread. With a full queue it waits (`wait`), or drops and counts it."""
        while self.running:
            try:
                self._queue.put(result, timeout=0.1 if wait else 0)
                return
            except queue.Full:
                if not wait:
                    self.dropped += 1
                    return

    def stop(self, timeout: float | None = 30.0) -> None:
        """Write what is in the queue, close the file and wait for it (None: however long that takes)."""
        self._stopping.set()
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)  # wakes the thread
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        """The recorder thread."""
        sentence = ""
        try:
            self._recorder.start(self.path, self._info)
            self._begun.set()
            self._write_all()
        except CannotRecord as error:
            sentence = str(error)
        except (OSError, ValueError) as error:
            sentence = self._sentence(error)
        except Exception as error:  # top of a thread
            logger.exception("the recorder failed")
            sentence = f"The {self._recorder.noun} failed and was stopped: {error}."
        self._stopping.set()
        self._begun.set()
        if sentence:
            logger.warning("%s", sentence)
            self._on_event("error", sentence)
        self._save(silent=bool(sentence))

    def _write_all(self) -> None:
        """Write frames until `stop` was called and the queue is empty."""
        while not (self._stopping.is_set() and self._queue.empty()):
            try:
                result = self._queue.get(timeout=_FLUSH_SECONDS if not self._stopping.is_set() else 0)
            except queue.Empty:
                self._recorder.flush()
                continue
            if result is not None:
                self._recorder.write(result)
                self.written += 1

    def _save(self, *, silent: bool) -> None:
        """Close the file and report its path; `silent`: an empty one was explained already."""
        try:
            path = self._recorder.stop()
        except Exception as error:  # top of a thread
            logger.exception("the %s could not be finished", self._recorder.noun)
            self._on_event(
                "error",
                f"The {self._recorder.noun} could not be finished ({_reason(error)}): what was written "
                f"is in {journal_path(self.path)}; {self._recorder.remedy}.",
            )
            return
        self.saved = path
        if path is not None:
            self._on_event("saved", str(path))
        elif not silent:
            self._on_event("error", "Nothing was recorded: no frame came.")

    def _sentence(self, error: Exception) -> str:
        """One clear sentence for the user."""
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return f"The disk is full: the {self._recorder.noun} was stopped after {self.written} frames."
        return f"The {self._recorder.noun} was stopped after {self.written} frames: {_reason(error)}."


def _reason(error: Exception) -> str:
    """What went wrong, without the error's number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)
