"""Times ticks as the app runs them, and what each choice costs, on one frame after the other.

In: Settings and frames. Out: milliseconds by what was timed, of each frame.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np
import torch

from str_live.body.skinning import Body
from str_live.live.engine import Engine
from str_live.live.ticks import serial_ticks
from str_live.messages import BodyResult, Frame, Observation, Person
from str_live.network.device import resolve_device, wait_for
from str_live.network.network import PUBLISHED, Network
from str_live.network.runner import NetworkRunner
from str_live.person.crop import cut_crop
from str_live.person.tracker import PersonTracker, Tracker
from str_live.settings import NETWORK_NAMES, NetworkSettings, Settings, VariantSettings
from str_live.speed.report import EAGER
from str_live.speed.views import Views, make_views
from str_live.stats import StageTimer
from str_live.weights.load import join_parts, load_body_for, load_model_for, missing_networks
from str_live.weights.own import WeightsError

WARM_UP = 20
"""Frames before anything counts: the window fills, and libraries set themselves up."""
RANDOM_WEIGHTS = "random weights of the published sizes: good for speeds only"


class Known:
    """The Tracker that knows the person already, so that only the rest is timed."""

    segmentation = False

    def __init__(self) -> None:
        self.person: Person | None = None

    def find(self, frame: Frame) -> Person | None:
        """The person that was put here."""
        return self.person

    def close(self) -> None:
        """Holds nothing."""


class NotingTracker(PersonTracker):
    """The app's tracker, which remembers the last person."""

    person: Person | None = None

    def find(self, frame: Frame) -> Person | None:
        """As PersonTracker's."""
        self.person = super().find(frame)
        return self.person


class Bench:
    """Times one frame after the other. One thread."""

    def __init__(self, settings: Settings, devices: list[str], *, random_weights: bool = False) -> None:
        self.timer = StageTimer(100_000)
        self.times: dict[str, list[float]] = {}
        """Milliseconds by what was timed, one entry a frame."""
        self.settings = settings
        self._known = Known()
        load = random_model if random_weights else load_model_for
        chosen = {device: replace(settings, device=device) for device in devices}
        models = {device: load(chosen[device]) for device in devices}
        bodies = {device: load_body_for(chosen[device]) for device in devices}
        self._model = models[devices[0]]
        missing = missing_networks(self._model.info)
        if settings.variant_a.network.temporal in missing:
            raise WeightsError(missing[settings.variant_a.network.temporal])
        self.tracker = NotingTracker()
        # As headless runs make theirs: its stages are those that are printed.
        app = replace(chosen[devices[0]], compare=False)
        self._app = ready_engine(app, self._model, bodies[devices[0]], self.tracker)
        self._engines: dict[str, Engine] = {}
        for name, varied in variations(settings, devices, self._model.info.networks).items():
            model, body = models[varied.device], bodies[varied.device]
            self._engines[name] = ready_engine(varied, model, body, self._known)
            if name in ("A", *(f"A on {device}" for device in devices[1:])) and runs_faster(model):
                eager = ready_engine(varied, eagerly(model), body, self._known, graphed=False)
                self._engines[name + EAGER] = eager
        self._views = make_views(bodies[devices[0]].faces)
        self._turn = 0

    def close(self) -> None:
        """Free detector and GL context."""
        self._app.close()
        if isinstance(self._views, Views):
            self._views.release()

    def app_stages(self) -> dict[str, float]:
        """Median milliseconds of each stage that headless runs have too."""
        names = ("capture", *self._app.timer.summary())
        return {name: float(np.median(self.times[name])) for name in names if name in self.times}

    @property
    def model(self) -> dict[str, str]:
        """Which network was timed, and in what precision."""
        info = self._model.info
        return {
            "front_end": info.front_end,
            "weights": info.name,
            "runs": info.where,
            "because": self._model.precision.reason,
        }

    @property
    def note(self) -> str:
        """Why the views are not timed; '' where they are."""
        return "" if isinstance(self._views, Views) else self._views

    def run(self, pictures: Iterator[Frame], count: int) -> int:
        """Time `count` frames with a person in them after the warm-up; how many there were."""
        timed = 0
        for number, (frame, _) in enumerate(serial_ticks(self._app, pictures, self.timer)):
            self._known.person = self.tracker.person
            if self._known.person is not None:
                self._time_frame(frame, self._known.person)
                if number >= WARM_UP:
                    self._keep()
                    timed += 1
            if timed == count or number >= 2 * (count + WARM_UP):
                break
        return timed

    def _keep(self) -> None:
        """Take the current tick's figures into the lists."""
        for name, milliseconds in self.timer.current.items():
            self.times.setdefault(name, []).append(milliseconds)

    def _time_frame(self, frame: Frame, person: Person) -> None:
        """All engines on one frame, beginning with another one each time; then parts and views alone."""
        names = list(self._engines)
        self._turn = (self._turn + 1) % len(names)
        newest: list[BodyResult] = []
        for name in names[self._turn :] + names[: self._turn]:
            with self.timer.stage(f"tick {name}"):
                results = self._engines[name].process(frame)
            newest = results if name == "A + B" else newest
        self._time_parts(frame, person)
        if isinstance(self._views, Views) and newest and newest[-1].bodies:
            self._views.time(newest[-1], self.timer)

    @torch.inference_mode()
    def _time_parts(self, frame: Frame, person: Person) -> None:
        """The two halves of the network, each alone."""
        model = self._model
        (feature,) = model.observe([Observation(person, cut_crop(frame.image, person.box))])
        window = torch.from_numpy(np.tile(feature, (1, 16, 1))).to(model.device)
        network = self.settings.variant_a.network
        head = model.running.head(network.temporal)
        with self.timer.stage("temporal network alone"):
            features = head.temporal(window, network).features
            wait_for(model.device)
        with self.timer.stage("regressor alone"):
            head.regressor(features[:, -1])
            wait_for(model.device)


def ready_engine(
    settings: Settings, model: NetworkRunner, body: Body, tracker: Tracker, *, graphed: bool | None = None
) -> Engine:
    """An Engine that has run once; `graphed` as in `join_parts`."""
    engine = Engine(settings, join_parts(model, body, graphed=graphed), tracker=tracker)
    engine.warm_up()
    return engine


def random_model(settings: Settings) -> NetworkRunner:
    """SPIN's ResNet-50 and regressor, and the paper's networks on top, as they are before any training."""
    chosen = {"str", "frame", settings.variant_a.network.temporal}
    torch.manual_seed(0)
    network = Network(replace(PUBLISHED, networks=tuple(name for name in NETWORK_NAMES if name in chosen)))
    device = resolve_device(settings.device)
    return NetworkRunner(network, name=RANDOM_WEIGHTS, device=device, precision=settings.precision)


def runs_faster(model: NetworkRunner) -> bool:
    """Whether a network runs otherwise than by torch's own calls in float32."""
    return model.packed or model.device.type == "cuda"


def eagerly(model: NetworkRunner) -> NetworkRunner:
    """The same network, by torch's own calls in float32."""
    return NetworkRunner(model.network, name=model.info.name, device=str(model.device), packed=False)


def variations(settings: Settings, devices: list[str], networks: Collection[str]) -> dict[str, Settings]:
    """What is compared by name; 'A' is what the settings say, the other `networks` with weights run alone."""
    first = replace(settings, device=devices[0], compare=False)
    variant_b = replace(first.variant_b, network=other(first, networks))
    found = {"A": first, "A + B": replace(first, compare=True, variant_b=variant_b)}
    for name in networks:
        if name != first.variant_a.network.temporal:
            alone = VariantSettings(NetworkSettings(name))
            found[NETWORK_NAMES[name]] = replace(first, variant_a=alone)
    found |= {f"look-ahead {k}": replace(first, lookahead=k) for k in (0, 4, 7)}
    return found | {f"A on {device}": replace(first, device=device) for device in devices[1:]}


def other(settings: Settings, networks: Collection[str]) -> NetworkSettings:
    """What B compares A with: a second STR where A is one, else STR or what there is."""
    network = settings.variant_a.network
    if network.temporal == "str":
        return replace(network, ttr=not network.ttr)
    return NetworkSettings(next((name for name in networks if name != network.temporal), network.temporal))
