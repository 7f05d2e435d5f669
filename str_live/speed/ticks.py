"""Times ticks as the app runs them, and what each choice costs, on one frame after the other.

In: Settings and frames. Out: milliseconds by what was timed, of each frame.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import cast

import numpy as np
import torch

from str_live.live.engine import Engine, ticks
from str_live.messages import BodyResult, Frame, Person
from str_live.network.device import resolve_device, wait_for
from str_live.network.network import PUBLISHED, Network
from str_live.network.runner import NetworkRunner
from str_live.person.crop import cut_crop
from str_live.person.tracker import PersonTracker
from str_live.settings import NETWORK_NAMES, NetworkSettings, Settings, VariantSettings
from str_live.speed.report import EAGER
from str_live.speed.views import Views, make_views
from str_live.stats import StageTimer
from str_live.weights.load import Parts, load_body_for, load_parts, missing_networks
from str_live.weights.own import WeightsError

WARM_UP = 20
"""Frames before anything counts: the window fills, and libraries set themselves up."""
RANDOM_WEIGHTS = "random weights of the published sizes: good for speeds only"


class Known:
    """Stands in for the tracker: the person is known already, so that only the rest is timed."""

    def __init__(self) -> None:
        self.person: Person | None = None

    def find(self, frame: Frame) -> Person | None:
        """The person that was put here."""
        return self.person

    def close(self) -> None:
        """Holds nothing."""


class NotingTracker(PersonTracker):
    """The app's own, and who was found last."""

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
        load = random_parts if random_weights else load_parts
        loaded = {device: load(replace(settings, device=device)) for device in devices}
        self._parts = loaded[devices[0]]
        assert self._parts.model is not None
        networks = self._parts.model.networks
        if settings.variant_a.network.temporal not in networks:
            raise WeightsError(missing_networks(self._parts.model)[settings.variant_a.network.temporal])
        self._tracker = NotingTracker()
        # As headless runs make theirs: its stages are those that are printed.
        self._app = Engine(
            replace(settings, device=devices[0], compare=False), self._parts, tracker=self._tracker
        )
        tracker = cast(PersonTracker, self._known)
        self._engines: dict[str, Engine] = {}
        for name, chosen in variations(settings, devices, networks).items():
            parts = loaded[chosen.device]
            self._engines[name] = Engine(chosen, parts, tracker=tracker)
            if name in ("A", *(f"A on {device}" for device in devices[1:])) and runs_faster(parts):
                eager = Engine(chosen, eagerly(parts), tracker=tracker, whole_ticks=False)
                self._engines[name + EAGER] = eager
        assert self._parts.body is not None
        self._views = make_views(self._parts.body.faces)
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
        model = self._parts.model
        assert model is not None
        return {
            "front_end": model.front_end,
            "weights": model.name,
            "runs": model.where,
            "because": model.precision.reason,
        }

    @property
    def note(self) -> str:
        """Why the views are not timed; '' where they are."""
        return "" if isinstance(self._views, Views) else self._views

    def run(self, pictures: Iterator[Frame], count: int) -> int:
        """Time `count` frames with a person in them after the warm-up; how many there were."""
        timed = 0
        for number, (frame, _) in enumerate(ticks(self._app, pictures, self.timer)):
            self._known.person = self._tracker.person
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
        model = self._parts.model
        assert model is not None
        feature = model.feature(person, cut_crop(frame.image, person.box))
        window = torch.from_numpy(np.tile(feature, (1, 16, 1))).to(model.device)
        network = self.settings.variant_a.network
        head = model.running.head(network.temporal)
        with self.timer.stage("temporal network alone"):
            features = head.temporal(window, network).features
            wait_for(model.device)
        with self.timer.stage("regressor alone"):
            head.regressor(features[:, -1])
            wait_for(model.device)


def random_parts(settings: Settings) -> Parts:
    """SPIN's ResNet-50 and regressor, and the paper's networks on top, as they are before any training."""
    wanted = {"str", "frame", settings.variant_a.network.temporal}
    torch.manual_seed(0)
    network = Network(replace(PUBLISHED, networks=tuple(name for name in NETWORK_NAMES if name in wanted)))
    device = resolve_device(settings.device)
    model = NetworkRunner(network, name=RANDOM_WEIGHTS, device=device, precision=settings.precision)
    return Parts(model, load_body_for(settings))


def runs_faster(parts: Parts) -> bool:
    """Whether a network runs otherwise than by torch's own calls in float32."""
    return parts.model is not None and (parts.model.packed or parts.model.device.type == "cuda")


def eagerly(parts: Parts) -> Parts:
    """The same network and body, by torch's own calls in float32."""
    model = parts.model
    assert model is not None
    return Parts(
        NetworkRunner(model.network, name=model.name, device=str(model.device), packed=False), parts.body
    )


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
