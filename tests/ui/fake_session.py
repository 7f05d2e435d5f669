"""A session that makes up its results: drives the window in tests without network or camera."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from str_live.camera.status import IDLE
from str_live.camera.transport import Transport
from str_live.latest import Latest
from str_live.live.status import InferenceStatus, SessionStatus, WriterStatus
from str_live.live.switches.meter import SwitchFigures
from str_live.messages import (
    AccelerationMeans,
    AccelerationSample,
    Alternatives,
    BodyPose,
    BodyResult,
    Box,
    Frame,
    NetworkInfo,
    Person,
    PersonBody,
)
from str_live.settings import TEMPORAL_NETWORKS, Settings

WIDTH, HEIGHT = 320, 240


NETWORK = NetworkInfo(
    name="landmarks",
    front_end="landmarks",
    networks=TEMPORAL_NETWORKS,
    sees_landmarks=True,
    needs_mask=False,
    device="cpu",
    precision="float32",
)
MODE = "asked 1280 × 720, 30 fps; got 640 × 480, 30 fps"
STATUS = SessionStatus(
    source=replace(IDLE, state="playing", name="Fake camera", mode=MODE, rate=30.0),
    inference=InferenceStatus(
        loading=False,
        tick_fps=29.0,
        stages_ms={"capture_age": 90.0, "person": 20.0, "temporal": 9.0, "body": 5.0},
        network=NETWORK,
        acceleration=AccelerationMeans(
            {"A": 10.0, "frame": 30.0}, {"A": 12.0, "frame": 32.0, "reference": 8.0}, 300
        ),
    ),
    frames_dropped=3,
    recording=None,
    film=None,
    streams=(),
    found_bodies={},
    unavailable_front_ends={"resnet": "needs SPIN's checkpoint"},
)


def octahedron(centre: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> BodyPose:
    """A body of eight triangles, as high and wide as a person."""
    unit = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float32)
    vertices = unit * np.array([0.35, 0.9, 0.25], dtype=np.float32) + np.array(centre, dtype=np.float32)
    joints = np.zeros((24, 3), dtype=np.float32)
    return BodyPose(
        rotmat=np.tile(np.eye(3, dtype=np.float32), (24, 1, 1)),
        betas=np.zeros(10, dtype=np.float32),
        camera=np.array([0.9, 0.0, 0.0], dtype=np.float32),
        vertices=np.ascontiguousarray(vertices),
        normals=unit,
        joints=joints,
        joints_px=np.zeros((24, 2), dtype=np.float32),
        joints_cam=joints,
    )


FACES = np.array(
    [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]], dtype=np.int32
)
PERSON = Person(
    box=Box(WIDTH / 2, HEIGHT / 2, 200.0),
    landmarks_px=np.full((33, 2), 100.0, dtype=np.float32),
    visibility=np.ones(33, dtype=np.float32),
    world_landmarks=np.zeros((33, 3), dtype=np.float32),
    mask=None,
)
IMAGE = np.full((HEIGHT, WIDTH, 3), (160, 120, 60), dtype=np.uint8)
CROPS = [np.full((224, 224, 3), (90, 160, 5 * shade), dtype=np.uint8) for shade in range(48)]


def make_sample(
    time_s: float, compare: bool = False, reference: str = "mediapipe 6 Hz"
) -> AccelerationSample:
    """Errors of 10 (A), 20 (B) and 30 (per-frame) mm/frame², magnitudes 2 more, the reference 8."""
    names = {"A": 10.0, "frame": 30.0, **({"B": 20.0} if compare else {})}
    magnitude = {name: value + 2 for name, value in names.items()} | {"reference": 8.0}
    return AccelerationSample(time_s, names, magnitude, reference)


def make_result(
    index: int, settings: Settings | None = None, *, person: bool = True, held_s: float = 0.0, epoch: int = 0
) -> BodyResult:
    """Frame `index` of a stream at 30 frames a second."""
    settings = settings or Settings()
    bodies = (octahedron(), octahedron((0.1, 0.0, 0.0))) if settings.compare else (octahedron(),)
    frame = Frame(IMAGE, index, index / 30, time.perf_counter_ns() - 50_000_000, epoch)
    return BodyResult(
        frame=frame,
        person=PERSON if person else None,
        bodies=bodies,
        box=PERSON.box,
        held_s=held_s,
        crops=tuple(CROPS[number % 48] for number in range(max(index - 15, 0), index + 1)),
        lookahead=settings.lookahead,
        stages_ms={"person": 20.0, "temporal": 9.0, "body": 5.0},
        acceleration=make_sample(max(index / 30 - 0.4, 0.0), settings.compare),
        attention={"str": np.array([0.5, 0.3, 0.2], dtype=np.float32)},
    )


PLACES = {1: (90.0, 150.0), 2: (230.0, 150.0)}
"""Middle of each person in `make_people`'s picture, pixels."""


def make_people(index: int, settings: Settings | None = None) -> BodyResult:
    """Frame `index` of two people, 1 at the left; followed and left out as an engine does."""
    settings = settings or Settings(people=2)
    result = make_result(index, settings)
    left_out = settings.left_out
    there = [number for number in PLACES if number not in left_out] or list(PLACES)
    asked = int(settings.follow) if settings.follow.isdigit() else 0
    followed = asked if asked in there else there[0]
    people = [_one_of_two(number, result, left_out=number in left_out) for number in PLACES]
    (own,) = (one for one in people if one.number == followed)
    return replace(
        result,
        person=own.person,
        bodies=own.bodies,
        box=own.box,
        number=own.number,
        left_out=own.left_out,
        others=tuple(one for one in people if one.number != followed),
    )


def _one_of_two(number: int, result: BodyResult, *, left_out: bool) -> PersonBody:
    x, y = PLACES[number]
    box = Box(x, y, 120.0)
    along = np.linspace(-40, 40, 24, dtype=np.float32)
    joints_px = np.column_stack([np.full(24, x, np.float32), y + along])
    joints_cam = np.zeros((24, 3), np.float32) + np.float32([(x - WIDTH / 2) / 100, 0.0, 4.0])
    bodies = tuple(replace(body, joints_px=joints_px, joints_cam=joints_cam) for body in result.bodies)
    person = replace(PERSON, box=box, landmarks_px=np.full((33, 2), (x, y), np.float32))
    return PersonBody(number, person, () if left_out else bodies, None, box, 0.0, None, left_out)


class FakeSession:
    """Gives a result every 1/30 s from a thread of its own; remembers what it was told."""

    def __init__(self, settings: Settings, make: Callable[[int, Settings], BodyResult] = make_result) -> None:
        self.settings = settings
        self.results: Latest[BodyResult] = Latest()
        self.configured: list[Settings] = []
        self.recording: Path | None = None
        self.film: Path | None = None
        self.film_recorder: object = None
        self.stopped_with: float | None = None
        self.fake_status = STATUS
        self.transport: Transport | None = None
        self.wishes: list[Alternatives | None] = []
        self.switch_figures: SwitchFigures | None = None
        self.faces, self.parts = FACES, np.zeros(6, dtype=np.int32)
        self._make = make
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake session", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        for index in itertools.count():
            self.results.put(self._make(index, self.settings))
            if self._stop.wait(1 / 30):
                return

    def stop(self, timeout: float = 2.0) -> bool:
        self.stopped_with = timeout
        self._stop.set()
        self.results.close()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def configure(self, settings: Settings) -> None:
        self.settings = settings
        self.configured.append(settings)

    def status(self) -> SessionStatus:
        recording, film = (
            WriterStatus(path, written=0, dropped=0) if path else None for path in (self.recording, self.film)
        )
        status = replace(self.fake_status, recording=recording, film=film)
        if self.transport is None:
            return status
        playing = replace(status.source, identity="film.mp4", fps=30.0, position=self.transport.position)
        return replace(status, source=playing)

    def change_status(self, **inference: object) -> None:
        """Let the inference thread tell something else."""
        changed = replace(self.fake_status.inference, **inference)
        self.fake_status = replace(self.fake_status, inference=changed)

    def play_a_webcam(self) -> None:
        """Let the source be a webcam."""
        self.fake_status = replace(
            self.fake_status, source=replace(self.fake_status.source, identity="usb:webcam", live=True)
        )

    def play_a_file(self, duration_s: float = 10.0) -> Transport:
        """Let the source be a film at 30 pictures a second."""
        self.transport = Transport()
        self.transport.duration_s = duration_s
        return self.transport

    def watch_switches(self, wish: Alternatives | None) -> None:
        self.wishes.append(wish)

    def announce(self, devices: list[tuple[str, str]]) -> None:
        self.announced = devices

    def mesh(self) -> tuple[np.ndarray, np.ndarray]:
        return self.faces, self.parts

    def start_recording(self, path: Path) -> None:
        self.recording = path

    def stop_recording(self) -> None:
        self.recording = None

    def start_film(self, path: Path, recorder: object) -> None:
        self.film, self.film_recorder = path, recorder

    def stop_film(self) -> None:
        self.film = None
