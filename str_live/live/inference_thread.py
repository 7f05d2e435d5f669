"""The inference thread: newest frame in, results out, network and body loaded and exchanged on the way.

It alone owns the Engine with all that is in it: network, body, window, smoothing, measurements. The detector
works on a thread of its own, which takes the newest frame while the one before goes through the network.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from str_live.body.skinning import Body
from str_live.latest import Latest
from str_live.live.detector_half import Detected
from str_live.live.detector_thread import DetectorThread
from str_live.live.engine import Engine
from str_live.live.pace import HeadStart, Pace
from str_live.live.status import InferenceStatus
from str_live.messages import Alternatives, BodyResult, Frame
from str_live.network.runner import NetworkRunner
from str_live.person.choose import check_detector
from str_live.person.landmark_model import DetectorError
from str_live.person.tracker import Tracker
from str_live.settings import AUTOMATIC, Settings
from str_live.stats import RateMeter
from str_live.weights.load import Parts, join_parts, load_body_for, load_model_for, missing_networks
from str_live.weights.own import WeightsError

logger = logging.getLogger(__name__)

Loaded = TypeVar("Loaded")

WAIT_S = 0.1
"""Longest wait for a frame in one go, so that new settings and the end are noticed soon."""
PUBLISH_S = 0.2
"""Time between two renewals of the status: medians over rings cost something."""


class _Look(NamedTuple):
    """What the detector's thread comes back with."""

    frame: Frame | None
    """None: no new one came."""
    detected: Detected | None
    """None: the settings have changed, and are to be followed first."""


class Loaders(Protocol):
    """Where detector, network and body come from; replaced in tests. Called on the inference thread."""

    def tracker(self) -> Tracker | None: ...

    def model(self, settings: Settings) -> NetworkRunner: ...

    def body(self, settings: Settings) -> Body: ...


class RealLoaders:
    """Network and body from their files, mediapipe as the detector."""

    def tracker(self) -> None:
        """The engine takes one for as many people as the settings say."""

    def model(self, settings: Settings) -> NetworkRunner:
        """See `load_model_for`."""
        return load_model_for(settings)

    def body(self, settings: Settings) -> Body:
        """See `load_body_for`."""
        return load_body_for(settings)


class InferenceThread(threading.Thread):
    """Processes the newest frame again and again until it is stopped.

    `settings()` is read at the top of each tick; `deliver(result)` and `report(kind, text)` are called on
    this thread and must not block.
    """

    def __init__(
        self,
        frames: Latest[Frame],
        settings: Callable[[], Settings],
        deliver: Callable[[BodyResult], None],
        report: Callable[[str, str], None],
        loaders: Loaders | None = None,
    ) -> None:
        super().__init__(name="inference", daemon=True)
        self.status = InferenceStatus()
        self.alternatives: Alternatives | None = None
        """What else is to run for the followed person, read at each tick; any thread may replace it."""
        self._frames, self._read_settings = frames, settings
        self._deliver_one, self._report = deliver, report
        self._loaders = loaders or RealLoaders()
        self._model: NetworkRunner | None = None
        self._body: Body | None = None
        self._stopping = threading.Event()
        self._rate = RateMeter()
        self._published_s = 0.0
        self._read: Settings | None = None
        self._usable = Settings()
        self._pace = Pace()
        self._head_start = HeadStart()
        self._checked_detector, self._detector_works = "", True
        self._end_text = ""
        self._epoch = -1
        self._count = 0
        """Number of the frame that the detector took last."""
        self._model_key: tuple[object, ...] = ()
        self._body_key: tuple[object, ...] = ()
        self._missing: tuple[str, ...] = ()

    @property
    def body(self) -> Body | None:
        """The body in use; None before it is loaded."""
        return self._body

    @property
    def people(self) -> int:
        """How many are followed where none are chosen."""
        return self._pace.people

    def stop(self) -> None:
        """Ask it to end; any thread, returns at once."""
        self._stopping.set()

    def end_of_source(self, text: str) -> None:
        """The source has ended: report it once the last results are out. Any thread."""
        self._end_text = text

    def run(self) -> None:
        """Load, then process until stopped."""
        try:
            engine = Engine(self._settings(), Parts(), tracker=self._loaders.tracker())
            try:
                self._loop(engine)
            finally:
                engine.close()
        except Exception as error:  # the top of the thread: report, never die silently
            logger.exception("inference failed")
            self._report(
                "error", f"Inference stopped ({error or type(error).__name__}): restart the program."
            )

    def _settings(self) -> Settings:
        """The settings as they stand, with as many people as keep pace where none are chosen, and without a
        detector that cannot be used: that is said once."""
        settings = self._read_settings()
        if settings is self._read:
            return self._usable
        self._read = self._usable = settings
        if settings.detector != self._checked_detector:
            self._checked_detector, self._detector_works = settings.detector, self._check(settings.detector)
            self._pace = Pace()
        if settings.people == AUTOMATIC:
            self._usable = replace(self._usable, people=self._pace.people)
        if not self._detector_works:
            self._usable = replace(self._usable, detector="")
        return self._usable

    def _check(self, detector: str) -> bool:
        """Whether a detector can be used; what keeps it from that is said."""
        try:
            if detector:
                check_detector(detector)
        except DetectorError as error:
            self._report("error", str(error))
            return False
        return True

    def _loop(self, engine: Engine) -> None:
        self._follow_settings(engine)
        with DetectorThread[_Look]() as thread:
            thread.begin(lambda: self._look(engine, after_s=0.0))
            while not self._stopping.is_set():
                frame, detected = thread.result()
                if detected is None:  # nothing is between the halves
                    self._follow_settings(engine)
                    if frame is not None:
                        thread.begin(lambda frame=frame: _Look(frame, engine.detect(frame)))
                        _, detected = thread.result()
                    elif self._end_text:
                        self._end(engine)
                after_s = 0.0 if detected is None else self._head_start.seconds
                thread.begin(lambda after_s=after_s: self._look(engine, after_s=after_s))
                if detected is not None:
                    self._note_epoch(detected.frame)
                    engine.alternatives = self.alternatives
                    start = time.perf_counter()
                    self._deliver(engine.infer(detected))
                    self._rate.tick()
                    self._note_times(detected, (time.perf_counter() - start) * 1e3)
                self._publish(engine)

    def _look(self, engine: Engine, *, after_s: float) -> _Look:
        """On the detector's thread: the newest frame, with its people unless the settings have changed."""
        self._stopping.wait(after_s)
        self._count, frame = self._frames.get(self._count, WAIT_S)
        changed = self._read_settings() is not self._read or self._usable is not engine.settings
        if frame is None or changed:
            return _Look(frame, None)
        return _Look(frame, engine.detect(frame))

    def _note_times(self, detected: Detected, network_ms: float) -> None:
        """Learn from a tick when the detector is to begin, and how many people keep pace."""
        detector_ms = detected.stages_ms.get("person")
        if detector_ms is None:  # a recording is shown
            return
        self._head_start.note(detector_ms, network_ms)
        if any(person is not None for person in detected.people.values()):
            self._choose_people(detector_ms, network_ms)

    def _choose_people(self, detector_ms: float, network_ms: float) -> None:
        """Once ticks with one person have shown how many keep pace, follow as many where none are chosen."""
        if self._read is not None and self._read.people != AUTOMATIC:
            return
        if self._pace.note(detector_ms, network_ms):
            self._usable = replace(self._usable, people=self._pace.people)
            logger.info("%s", self._pace.reason)
            self._report("people", self._pace.reason)

    def _end(self, engine: Engine) -> None:
        """Give what is owed, and report the end of the source."""
        text, self._end_text = self._end_text, ""
        self._deliver(engine.flush())
        self._report("ended", text)

    def _note_epoch(self, frame: Frame) -> None:
        """The end of a source that was replaced since is not reported any more."""
        if frame.epoch != self._epoch:
            self._epoch, self._end_text = frame.epoch, ""

    def _deliver(self, results: list[BodyResult]) -> None:
        for result in results:
            self._deliver_one(result)

    def _follow_settings(self, engine: Engine) -> None:
        """Take the settings of this tick; load what they change. What fails leaves the old one running."""
        settings = self._settings()
        if settings is engine.settings and self._model_key:
            return
        engine.configure(settings)
        where = settings.device, settings.precision
        model_key = (settings.front_end, settings.weights, settings.backbone, *where)
        body_key = (settings.body, settings.device)
        if (model_key, body_key) != (self._model_key, self._body_key):
            self.status = replace(self.status, loading=True)
            if body_key != self._body_key:
                self._body = self._load(self._loaders.body, settings) or self._body
            if model_key != self._model_key:
                self._model = self._load(self._loaders.model, settings) or self._model
            self._model_key, self._body_key = model_key, body_key
            self._deliver(engine.use(join_parts(self._model, self._body)))
            engine.warm_up()
            self._published_s = 0.0
            self._publish(engine)
        self._report_missing(engine)

    def _report_missing(self, engine: Engine) -> None:
        """Report once that a network in the settings has no weights, and what runs in its place."""
        model, settings = self._model, engine.settings
        chosen = [variant.network.temporal for variant in settings.variants.values()]
        reasons = {} if model is None else missing_networks(model.info)
        missing = tuple(reasons[name] for name in dict.fromkeys(chosen) if name in reasons)
        if missing and missing != self._missing:
            self._report("notice", f"{'. '.join(missing)}. Until then each frame stands alone.")
        self._missing = missing

    def _load(self, load: Callable[[Settings], Loaded], settings: Settings) -> Loaded | None:
        """What `load` gives, or None and an event with its sentence."""
        try:
            return load(settings)
        except (WeightsError, ValueError, RuntimeError, OSError) as error:
            logger.warning("%s", error)
            self._report("error", str(error))
            return None

    def _publish(self, engine: Engine) -> None:
        """Renew the status from time to time."""
        now = time.perf_counter()
        if now - self._published_s < PUBLISH_S:
            return
        self._published_s = now
        network, body = self._model and self._model.info, self._body
        self.status = InferenceStatus(
            loading=False,
            tick_fps=self._rate.rate(now),
            stages_ms={name: stage["median"] for name, stage in engine.timer.summary().items()},
            network=network,
            missing_networks=missing_networks(network) if network else {},
            body_name=body.name if body else "",
            mesh=(np.asarray(body.faces, np.int32), np.asarray(body.vertex_joint)) if body else None,
            acceleration=engine.meter.means(),
            acceleration_reason=engine.meter.reason,
        )
