"""What happens to a frame. In: Frame, out: BodyResults, each of the frame it describes. No threads, no Qt.

    Frame -> Person -> guard -> Crop -> feature -> window -> network variants -> bodies -> BodyResult

A Tracker finds the person and a Runner computes feature and prediction; what these are made of is theirs. The
same Engine runs in inference_thread.py, and in estimator.py for headless runs. Everything in here belongs to
the thread that calls it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from str_live.body.anchor import anchor
from str_live.body.posing import place_joints, pose_bodies
from str_live.body.smoothing import PoseSmoother
from str_live.geometry import CROP_SIZE
from str_live.live.acceleration import AccelerationMeter
from str_live.messages import (
    AccelerationSample,
    BodyPose,
    BodyResult,
    Box,
    Crop,
    Frame,
    Observation,
    Person,
    Prediction,
)
from str_live.person.crop import cut_crop
from str_live.person.left_right import LeftRightGuard
from str_live.person.tracker import PersonTracker, Tracker
from str_live.record import RecordingInfo
from str_live.settings import NetworkSettings, Settings, VariantSettings
from str_live.stats import StageTimer
from str_live.temporal.window import WINDOW, FeatureWindow, Samples
from str_live.weights.load import Parts

LOST_S = 0.5
"""Seconds without a person after which the window forgets: half of it would be old by then."""
FRAME_NETWORK = NetworkSettings(temporal="frame")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame whose result is still to come."""

    frame: Frame
    person: Person | None
    box: Box | None
    held_s: float
    in_window: bool
    """Whether the window will give a window for it."""


def ticks(
    engine: Engine, pictures: Iterator[Frame], timer: StageTimer
) -> Iterator[tuple[Frame, list[BodyResult]]]:
    """Each frame with the results that it completes; what its stages took, reading included, goes to `timer`.

    So does everything run that is not the window: headless runs, and the bench to time the same.
    """
    while True:
        timer.new_tick()
        with timer.stage("capture"):
            frame = next(pictures, None)
        if frame is None:
            return
        results = engine.process(frame)
        for name, milliseconds in engine.timer.current.items():
            if name != "capture_age":  # the age of a file's picture says nothing
                timer.add(name, milliseconds)
        yield frame, results


class Engine:
    """Frames in order in, results in order out; owns tracker, guard, window, smoothing and measurements."""

    def __init__(self, settings: Settings, parts: Parts, *, tracker: Tracker | None = None) -> None:
        """`parts` are loaded already (weights/load.py); `tracker` None: a PersonTracker."""
        self.settings = settings
        """What is wished for; read at each frame, replaced by `configure`."""
        self.timer = StageTimer()
        self.meter = AccelerationMeter()
        self._tracker: Tracker = tracker or PersonTracker()
        self._guard = LeftRightGuard()
        self._window: FeatureWindow[Any] = FeatureWindow()
        self._smoothers = (PoseSmoother(), PoseSmoother())
        self._source: tuple[int, tuple[int, ...]] | None = None
        self._take(parts)
        self._forget()

    def _forget(self) -> None:
        """Nothing of one source may reach another."""
        self._waiting: deque[_Seen] = deque()
        self._crops: deque[np.ndarray] = deque(maxlen=WINDOW)
        self._last_s = -np.inf
        self._seen_s: float | None = None
        self._box: Box | None = None
        self._shown: tuple[tuple[BodyPose, ...], tuple[BodyPose, ...] | None] = ((), None)
        """Bodies and raw bodies of the last result."""
        self._guard.reset()
        self._window.reset()
        self.meter.reset()
        for smoother in self._smoothers:
            smoother.reset()

    def close(self) -> None:
        """Free the detector."""
        self._tracker.close()

    def configure(self, settings: Settings) -> None:
        """Take other look-ahead, variants or comparison; model and body change through `use`."""
        self.settings, self._made_by = settings, None

    @property
    def running(self) -> Settings:
        """The settings with the networks that run: those wished for, as far as they have weights."""
        runner = self.parts.runner
        return self.settings if runner is None else self.settings.running(runner.info.networks)

    def use(self, parts: Parts) -> list[BodyResult]:
        """Go on with another network or body; gives what the old ones still owe."""
        owed = self.flush()
        if parts.runner is not self.parts.runner:
            self._window.reset()  # features of two runners do not mix
        if parts.body is not self.parts.body:
            # Held bodies have the old body's vertices: on the new body's faces they would be garbage.
            self._shown = ((), None)
        self._take(parts)
        return owed

    def _take(self, parts: Parts) -> None:
        """Run these parts from now on; masks are made for networks that look at them."""
        self.parts, self._made_by = parts, None
        self._tracker.segmentation = parts.runner is not None and parts.runner.info.needs_mask

    def recording_info(self, source: str) -> RecordingInfo:
        """What made a recording of `source` (its path or name) that begins now."""
        runner, body = self.parts.runner, self.parts.body
        return RecordingInfo(
            self.running, runner.info.name if runner else "", body.name if body else "", source
        )

    def warm_up(self) -> None:
        """Run network and body once, so that the first frame is as fast as the others."""
        runner, body = self.parts.runner, self.parts.body
        if runner is None or body is None:
            return
        box = Box(CROP_SIZE / 2, CROP_SIZE / 2, CROP_SIZE)
        zeros = np.zeros((33, 3), np.float32)
        mask = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
        person = Person(box, zeros[:, :2], zeros[:, 0], zeros, mask)
        crop = Crop(np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8), box)
        features = runner.observe([Observation(person, crop)]) * WINDOW
        samples = Samples(features, features, np.zeros(WINDOW, np.float32))
        (predictions,) = runner.predict([samples], [NetworkSettings(name) for name in runner.info.networks])
        pose_bodies(body, predictions[:1], box, (CROP_SIZE, CROP_SIZE))

    def process(self, frame: Frame) -> list[BodyResult]:
        """The next frame -> results that it completes, oldest first: of frames up to the look-ahead ago."""
        self.timer.new_tick()
        self.timer.add("capture_age", (time.perf_counter_ns() - frame.captured_ns) / 1e6)
        results = self._begin_anew(frame)
        self._last_s = frame.time_s
        if frame.replay is not None:
            return [*results, self._replayed(frame)]
        self._waiting.append(self._see(frame))
        results += self._take_ready()
        if self._seen_s is not None and frame.time_s - self._seen_s > LOST_S:
            self._window.reset()
            self._guard.reset()
            self._crops.clear()
        return results

    def flush(self) -> list[BodyResult]:
        """Results of all frames that still wait for their look-ahead: the source has ended."""
        return self._take_ready(flush=True)

    def _begin_anew(self, frame: Frame) -> list[BodyResult]:
        """At another source or size, or when time runs back: give what is owed and forget the rest."""
        source = (frame.epoch, frame.image.shape)
        if source == self._source and frame.time_s >= self._last_s:
            return []
        owed = self.flush()
        self._source = source
        self._forget()
        return owed

    def _see(self, frame: Frame) -> _Seen:
        """Find the person and put their feature into the window."""
        with self.timer.stage("person"):
            person = self._tracker.find(frame)
            if person is not None:
                person = self._guard(person, frame.time_s)
        if person is None:
            self._window.skip(frame.time_s)
            held_s = 0.0 if self._seen_s is None else frame.time_s - self._seen_s
            return _Seen(frame, None, self._box, held_s, in_window=False)
        with self.timer.stage("crop"):
            crop = cut_crop(frame.image, person.box)
            self._crops.append(crop.image)
        self._seen_s, self._box = frame.time_s, person.box
        runner = self.parts.runner
        in_window = runner is not None and self.parts.body is not None
        if runner is not None and in_window:
            with self.timer.stage("feature"):
                (feature,) = runner.observe([Observation(person, crop)])
            self._window.push(frame.time_s, feature)
        return _Seen(frame, person, person.box, 0.0, in_window)

    def _take_ready(self, *, flush: bool = False) -> list[BodyResult]:
        """Results of the frames at the head of the queue that need not wait any longer."""
        results = []
        for _, samples in self._window.ready(self.settings.lookahead, flush=flush):
            results += self._take_held()
            results.append(self._infer(self._waiting.popleft(), samples))
        return results + self._take_held()

    def _take_held(self) -> list[BodyResult]:
        """Results of the frames at the head of the queue that have no body of their own."""
        results = []
        while self._waiting and not self._waiting[0].in_window:
            seen = self._waiting.popleft()
            self.meter.skip(seen.frame.time_s)
            results.append(self._result(seen))
        return results

    def _infer(self, seen: _Seen, samples: Samples[Any]) -> BodyResult:
        """Run the network variants on the window of one frame, and pose their bodies."""
        runner, body = self.parts.runner, self.parts.body
        assert runner is not None
        assert body is not None
        assert seen.box is not None
        variants = self._variants()
        networks = list(dict.fromkeys([*(variant.network for variant in variants), FRAME_NETWORK]))
        with self.timer.stage("temporal"):
            (predictions,) = runner.predict([samples], networks)
        found = dict(zip(networks, predictions, strict=True))
        raw = [found[variant.network] for variant in variants]
        if runner.info.sees_landmarks and seen.person is not None:
            with self.timer.stage("body"):
                raw = anchor(body, raw, seen.person)
        smooth = self._smoothed(raw, variants, seen)
        with self.timer.stage("body"):
            size = seen.frame.image.shape[1], seen.frame.image.shape[0]
            shown = raw if smooth is None else [*raw, *smooth]
            bodies = pose_bodies(body, shown, seen.box, size)
            frame_joints = place_joints(body, found[FRAME_NETWORK], seen.box, size)
        raw_bodies = tuple(bodies[: len(raw)])
        self._shown = (raw_bodies, None) if smooth is None else (tuple(bodies[len(raw) :]), raw_bodies)
        sample = self._measure(seen, raw_bodies, frame_joints)
        return self._result(seen, acceleration=sample, attention=raw[0].attention)

    def _variants(self) -> list[VariantSettings]:
        """Variant A, and B where it is compared, with the networks that run."""
        settings = self.running
        return [settings.variant_a, settings.variant_b][: 1 + settings.compare]

    def _smoothed(
        self, raw: Sequence[Prediction], variants: Sequence[VariantSettings], seen: _Seen
    ) -> list[Prediction] | None:
        """The predictions to display, where any of them is to be smoothed; else None."""
        assert seen.box is not None
        shown = []
        for prediction, variant, smoother in zip(raw, variants, self._smoothers, strict=False):
            if not variant.one_euro:
                smoother.reset()
                shown.append(prediction)
                continue
            parts = smoother(
                prediction.rotmat,
                prediction.betas,
                prediction.camera,
                box=seen.box,
                time_s=seen.frame.time_s,
            )
            shown.append(Prediction(*parts, prediction.attention))
        return shown if any(variant.one_euro for variant in variants) else None

    def _measure(
        self, seen: _Seen, bodies: Sequence[BodyPose], frame_joints: np.ndarray
    ) -> AccelerationSample | None:
        """Accelerations of the unsmoothed bodies, and of the per-frame network beside them."""
        assert seen.person is not None
        curves = {name: body.joints_cam for name, body in zip("AB", bodies, strict=False)}
        truth = seen.frame.truth
        return self.meter.push(
            seen.frame.time_s,
            {**curves, "frame": frame_joints},
            truth=None if truth is None else truth.joints_cam,
            world_landmarks=seen.person.world_landmarks,
        )

    def _result(
        self,
        seen: _Seen,
        *,
        acceleration: AccelerationSample | None = None,
        attention: dict[str, np.ndarray] | None = None,
    ) -> BodyResult:
        """The message about one frame, with the newest bodies."""
        bodies, raw_bodies = self._shown
        return BodyResult(
            frame=seen.frame,
            person=seen.person,
            bodies=bodies,
            box=seen.box,
            held_s=seen.held_s,
            crops=tuple(self._crops),
            lookahead=self.settings.lookahead,
            stages_ms=dict(self.timer.current),
            acceleration=acceleration,
            attention=attention or {},
            raw_bodies=raw_bodies,
            made_by=self._what_makes_results(),
        )

    def _what_makes_results(self) -> RecordingInfo:
        """The same object until something changes."""
        if self._made_by is None:
            self._made_by = self.recording_info("")
        return self._made_by

    def _replayed(self, frame: Frame) -> BodyResult:
        """A recorded body as it is: nothing is detected or inferred."""
        replay = frame.replay
        assert replay is not None
        bodies: tuple[BodyPose, ...] = ()
        if self.parts.body is not None:
            with self.timer.stage("body"):
                size = frame.image.shape[1], frame.image.shape[0]
                recorded = Prediction(replay.rotmat, replay.betas, replay.camera, {})
                bodies = tuple(pose_bodies(self.parts.body, [recorded], replay.box, size))
        if replay.person or self._seen_s is None:
            self._seen_s = frame.time_s
        self._box, self._shown = replay.box, (bodies, None)
        held_s = frame.time_s - self._seen_s
        result = self._result(_Seen(frame, None, replay.box, held_s, in_window=False))
        return replace(result, lookahead=0)
