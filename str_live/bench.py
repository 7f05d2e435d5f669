"""`python -m str_live.bench`: how long each stage of a tick takes, and what each choice costs.

Everything is timed on the same frames, one after the other within each frame and in turning order, so that
a busy machine slows all alike: the ratios (medians of each frame's own ratio) hold where milliseconds do not.
What runs packed or as a CUDA graph is timed against the same network in torch's own calls and float32.
With --throughput it times the video networks instead, in training and in evaluation.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import statistics
import sys
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from str_live.arguments import OneLineParser, add_network_arguments, given_settings, settings_over
from str_live.body_files import BodyFileError
from str_live.camera import SourceError, frames, open_source
from str_live.camera.environment import configure_opencv_environment
from str_live.device import DeviceError, resolve_device
from str_live.front_end import choose_front_end
from str_live.messages import BodyResult, Frame, Person
from str_live.network_files import WeightsError
from str_live.settings import NETWORK_NAMES, NetworkSettings, Settings, SourceSettings, VariantSettings
from str_live.stats import StageTimer

if TYPE_CHECKING:
    from str_live.engine import Parts

WARM_UP = 20
"""Frames before anything counts: the window fills, and libraries set themselves up."""
OVERLAY_PX, SPACE_PX = (960, 720), (720, 720)
EAGER = " in eager float32"
"""Ends the name of what stands beside a faster way to run the same network."""
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


class Bench:
    """Times one frame after the other. One thread."""

    def __init__(self, settings: Settings, devices: list[str], *, random_weights: bool = False) -> None:
        from str_live.engine import Engine, load_parts
        from str_live.loading import missing_networks
        from str_live.person import PersonTracker

        self.timer = StageTimer(100_000)
        self.times: dict[str, list[float]] = {}
        """Milliseconds by what was timed, one entry a frame."""
        self.settings = settings
        self._tracker, self._known = PersonTracker(), Known()
        load = random_parts if random_weights else load_parts
        loaded = {device: load(replace(settings, device=device)) for device in devices}
        self._parts = loaded[devices[0]]
        assert self._parts.model is not None
        self._tracker.segmentation = self._parts.model.needs_mask
        networks = self._parts.model.networks
        if settings.variant_a.network.temporal not in networks:
            raise WeightsError(missing_networks(self._parts.model)[settings.variant_a.network.temporal])
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
        self._tracker.close()
        if isinstance(self._views, Views):
            self._views.release()

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
        for number in range(2 * (count + WARM_UP)):
            with self.timer.stage("capture"):
                frame = next(pictures)
            with self.timer.stage("person"):
                self._known.person = self._tracker.find(frame)
            if self._known.person is not None:
                self._time_frame(frame, self._known.person)
                if number >= WARM_UP:
                    self._keep()
                    timed += 1
            self.timer.new_tick()
            if timed == count:
                break
        return timed

    def _keep(self) -> None:
        """Take the current tick's figures into the lists."""
        for name, milliseconds in self.timer.current.items():
            self.times.setdefault(name, []).append(milliseconds)

    def _time_frame(self, frame: Frame, person: Person) -> None:
        """All engines on one frame, beginning with another one each time; then stages and views alone."""
        names = list(self._engines)
        self._turn = (self._turn + 1) % len(names)
        newest: list[BodyResult] = []
        for name in names[self._turn :] + names[: self._turn]:
            with self.timer.stage(f"tick {name}"):
                results = self._engines[name].process(frame)
            newest = results if name == "A + B" else newest
        self._time_stages(frame, person)
        if isinstance(self._views, Views) and newest and newest[-1].bodies:
            self._views.time(newest[-1], self.timer)

    @torch.inference_mode()
    def _time_stages(self, frame: Frame, person: Person) -> None:
        """What a tick consists of, each part alone."""
        from str_live.crop import cut_crop
        from str_live.posing import pose_bodies

        model, body, size = self._parts.model, self._parts.body, frame.image.shape[1::-1]
        assert model is not None
        assert body is not None
        with self.timer.stage("crop"):
            crop = cut_crop(frame.image, person.box)
        with self.timer.stage("feature"):
            feature = model.feature(person, crop)
        window = torch.from_numpy(np.tile(feature, (1, 16, 1))).to(model.device)
        network = self.settings.variant_a.network
        head = model.running.head(network.temporal)
        with self.timer.stage("temporal"):
            features = head.temporal(window, network).features
            _wait(model.device)
        with self.timer.stage("regressor"):
            head.regressor(features[:, -1])
            _wait(model.device)
        prediction = model.predict(window[0].cpu().numpy(), [network])
        with self.timer.stage("body"):
            pose_bodies(body, prediction, person.box, (size[0], size[1]))


class Views:
    """Both views without a window. Raises where there is no EGL."""

    def __init__(self, faces: np.ndarray) -> None:
        from str_live.view.buffers import MeshBuffers
        from str_live.view.headless import HeadlessRenderer

        self._faces = faces
        self._overlay = HeadlessRenderer(*OVERLAY_PX)
        self._ctx = self._overlay.ctx
        self._space = HeadlessRenderer(*SPACE_PX, self._ctx)
        self._meshes = [MeshBuffers(self._ctx), MeshBuffers(self._ctx)]

    def time(self, result: BodyResult, timer: StageTimer) -> None:
        """Upload body A for both views, and draw both."""
        from str_live.view.scene import Scene

        body = result.bodies[0]
        with timer.stage("upload"):
            for mesh in self._meshes:
                mesh.upload(body.vertices, body.normals, self._faces)
            self._ctx.finish()
        scene = Scene(replace(result, bodies=(body,)), self._faces)
        with timer.stage("draw overlay"):
            self._overlay.overlay(scene)
        with timer.stage("draw space"):
            self._space.space(scene)

    def release(self) -> None:
        """Free the GL context."""
        for item in (*self._meshes, self._space, self._overlay):
            item.release()


def make_views(faces: np.ndarray) -> Views | str:
    """The views, or why there are none."""
    try:
        return Views(faces)
    except Exception as error:  # GL drivers fail in many ways; the bench goes on without
        return f"the views are not timed: {error}"


def random_parts(settings: Settings) -> Parts:
    """SPIN's ResNet-50 and regressor, and the paper's networks on top, as they are before any training."""
    from str_live.engine import Parts, load_body_for
    from str_live.model import Model
    from str_live.network import PUBLISHED, Network

    wanted = {"str", "frame", settings.variant_a.network.temporal}
    torch.manual_seed(0)
    network = Network(replace(PUBLISHED, networks=tuple(name for name in NETWORK_NAMES if name in wanted)))
    device = resolve_device(settings.device)
    model = Model(network, name=RANDOM_WEIGHTS, device=device, precision=settings.precision)
    return Parts(model, load_body_for(settings))


def runs_faster(parts: Parts) -> bool:
    """Whether a network runs otherwise than by torch's own calls in float32."""
    return parts.model is not None and (parts.model.packed or parts.model.device.type == "cuda")


def eagerly(parts: Parts) -> Parts:
    """The same network and body, by torch's own calls in float32."""
    from str_live.engine import Parts
    from str_live.model import Model

    model = parts.model
    assert model is not None
    return Parts(Model(model.network, name=model.name, device=str(model.device), packed=False), parts.body)


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


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def report(times: dict[str, list[float]]) -> dict[str, Any]:
    """Medians and 95th percentiles in milliseconds, and ratios."""
    whole = [person + tick for person, tick in zip(times["person"], times["tick A"], strict=True)]
    times = {**times, "whole tick": whole}
    stages = {
        name: {"median": float(np.median(times[name])), "p95": float(np.percentile(times[name], 95))}
        for name in sorted(times, key=lambda name: "tick" in name)
    }
    against = {
        f"{name.removeprefix('tick ')} / {base(name)}": ratio(times[name], times[f"tick {base(name)}"])
        for name in times
        if name.startswith("tick ") and name != "tick A"
    }
    ratios = {"everything after mediapipe / mediapipe": ratio(times["tick A"], times["person"]), **against}
    return {"stages_ms": stages, "ratios": ratios}


def base(name: str) -> str:
    """What a tick is compared with: an eager one with its faster self, any other with A."""
    return name.removeprefix("tick ").removesuffix(EAGER) if name.endswith(EAGER) else "A"


def ratio(above: list[float], below: list[float]) -> float:
    """Median of the frames' own ratios."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def table(found: dict[str, Any]) -> str:
    """The report for people."""
    lines = [f"{'':40}{'median ms':>12}{'p95 ms':>10}"]
    lines += [f"{name:40}{row['median']:12.2f}{row['p95']:10.2f}" for name, row in found["stages_ms"].items()]
    lines += ["", f"{'ratio':40}{'median':>12}"]
    lines += [f"{name:40}{value:12.3f}" for name, value in found["ratios"].items()]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Parse, time, print and write; the exit status."""
    parser = OneLineParser(prog="python -m str_live.bench", description=(__doc__ or "").splitlines()[0])
    add_network_arguments(parser)
    parser.add_argument("--frames", type=int, default=90, help="frames to time (default 90)")
    parser.add_argument("--out", type=Path, help="write the figures as JSON to this file")
    parser.add_argument(
        "--random-weights",
        action="store_true",
        help="no files: SPIN's ResNet-50 and the paper's networks untrained, to time the front end resnet",
    )
    group = parser.add_argument_group("windows a second of STR, TCMR and VIBE, instead of the app's stages")
    group.add_argument("--throughput", action="store_true", help="in training and in evaluation")
    for name, default, text in (
        ("width", 2048, "channels of the features"),
        ("batch", 32, "windows at once"),
        ("rounds", 10, "times that all take their turn"),
    ):
        group.add_argument(f"--{name}", type=int, default=default, help=f"{text} (default {default})")
    parsed = parser.parse_args(arguments)
    configure_opencv_environment()
    logging.basicConfig(level=logging.WARNING)
    if parsed.throughput:
        if min(parsed.width, parsed.batch, parsed.rounds) < 1:
            parser.error("--width, --batch and --rounds are above 0")
        device = parsed.device or ("cuda" if torch.cuda.is_available() else "cpu")
        return run_throughput(parsed.width, parsed.batch, parsed.rounds, device, parsed.out)
    settings = settings_over(given_settings(parsed), Settings(source=SourceSettings(spec="clip")))
    settings = replace(settings, source=replace(settings.source, loop=True, realtime=False))
    if parsed.random_weights:
        settings = replace(settings, front_end="resnet")
    devices = [settings.device or "cpu"]
    if not settings.device and torch.cuda.is_available():
        devices.append("cuda")
    # For all devices the same, that of the first: A on CUDA is to be compared with A.
    settings = choose_front_end(replace(settings, device=devices[0])).into(settings)
    return run(settings, devices, parsed.frames, parsed.out, random_weights=parsed.random_weights)


def run(
    settings: Settings, devices: list[str], count: int, out: Path | None, *, random_weights: bool = False
) -> int:
    """Time, print, write; the exit status."""
    try:
        source = open_source(settings.source)
        bench = Bench(settings, devices, random_weights=random_weights)
        timed = bench.run(frames(source), count)
    except (DeviceError, SourceError, WeightsError, BodyFileError, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if timed == 0:
        print(f"bench: nobody was found in {source.name}: choose another --source", file=sys.stderr)
        return 2
    about = {"source": source.name, "frames": timed, "model": bench.model, "machine": machine()}
    found = {**about, **report(bench.times)}
    print(f"{bench.model['weights']}\non {bench.model['runs']}: {bench.model['because']}\n\n{table(found)}")
    if bench.note:
        print(f"\n{bench.note}")
    bench.close()
    source.close()
    write(found, out)
    return 0


def run_throughput(width: int, batch: int, rounds: int, device: str, out: Path | None) -> int:
    """Time the video networks, print, write; the exit status."""
    from str_live.evaluate.throughput import Load, as_text, measure_throughput

    found = measure_throughput(Load(width, batch, rounds), torch.device(device))
    print(as_text(found))
    write({"machine": machine(), **found}, out)
    return 0


def write(found: dict[str, Any], out: Path | None) -> None:
    """The figures as JSON, where a file was asked for."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


if __name__ == "__main__":
    sys.exit(main())
