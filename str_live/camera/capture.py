"""Manages the sources: switches without a gap, watches for silence, opens lost ones again. No Qt.

In: SourceSettings from the window, out: Frames in a Latest, and events (status.EVENTS).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from str_live.addresses import public_address
from str_live.camera import Source, list_cameras, open_source
from str_live.camera.capture_thread import CaptureThread
from str_live.camera.listing import CameraInfo
from str_live.camera.status import EVENTS, IDLE, SourceStatus, Timeouts
from str_live.camera.transport import Transport, transport_of
from str_live.latest import Latest
from str_live.messages import Frame
from str_live.settings import SourceSettings

__all__ = ["EVENTS", "CameraManager", "CaptureThread", "SourceStatus", "Timeouts"]

logger = logging.getLogger(__name__)


class CameraManager:
    """Owns the capture threads, one per open source, and a watchdog thread that alone decides about them.

    `switch` opens the new source beside the old one, and the first picture of the new ends the old; where
    the new one fails the old one goes on. A device that only one can hold is handed over: the old thread
    closes it first. `switch`, `status`, `announce` and `close` may be called from any thread and do not wait
    for devices; `on_event` is called on the watchdog's thread and must not block.
    """

    def __init__(
        self,
        output: Latest[Frame],
        on_event: Callable[[str, str], None],
        *,
        timeouts: Timeouts | None = None,
        cameras: Callable[[], list[CameraInfo]] | None = None,
        opener: Callable[..., Source] = open_source,
    ) -> None:
        """`cameras` and `opener` stand in for the system's cameras and for `open_source`, in tests."""
        self._output = output
        self._on_event = on_event
        self._timeouts = timeouts or Timeouts()
        self._cameras = cameras or self._list_cameras
        self._opener = opener
        self._epochs = count()
        self._announced: list[tuple[str, str]] | None = None
        self._lock = threading.Lock()
        """Guards `_current`, `_candidate`, `_left`, `_promoted`, `_request` and the hand-over of frames."""
        self._current: CaptureThread | None = None
        self._candidate: CaptureThread | None = None
        self._promoted = False
        self._request: SourceSettings | None = None
        self._left: list[CaptureThread] = []
        # What follows belongs to the watchdog's thread.
        self._retry: CaptureThread | None = None
        self._recovering = False
        self._backoff_s = 0.0
        self._next_attempt_s = 0.0
        self._state = "idle"
        self._reported_notice = ""
        self._closed = threading.Event()
        self._wake = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="camera watchdog", daemon=True)
        self._watchdog.start()

    def switch(self, settings: SourceSettings) -> None:
        """Request another source; of several requests in a row the last one counts."""
        with self._lock:
            self._request = settings
        self._wake.set()

    def announce(self, devices: list[tuple[str, str]]) -> None:
        """Pass on the (id, name) pairs of the cameras as Qt lists them; needed on Windows and macOS only."""
        self._announced = list(devices)

    def status(self) -> SourceStatus:
        """State, source and rate of pictures at this moment."""
        current, state = self._current, self._state
        source = current.source if current is not None else None
        if current is None or source is None:
            return replace(IDLE, state=state)
        recent = current.last_frame_s is not None and time.monotonic() - current.last_frame_s < 2.0
        return SourceStatus(
            state=state,
            name=source.name,
            identity=source.identity,
            mode=source.mode,
            notice=source.notice,
            live=source.live,
            size=source.size,
            fps=source.fps,
            rate=current.rate if recent else 0.0,
            frame_count=source.frame_count,
            position=transport.position if (transport := transport_of(source)) else None,
        )

    @property
    def transport(self) -> Transport | None:
        """The current source's player buttons; None where it has none (a camera)."""
        current = self._current
        return None if current is None else transport_of(current.source)

    def close(self) -> None:
        """Stop everything; returns within `release_s`, whatever hangs; no event or frame comes later."""
        deadline = time.monotonic() + self._timeouts.release_s
        self._closed.set()
        self._wake.set()
        with self._lock:
            threads = [each for each in (self._current, self._candidate, *self._left) if each is not None]
        for thread in threads:
            thread.stop()
        for thread in (self._watchdog, *threads):
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        hung = [thread for thread in threads if thread.is_alive()]
        if hung:
            logger.warning("%d capture thread(s) hang in a driver and are left behind", len(hung))

    # On the capture threads

    def _deliver(self, thread: CaptureThread, frame: Frame) -> None:
        """Hand on a frame of the current source; the first of a candidate makes it the current one."""
        with self._lock:
            if self._closed.is_set() or thread.stopping:
                return
            if thread is self._candidate:
                if self._current is not None:
                    self._current.stop()
                    self._left.append(self._current)
                self._current, self._candidate, self._promoted = thread, None, True
                self._wake.set()
            if thread is not self._current:
                return
            self._output.put(frame)
        source = thread.source
        if source is not None and not source.live and _every_frame_counts(thread, source):
            # No frame of a file is dropped: the reader sets the pace.
            while not (self._output.wait_taken(0.1) or thread.stopping or self._closed.is_set()):
                pass

    def _open(self, settings: SourceSettings) -> Source:
        """What a capture thread opens its source with."""
        return self._opener(settings, self._epochs, cameras=self._cameras, before_open=self._make_room)

    def _make_room(self, source: Source) -> None:
        """Have every other thread that holds this very device close it before `source` opens it."""
        thread = threading.current_thread()
        if not source.live or not isinstance(thread, CaptureThread):
            return
        with self._lock:
            thread.identity = source.identity
            others = [
                each for each in (self._current, *self._left) if each is not None and each is not thread
            ]
        for other in others:
            if other.identity == source.identity and other.is_alive():
                other.stop()
                other.join(self._timeouts.release_s)

    def _list_cameras(self) -> list[CameraInfo]:
        current = self._current
        return list_cameras(self._announced, probe=current is None or not current.identity)

    # On the watchdog's thread

    def _watch(self) -> None:
        while not self._closed.is_set():
            self._wake.wait(self._timeouts.tick_s)
            self._wake.clear()
            try:
                self._note_promotion()
                self._take_request()
                self._check_candidate()
                self._check_current()
                with self._lock:
                    self._left = [thread for thread in self._left if thread.is_alive()]
            except Exception:  # the top of the thread: the watchdog must go on
                logger.exception("the camera watchdog failed once")

    def _emit(self, kind: str, text: str) -> None:
        logger.info("%s: %s", kind, text)
        if not self._closed.is_set():
            self._on_event(kind, text)

    def _start(self, settings: SourceSettings) -> CaptureThread:
        """Start a candidate with these settings, in place of another that may be starting."""
        thread = CaptureThread(settings, self._open, self._deliver)
        with self._lock:
            if self._candidate is not None:
                self._candidate.stop()
                self._left.append(self._candidate)
            self._candidate = thread
            if not self._closed.is_set():
                thread.start()
        return thread

    def _take_request(self) -> None:
        """Start the newest switch that was requested."""
        with self._lock:
            request, self._request = self._request, None
        if request is None:
            return
        self._recovering = False
        if self._current is None:
            self._state = "opening"
        self._start(request)

    def _note_promotion(self) -> None:
        """Report that the candidate has become the current source."""
        with self._lock:
            promoted, self._promoted = self._promoted, False
            thread = self._current
        if not promoted or thread is None or thread.source is None:
            return
        source = thread.source
        self._recovering, self._state = False, "playing"
        if thread is self._retry:
            self._emit("recovered", f"{source.name}: {source.mode}")
            return
        self._emit("opened", f"{source.name}: {source.mode}")
        self._reported_notice = ""
        self._report_notice(source)

    def _report_notice(self, source: Source) -> None:
        """Report the source's notice, and later what the source has added to it."""
        notice = source.notice
        if notice != self._reported_notice:
            added, self._reported_notice = notice.removeprefix(self._reported_notice).strip(), notice
            if added:
                self._emit("notice", added)

    def _check_candidate(self) -> None:
        """Give up a candidate that failed or takes too long."""
        thread = self._candidate
        if thread is None:
            return
        overdue = time.monotonic() - thread.started_s > self._timeouts.first_frame_s
        if thread.is_alive() and not overdue:
            return
        with self._lock:
            if thread is not self._candidate:
                return  # its first frame came just now
            thread.stop()
            self._left.append(thread)
            self._candidate = None
        if thread is self._retry:
            self._next_attempt_s = time.monotonic() + self._backoff_s
            self._backoff_s = min(self._backoff_s * 2, self._timeouts.backoff_last_s)
            return
        if self._current is None:
            self._state = "idle"
        spec = public_address(thread.settings.spec) or "the camera"
        self._emit(
            "error",
            thread.error or f"No picture came from {spec}: plug it in again or choose another source.",
        )

    def _check_current(self) -> None:
        """Watch the current source, and reopen a lost one."""
        thread = self._current
        if thread is None or thread.source is None or self._candidate is not None:
            return
        self._report_notice(thread.source)
        if self._recovering:
            if time.monotonic() >= self._next_attempt_s:
                self._retry = self._start(replace(thread.settings, spec=thread.source.identity))
        elif thread.is_alive() and not thread.stopping:
            self._check_stall(thread, thread.source)
        elif thread.source.live:
            self._begin_recovery(thread, thread.error or f"{thread.source.name} was closed")
        elif self._state != "ended":
            self._state = "ended"
            self._emit(
                "error" if thread.error else "ended", thread.error or f"{thread.source.name} has ended."
            )

    def _check_stall(self, thread: CaptureThread, source: Source) -> None:
        """Report when a live source falls silent, and reopen it when that lasts."""
        if not source.live or thread.last_frame_s is None:
            return
        silent_s = time.monotonic() - thread.last_frame_s
        usual_s = 3 / source.fps if source.fps else 0.0
        if silent_s > max(self._timeouts.reopen_s, usual_s):
            thread.stop()
            self._begin_recovery(thread, f"{source.name} has given no picture for {silent_s:.0f} s.")
        elif silent_s > max(self._timeouts.stalled_s, usual_s):
            if self._state != "stalled":
                self._state = "stalled"
                self._emit("stalled", f"{source.name} has stopped giving pictures.")
        elif self._state == "stalled":
            self._state = "playing"
            self._emit("recovered", f"{source.name}: {source.mode}")

    def _begin_recovery(self, thread: CaptureThread, reason: str) -> None:
        """Try to open the source of `thread` again, at growing intervals, until it is back."""
        assert thread.source is not None
        self._recovering, self._state = True, "waiting"
        self._backoff_s = self._timeouts.backoff_first_s
        self._next_attempt_s = time.monotonic() + self._backoff_s
        self._emit("waiting", f"Waiting for {thread.source.name}. {reason}")


def _every_frame_counts(thread: CaptureThread, source: Source) -> bool:
    """Whether a file is read as fast as its frames are taken: throughout, or after a jump."""
    transport = transport_of(source)
    return not thread.settings.realtime or (transport is not None and transport.settling)
