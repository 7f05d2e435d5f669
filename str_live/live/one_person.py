"""What the engine keeps of one person. In: that person in frame after frame, out: a PersonBody of each.

Guard, window, smoothing, measurement and the bodies last shown: nothing in here ever meets another person.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from str_live.body.smoothing import PoseSmoother
from str_live.live.acceleration import AccelerationMeter
from str_live.messages import (
    AccelerationSample,
    BodyPose,
    Box,
    Frame,
    Observation,
    Person,
    PersonBody,
    Prediction,
)
from str_live.person.crop import cut_crop
from str_live.person.left_right import LeftRightGuard
from str_live.settings import VariantSettings
from str_live.temporal.window import WINDOW, FeatureWindow, Samples

LOST_S = 0.5
"""Seconds without a person after which the window forgets: half of it would be old by then."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person in a frame whose result is still to come."""

    person: Person | None
    box: Box | None
    held_s: float
    in_window: bool
    """Whether the window will give a window for it."""
    left_out: bool = False
    """He was found, and no body is wanted of him."""


class OnePerson:
    """The state of one person, from the first frame to the last."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.meter = AccelerationMeter()
        self.window: FeatureWindow[Any] = FeatureWindow()
        self.ready: deque[Samples[Any]] = deque()
        """Windows of frames whose look-ahead has come."""
        self.crops: deque[np.ndarray] = deque(maxlen=WINDOW)
        self._guard = LeftRightGuard()
        self._smoothers = (PoseSmoother(), PoseSmoother())
        self._seen_s: float | None = None
        self._box: Box | None = None
        self._shown: tuple[tuple[BodyPose, ...], tuple[BodyPose, ...] | None] = ((), None)
        """Bodies and raw bodies of the last result."""

    def see(self, person: Person, frame: Frame) -> Observation:
        """He as he was found in `frame`, with steady sides, and his crop."""
        person = self._guard(person, frame.time_s)
        crop = cut_crop(frame.image, person.box)
        self.crops.append(crop.image)
        self._seen_s, self._box = frame.time_s, person.box
        return Observation(person, crop)

    def sighting(self, person: Person, frame: Frame, feature: Any) -> Sighting:
        """What waits for the look-ahead; `feature` None: no network runs."""
        if feature is not None:
            self.window.push(frame.time_s, feature)
        return Sighting(person, person.box, 0.0, feature is not None)

    def miss(self, frame: Frame) -> Sighting:
        """A frame in which he was not found."""
        self.window.skip(frame.time_s)
        return Sighting(None, self._box, self.away_s(frame.time_s), in_window=False)

    def leave_out(self, person: Person, frame: Frame) -> Sighting:
        """A frame in which he was found and no body of him is wanted."""
        self.window.skip(frame.time_s)
        return Sighting(person, person.box, 0.0, in_window=False, left_out=True)

    def away_s(self, time_s: float) -> float:
        """Seconds since he was last seen; 0 where he never was."""
        return 0.0 if self._seen_s is None else time_s - self._seen_s

    def forget_when_lost(self, time_s: float) -> None:
        """After a long loss what came before says nothing about what comes after it."""
        if self.away_s(time_s) > LOST_S:
            self.window.reset()
            self._guard.reset()
            self.crops.clear()

    def forget_features(self) -> None:
        """Another network runs: its features and the old one's do not mix."""
        self.window.reset()

    def forget_bodies(self) -> None:
        """Another body is loaded: held ones have the old one's vertices, garbage on the new one's faces."""
        self._shown = ((), None)

    def smoothed(
        self, raw: Sequence[Prediction], variants: Sequence[VariantSettings], box: Box, time_s: float
    ) -> list[Prediction] | None:
        """The predictions to display, where any of them is to be smoothed; else None."""
        shown = []
        for prediction, variant, smoother in zip(raw, variants, self._smoothers, strict=False):
            if not variant.one_euro:
                smoother.reset()
                shown.append(prediction)
                continue
            parts = smoother(prediction.rotmat, prediction.betas, prediction.camera, box=box, time_s=time_s)
            shown.append(Prediction(*parts, prediction.attention))
        return shown if any(variant.one_euro for variant in variants) else None

    def show(self, bodies: Sequence[BodyPose], raw_bodies: Sequence[BodyPose]) -> None:
        """The newest bodies; both the same where nothing is smoothed."""
        self._shown = tuple(bodies), None if bodies is raw_bodies else tuple(raw_bodies)

    def measure(
        self, sighting: Sighting, frame: Frame, bodies: Sequence[BodyPose], frame_joints: np.ndarray
    ) -> AccelerationSample | None:
        """Accelerations of the unsmoothed bodies, and of the per-frame network beside them."""
        assert sighting.person is not None
        curves = {name: body.joints_cam for name, body in zip("AB", bodies, strict=False)}
        return self.meter.push(
            frame.time_s,
            {**curves, "frame": frame_joints},
            truth=None if frame.truth is None else frame.truth.joints_cam,
            world_landmarks=sighting.person.world_landmarks,
        )

    def replayed(self, bodies: Sequence[BodyPose], box: Box, time_s: float, *, seen: bool) -> Sighting:
        """A recorded body is shown as it is."""
        if seen or self._seen_s is None:
            self._seen_s = time_s
        self._box = box
        self._shown = tuple(bodies), None
        return Sighting(None, box, self.away_s(time_s), in_window=False)

    def body(self, sighting: Sighting, acceleration: AccelerationSample | None) -> PersonBody:
        """The message about him in one frame, with the newest bodies."""
        bodies, raw_bodies = ((), None) if sighting.left_out else self._shown
        return PersonBody(
            number=self.number,
            person=sighting.person,
            bodies=bodies,
            raw_bodies=raw_bodies,
            box=sighting.box,
            held_s=sighting.held_s,
            acceleration=acceleration,
            left_out=sighting.left_out,
        )
