"""The program without its window: cameras, inference and recorder on threads of their own. No Qt, no GL.

    cameras --Latest[Frame]--> inference (an Engine) --Latest[BodyResult]--> whoever shows them
                                         '--bounded queue--> recorder, while recording

In: frozen Settings through `configure`, read at the top of each tick. Out: `results`, `status`, rare Events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from str_live.addresses import public_text
from str_live.body.skinning import Body
from str_live.body.smpl_files import find_body_files
from str_live.camera.capture import CameraManager
from str_live.camera.transport import Transport
from str_live.latest import Latest
from str_live.live.inference_thread import InferenceThread, Loaders
from str_live.live.status import SessionStatus, WriterStatus
from str_live.live.switches.meter import SwitchFigures
from str_live.live.switches.watch import SwitchWatch
from str_live.messages import Alternatives, BodyResult, Frame
from str_live.record import Recorder, RecordingInfo, RecordingWriter, recorder_of
from str_live.settings import Settings, StreamSettings
from str_live.stream.senders import StreamSenders
from str_live.weights.load import unavailable_front_ends

EVENT_KINDS = {"opened": "source", "recovered": "source", "waiting": "stalled"}
"""Kinds of the cameras' events that have another name here."""

CONTEXT_S = 0.5
"""What is played before the aim of a jump: the network's window is sixteen thirtieths of a second long."""
FINISH_S = 120.0
"""For a recording to be made whole when the program ends. One that hangs for longer is left as a journal."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something rare that a person wants to know."""

    kind: str
    """'source', 'stalled', 'notice', 'people', 'error', 'saved', 'filmed' or 'ended'."""
    text: str
    """One sentence; the path for 'saved' and 'filmed'; name and mode for 'source'."""


class LiveSession:
    """From settings to results. Its methods may be called from any thread and, `stop` excepted, do not wait.

    `on_event` is called from several threads and must not block. `make_cameras(frames, on_event)` and
    `loaders` stand in for the real ones in tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_event: Callable[[Event], None],
        make_cameras: Callable[[Latest[Frame], Callable[[str, str], None]], CameraManager] = CameraManager,
        loaders: Loaders | None = None,
    ) -> None:
        self.results: Latest[BodyResult] = Latest()
        """The newest result: a slow reader skips some, and never gets an old one."""
        self._settings = settings
        self._on_event = on_event
        self._frames: Latest[Frame] = Latest()
        self._found_bodies = {
            f"SMPL {gender} ({path.name})": str(path) for gender, path in find_body_files().items()
        }
        self._recorder: RecordingWriter | None = None
        self._film: RecordingWriter | None = None
        self._switches: SwitchWatch | None = None
        self._streams = StreamSenders(lambda text: self._emit("error", text))
        self._streamed: tuple[StreamSettings, Body] | None = None
        """What the streams were last configured with."""
        self._source: tuple[int, str] = (-1, "")
        """Epoch and identity of the source of the newest recorded result."""
        self._inference = InferenceThread(
            self._frames, lambda: self._settings, self._deliver, self._emit, loaders
        )
        self._cameras = make_cameras(self._frames, self._camera_event)

    def start(self) -> None:
        """Open the source and begin."""
        self._inference.start()
        self._cameras.switch(self._settings.source)

    def stop(self, timeout: float = 5.0) -> bool:
        """End all threads and save a running recording; whether all of them ended in time.

        Threads are waited for `timeout` seconds; a recording that is being made whole, `FINISH_S` more.
        """
        deadline = time.monotonic() + timeout
        self._inference.stop()
        self._frames.close()
        self._cameras.close()
        if self._inference.ident is not None and self._inference is not threading.current_thread():
            self._inference.join(max(deadline - time.monotonic(), 0.0))
        for writer in (self._recorder, self._film):
            if writer is not None:
                writer.stop(FINISH_S)
        self._streams.stop()
        self.results.close()
        recording = _running(self._recorder) or _running(self._film)
        return not self._inference.is_alive() and not recording

    def configure(self, settings: Settings) -> None:
        """Take other settings from the next frame on; another source is opened beside the running one."""
        old, self._settings = self._settings, settings
        if settings.source != old.source:
            self._cameras.switch(settings.source)
        self._follow_streams()

    def announce(self, devices: list[tuple[str, str]]) -> None:
        """Tell the (id, name) pairs of the cameras as Qt sees them."""
        self._cameras.announce(devices)

    def watch_switches(self, wish: Alternatives | None) -> None:
        """Run other networks beside those shown, and measure how they differ; None ends that.

        Results then have `alternatives`. Whose whole body is wanted may change: the figures go on.
        """
        if wish is None:
            self._switches = None
        elif self._switches is None:
            self._switches = SwitchWatch()
        self._inference.alternatives = wish

    @property
    def switch_figures(self) -> SwitchFigures | None:
        """Means over what has played since `watch_switches`; None before the first frame."""
        watch = self._switches
        return None if watch is None else watch.figures

    @property
    def transport(self) -> Transport | None:
        """The player buttons of a film or recording; None while a camera is the source."""
        transport = self._cameras.transport
        if transport is not None:
            transport.set_context(CONTEXT_S, self._settings.lookahead / 30)
        return transport

    def mesh(self) -> tuple[np.ndarray, np.ndarray] | None:
        """(F, 3) int32 faces, (V,) the joint that moves each vertex most; None while no body is loaded."""
        return self._inference.status.mesh

    def start_recording(self, path: Path | str) -> None:
        """Record everybody from now on; RuntimeError while another recording runs."""
        recorder = recorder_of(self._people)
        self._recorder = self._start_writer(Path(path), recorder, self._recorder, self._emit)

    @property
    def _people(self) -> int:
        """How many are followed."""
        return self._settings.people or self._inference.people

    def stop_recording(self) -> None:
        """End the recording; the event 'saved' follows when the file is whole."""
        if self._recorder is not None:
            self._recorder.stop(timeout=0.0)

    def start_film(self, path: Path | str, recorder: Recorder) -> None:
        """Film results from now on, as `recorder` keeps up; RuntimeError while another film runs."""

        def on_event(kind: str, text: str) -> None:
            self._emit("filmed" if kind == "saved" else kind, text)

        self._film = self._start_writer(Path(path), recorder, self._film, on_event)

    def stop_film(self) -> None:
        """End the film; the event 'filmed' follows when the file is whole."""
        if self._film is not None:
            self._film.stop(timeout=0.0)

    def _start_writer(
        self,
        path: Path,
        recorder: Recorder,
        before: RecordingWriter | None,
        on_event: Callable[[str, str], None],
    ) -> RecordingWriter:
        """A writer that runs, in the place of one that has ended."""
        if running := _running(before):
            raise RuntimeError(f"{running.path} is still being recorded: stop that first")
        inference, network = self._inference.status, self._inference.status.network
        # The networks that run may be others than those in the settings; while nothing is loaded none run.
        wished = replace(self._settings, people=self._people)
        settings = wished.running(network.networks) if network else wished
        weights, source = network.name if network else "", self._cameras.status()
        info = RecordingInfo(settings, weights, inference.body_name, source.identity)
        return RecordingWriter(path, info, on_event, recorder=recorder).start()

    def status(self) -> SessionStatus:
        """How things stand now."""
        return SessionStatus(
            source=self._cameras.status(),
            inference=self._inference.status,
            frames_dropped=self._frames.dropped,
            recording=_status_of(self._recorder),
            film=_status_of(self._film),
            streams=self._streams.status,
            found_bodies=self._found_bodies,
            unavailable_front_ends=unavailable_front_ends(self._settings.backbone, self._settings.weights),
        )

    def _deliver(self, result: BodyResult) -> None:
        """On the inference thread."""
        for writer in (self._recorder, self._film):
            if writer is not None:
                writer.put(self._with_source(result))
        if (watch := self._switches) is not None:
            watch.add(self._with_source(result))
        self._follow_streams()
        self._streams.put(result)
        self.results.put(result)  # last: what is on screen is recorded

    def _follow_streams(self) -> None:
        """Start and stop streams as settings and body change, on a thread of its own: names are looked up."""
        stream, body, before = self._settings.stream, self._inference.body, self._streamed
        if body is None or (before is not None and before[0] == stream and before[1] is body):
            return
        self._streamed = stream, body
        threading.Thread(target=self._configure_streams, name="streams", daemon=True).start()

    def _configure_streams(self) -> None:
        assert self._streamed is not None
        for sentence in self._streams.configure(*self._streamed):
            self._emit("error", sentence)

    def _with_source(self, result: BodyResult) -> BodyResult:
        """The result with what it was made from, which the engine does not know."""
        if result.made_by is None:
            return result
        if result.frame.epoch != self._source[0]:
            self._source = result.frame.epoch, self._cameras.status().identity
        return replace(result, made_by=replace(result.made_by, source=self._source[1]))

    def _camera_event(self, kind: str, text: str) -> None:
        """On the cameras' watchdog thread."""
        if kind == "ended":
            self._inference.end_of_source(text)
        else:
            self._emit(EVENT_KINDS.get(kind, kind), text)

    def _emit(self, kind: str, text: str) -> None:
        self._on_event(Event(kind, public_text(text)))


def _running(writer: RecordingWriter | None) -> RecordingWriter | None:
    """The writer while it takes frames."""
    return writer if writer is not None and writer.running else None


def _status_of(writer: RecordingWriter | None) -> WriterStatus | None:
    """How far a writer is; None where it takes no frames."""
    running = _running(writer)
    return WriterStatus(running.path, running.written, running.dropped) if running else None
