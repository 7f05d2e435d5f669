"""What happens to a frame. In: Frame, out: BodyResults, each of the frame it describes. No threads, no Qt.

    Frame -> Persons | guard -> Crop -> feature -> window -> network variants -> bodies -> BodyResult

A tracker finds the people (detector_half.py), and a Runner computes features and predictions of all people of
a frame at once; what these are made of is theirs, and what is kept of each person is in one_person.py. The
same Engine runs in inference_thread.py, and in ticks.py for headless runs: both let the detector go on with
the next frame on another thread meanwhile. All else belongs to the thread that calls it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from str_live.body.anchor import anchor
from str_live.body.posing import place_joints, pose_bodies, pose_people
from str_live.geometry import CROP_SIZE
from str_live.live.acceleration import AccelerationMeter
from str_live.live.alternatives import alternative_bodies, networks_of
from str_live.live.detector_half import Detected, DetectorHalf
from str_live.live.one_person import OnePerson, Sighting
from str_live.messages import (
    AccelerationSample,
    AlternativeBodies,
    Alternatives,
    BodyPose,
    BodyResult,
    Box,
    Crop,
    Frame,
    Observation,
    Person,
    PersonBody,
    Prediction,
    ReplayPose,
)
from str_live.person.choose import ONLY
from str_live.person.people import PeopleTracker
from str_live.person.tracker import Tracker
from str_live.record import RecordingInfo
from str_live.settings import NetworkSettings, Settings, VariantSettings
from str_live.stats import StageTimer
from str_live.temporal.window import WINDOW, Samples
from str_live.weights.load import Parts

FRAME_NETWORK = NetworkSettings(temporal="frame")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A frame whose result is still to come."""

    frame: Frame
    sightings: Mapping[int, Sighting]
    """By person's number."""
    followed: int | None


@dataclass(frozen=True, slots=True)
class _Due:
    """One person's window whose turn has come."""

    one: OnePerson
    person: Person
    box: Box
    sighting: Sighting
    samples: Samples[Any]


class Engine:
    """Frames in order in, results in order out; owns detector, guard, window, smoothing and measurements.

    `process` is one whole tick. Its halves may run on two threads, `detect` one frame ahead of `infer`; all
    else is called while nothing is between the two.
    """

    def __init__(
        self, settings: Settings, parts: Parts, *, tracker: Tracker | PeopleTracker | None = None
    ) -> None:
        """`parts` are loaded already (weights/load.py); `tracker` None: as many as the settings say."""
        self.settings = settings
        """What is wished for; read at each frame, replaced by `configure`."""
        self.alternatives: Alternatives | None = None
        """What else is to run for the followed person, for results' `alternatives`; None costs nothing."""
        self.timer = StageTimer()
        self._detector = DetectorHalf(settings, tracker)
        self._generation = 0
        self._forget()
        self._take(parts)

    def _forget(self) -> None:
        """Nothing of one source may reach another."""
        self._waiting: deque[_Waiting] = deque()
        self._persons: dict[int, OnePerson] = {}
        self._followed: int | None = None
        self._idle_meter = AccelerationMeter()
        self._attention: dict[str, np.ndarray] = {}
        self._beside: AlternativeBodies | None = None

    @property
    def meter(self) -> AccelerationMeter:
        """The accelerations of the followed person."""
        followed = self._persons.get(self._followed or ONLY)
        return self._idle_meter if followed is None else followed.meter

    def close(self) -> None:
        """Free the detector."""
        self._detector.close()

    def configure(self, settings: Settings) -> None:
        """Take other look-ahead, variants, comparison or people; model and body change through `use`."""
        self.settings, self._made_by = settings, None
        self._detector.settings = settings

    @property
    def running(self) -> Settings:
        """The settings with the networks that run: those wished for, as far as they have weights."""
        runner = self.parts.runner
        return self.settings if runner is None else self.settings.running(runner.info.networks)

    def use(self, parts: Parts) -> list[BodyResult]:
        """Go on with another network or body; gives what the old ones still owe."""
        owed = self.flush()
        for one in self._persons.values():
            if parts.runner is not self.parts.runner:
                one.forget_features()
            if parts.body is not self.parts.body:
                one.forget_bodies()
        self._take(parts)
        return owed

    def _take(self, parts: Parts) -> None:
        """Run these parts from now on; masks are made for networks that look at them."""
        self.parts, self._made_by = parts, None
        self._detector.segmentation = parts.runner is not None and parts.runner.info.needs_mask

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
        return self.infer(self.detect(frame))

    def detect(self, frame: Frame) -> Detected:
        """The first half of `process`: find the people. May run while `infer` does, on another thread."""
        return self._detector.detect(frame)

    def infer(self, detected: Detected) -> list[BodyResult]:
        """The second half of `process`, on the frames of `detect` in their order."""
        frame = detected.frame
        self.timer.new_tick()
        for name, milliseconds in detected.stages_ms.items():
            self.timer.add(name, milliseconds)
        results = self._begin_anew_where_needed(detected)
        if frame.replay is not None:
            return [*results, self._replayed(detected)]
        self._followed = detected.followed
        self._waiting.append(self._see(detected))
        results += self._take_ready()
        for one in self._persons.values():
            one.forget_when_lost(frame.time_s)
        return results

    def flush(self) -> list[BodyResult]:
        """Results of all frames that still wait for their look-ahead: the source has ended."""
        return self._take_ready(flush=True)

    def _begin_anew_where_needed(self, detected: Detected) -> list[BodyResult]:
        """Where the detector knows nobody from before: forget as well, and give what is owed."""
        if detected.generation == self._generation:
            return []
        owed = self.flush()
        self._generation = detected.generation
        self._forget()
        return owed

    def _see(self, detected: Detected) -> _Waiting:
        """Put everybody's features into their windows."""
        frame, people, followed = detected.frame, detected.people, detected.followed
        self._forget_all_but({*people, followed})
        found = {number: person for number, person in people.items() if person is not None}
        left_out = self.settings.left_out
        observations = self._observations({n: found[n] for n in found if n not in left_out}, frame)
        features = self._features(list(observations.values()))
        sightings = {}
        for (number, (person, _)), feature in zip(observations.items(), features, strict=True):
            sightings[number] = self._one(number).sighting(person, frame, feature)
        for number, person in found.items():
            if number in left_out:
                sightings[number] = self._one(number).leave_out(person, frame)
        for number, one in self._persons.items():
            if number not in found:
                sightings[number] = one.miss(frame)
        return _Waiting(frame, sightings, followed)

    def _one(self, number: int) -> OnePerson:
        """The state of the person of this number, which begins with him."""
        if number not in self._persons:
            self._persons[number] = OnePerson(number)
        return self._persons[number]

    def _forget_all_but(self, numbers: set[int | None]) -> None:
        """Drop the state of people who have left; the followed one's last body stays to be shown."""
        owing = {number for waiting in self._waiting for number in waiting.sightings}
        for number in self._persons.keys() - numbers - owing:
            del self._persons[number]

    def _observations(self, found: Mapping[int, Person], frame: Frame) -> dict[int, Observation]:
        """Everybody in view with his crop."""
        if not found:
            return {}
        with self.timer.stage("crop"):
            return {number: self._one(number).see(person, frame) for number, person in found.items()}

    def _features(self, observations: list[Observation]) -> list[Any]:
        """The feature of each; None where no network or body runs."""
        runner = self.parts.runner
        if not observations or runner is None or self.parts.body is None:
            return [None] * len(observations)
        with self.timer.stage("feature"):
            return runner.observe(observations)

    def _take_ready(self, *, flush: bool = False) -> list[BodyResult]:
        """Results of the frames at the head of the queue that need not wait any longer."""
        for one in self._persons.values():
            one.ready.extend(samples for _, samples in one.window.ready(self.settings.lookahead, flush=flush))
        results = []
        while self._waiting and self._is_ready(self._waiting[0]):
            results.append(self._result_of(self._waiting.popleft()))
        return results

    def _is_ready(self, waiting: _Waiting) -> bool:
        """Whether everybody's window for this frame is there."""
        return all(
            self._persons[number].ready
            for number, sighting in waiting.sightings.items()
            if sighting.in_window
        )

    def _result_of(self, waiting: _Waiting) -> BodyResult:
        """The result of a frame: bodies for those in view, the last ones for the others."""
        due = []
        for number, sighting in waiting.sightings.items():
            one = self._persons[number]
            if not sighting.in_window:
                one.meter.skip(waiting.frame.time_s)
            elif sighting.person is not None and sighting.box is not None:
                due.append(_Due(one, sighting.person, sighting.box, sighting, one.ready.popleft()))
        self._attention, self._beside = {}, None
        accelerations = self._infer(due, waiting) if due else {}
        bodies = {
            number: self._persons[number].body(sighting, accelerations.get(number))
            for number, sighting in waiting.sightings.items()
        }
        return self._result(waiting.frame, bodies, waiting.followed)

    def _infer(self, due: list[_Due], waiting: _Waiting) -> dict[int, AccelerationSample | None]:
        """Run the network variants on the windows of one frame, pose their bodies, measure: by number."""
        body, variants = self.parts.body, self._variants()
        assert body is not None
        frame = waiting.frame
        predictions, per_frame, beside = self._predictions(due, variants)
        smooth = [
            one.one.smoothed(raw, variants, one.box, frame.time_s)
            for one, raw in zip(due, predictions, strict=True)
        ]
        with self.timer.stage("body"):
            size = frame.image.shape[1], frame.image.shape[0]
            shown = [raw if s is None else [*raw, *s] for raw, s in zip(predictions, smooth, strict=True)]
            boxes = [one.box for one, own in zip(due, shown, strict=True) for _ in own]
            posed = iter(pose_people(body, [prediction for own in shown for prediction in own], boxes, size))
            frame_joints = place_joints(body, per_frame, [one.box for one in due], size)
        samples = {}
        for one, raw, own, joints in zip(due, predictions, shown, frame_joints, strict=True):
            bodies = [next(posed) for _ in own]
            raw_bodies = bodies[: len(raw)]
            one.one.show(bodies[len(raw) :] or raw_bodies, raw_bodies)
            samples[one.one.number] = one.one.measure(one.sighting, frame, raw_bodies, joints)
            if one.one.number == waiting.followed:
                self._attention = raw[0].attention
        self._beside = self._alternatives(due, beside, waiting)
        return samples

    def _alternatives(
        self,
        due: list[_Due],
        beside: list[dict[NetworkSettings, Prediction]],
        waiting: _Waiting,
    ) -> AlternativeBodies | None:
        """What the networks of the wish make of the followed person; None without one or without him."""
        wish, body, image = self.alternatives, self.parts.body, waiting.frame.image
        for one, predictions in zip(due, beside, strict=True):
            if wish is not None and body is not None and one.one.number == waiting.followed:
                with self.timer.stage("alternatives"):
                    return alternative_bodies(
                        body, wish, predictions, one.box, (image.shape[1], image.shape[0])
                    )
        return None

    def _predictions(
        self, due: list[_Due], variants: list[VariantSettings]
    ) -> tuple[list[list[Prediction]], list[Prediction], list[dict[NetworkSettings, Prediction]]]:
        """For each person the prediction of every variant, laid over the landmarks; the per-frame one; and of
        every network that ran, the wish's among them, as it is."""
        runner, body = self.parts.runner, self.parts.body
        assert runner is not None
        assert body is not None
        shown = (variant.network for variant in variants)
        networks = list(
            dict.fromkeys([*shown, FRAME_NETWORK, *networks_of(self.alternatives, runner.info.networks)])
        )
        with self.timer.stage("temporal"):
            predicted = runner.predict([one.samples for one in due], networks)
        found = [dict(zip(networks, own, strict=True)) for own in predicted]
        raw = [own[variant.network] for own in found for variant in variants]
        if runner.info.sees_landmarks:
            with self.timer.stage("body"):
                raw = anchor(body, raw, [one.person for one in due for _ in variants])
        count = len(variants)
        by_person = [raw[place : place + count] for place in range(0, len(raw), count)]
        return by_person, [own[FRAME_NETWORK] for own in found], found

    def _variants(self) -> list[VariantSettings]:
        """Variant A, and B where it is compared, with the networks that run."""
        return list(self.running.variants.values())

    def _result(self, frame: Frame, bodies: Mapping[int, PersonBody], followed: int | None) -> BodyResult:
        """The message about one frame."""
        own = bodies.get(followed or 0)
        return BodyResult(
            frame=frame,
            person=own and own.person,
            bodies=own.bodies if own else (),
            box=own and own.box,
            held_s=own.held_s if own else 0.0,
            crops=tuple(self._persons[own.number].crops) if own else (),
            lookahead=self.settings.lookahead,
            stages_ms=dict(self.timer.current),
            acceleration=own and own.acceleration,
            attention=self._attention,
            raw_bodies=own and own.raw_bodies,
            made_by=self._what_makes_results(),
            number=own and own.number,
            alternatives=self._beside,
            left_out=own is not None and own.left_out,
            others=tuple(
                bodies[number]
                for number in sorted(bodies)
                if number != followed and bodies[number].box is not None
            ),
        )

    def _what_makes_results(self) -> RecordingInfo:
        """The same object until something changes."""
        if self._made_by is None:
            self._made_by = self.recording_info("")
        return self._made_by

    def _replayed(self, detected: Detected) -> BodyResult:
        """Recorded bodies as they are: nothing is detected or inferred."""
        frame = detected.frame
        assert frame.replay is not None
        recorded = {one.number: one for one in frame.replay.people}
        self._followed = followed = detected.followed or min(recorded, default=None)
        self._forget_all_but({*recorded, followed})
        bodies = {}
        for number, posed in zip(recorded, self._posed_again(frame, list(recorded.values())), strict=True):
            one, replay = self._one(number), recorded[number]
            sighting = one.replayed(posed, replay.box, frame.time_s, seen=replay.person)
            left_out = number in self.settings.left_out
            bodies[number] = one.body(replace(sighting, left_out=left_out), None)
        for number in self._persons.keys() - recorded.keys():
            one = self._persons[number]
            bodies[number] = one.body(one.miss(frame), None)
        self._attention, self._beside = {}, None
        return replace(self._result(frame, bodies, followed), lookahead=0)

    def _posed_again(self, frame: Frame, recorded: list[ReplayPose]) -> list[list[BodyPose]]:
        """The body of each, as a list of one; empty lists where no body is loaded."""
        if self.parts.body is None or not recorded:
            return [[] for _ in recorded]
        with self.timer.stage("body"):
            size = frame.image.shape[1], frame.image.shape[0]
            predictions = [Prediction(one.rotmat, one.betas, one.camera, {}) for one in recorded]
            posed = pose_people(self.parts.body, predictions, [one.box for one in recorded], size)
            return [[one] for one in posed]
