"""Records that travel between the threads: Frame -> Person, Crop -> Prediction -> BodyPose -> BodyResult.

Nothing in here is written to after it was handed over: arrays are shared, not copied.

Frames of reference
    image    pixels, origin at the top left corner, x right, y down
    camera   metres, x right, y down, z away from the camera (SPIN's camera frame)
    body     the camera frame's axes with the origin at the body model's own origin (near the pelvis)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from str_live.settings import NetworkSettings, Settings


@dataclass(frozen=True, slots=True)
class Box:
    """A square region of an image, in pixels: the person crop's own square (crop scale included)."""

    cx: float
    cy: float
    side: float


@dataclass(frozen=True, slots=True)
class BodyTruth:
    """Ground truth of one frame, where the source has it (the built-in clip, a recording, a dataset)."""

    joints_cam: np.ndarray
    """(24, 3) float32, metres, camera frame."""


@dataclass(frozen=True, slots=True)
class ReplayPose:
    """A body that a recording holds for one frame: shown as it is, without detector and network."""

    rotmat: np.ndarray
    """(24, 3, 3) float32: as BodyPose.rotmat, [0] relative to the ray through the box's centre."""
    betas: np.ndarray
    """(10,) float32 shape coefficients."""
    camera: np.ndarray
    """(3,) float32: (s, tx, ty) of the crop `box`."""
    box: Box
    person: bool
    """False: no person was found in this frame, the pose is the last one."""
    number: int = 1
    """Whose body it is."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a recording holds for one frame."""

    people: tuple[ReplayPose, ...]
    """By number; empty where nobody was there."""
    made_by: str = ""
    """The network that predicted them, in a few words; '' where that is not known."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source."""

    image: np.ndarray
    """(H, W, 3) uint8 BGR."""
    index: int
    """Number of the frame within its source, from 0."""
    time_s: float
    """The source's own clock, seconds: media time for files, capture time for cameras."""
    captured_ns: int
    """perf_counter_ns() when the picture was grabbed: the start of every latency figure."""
    epoch: int
    """Generation of the source: a new number whenever a source is opened, re-opened or rewound."""
    truth: BodyTruth | None = None
    replay: Replay | None = None
    """The bodies to show in this frame, where the source is a recording: nothing is detected or inferred."""


@dataclass(frozen=True, slots=True)
class Person:
    """The followed person in one frame, as mediapipe sees it."""

    box: Box
    landmarks_px: np.ndarray
    """(33, 2) float32, image pixels; may lie outside the image."""
    visibility: np.ndarray
    """(33,) float32, 0 to 1. Says little about the error: never use it as a gate."""
    world_landmarks: np.ndarray
    """(33, 3) float32, metres, camera-frame axes, origin between the hips: the live reference."""
    mask: np.ndarray | None
    """(H, W) float32 person probability, or None where segmentation is off."""
    image_size: tuple[int, int] | None = None
    """Width and height of the picture, pixels: landmarks outside it are guesses. None: not known."""


@dataclass(frozen=True, slots=True)
class Crop:
    """The person crop that the network sees."""

    image: np.ndarray
    """(224, 224, 3) uint8 BGR."""
    box: Box


class Observation(NamedTuple):
    """What networks are given of one person in one frame."""

    person: Person
    crop: Crop


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """Which network runs, and how."""

    name: str
    """Of its weights."""
    front_end: str
    """One of settings.FRONT_ENDS."""
    networks: tuple[str, ...]
    """Temporal networks that it has weights for, in the order of settings.TEMPORAL_NETWORKS."""
    sees_landmarks: bool
    """Whether landmarks as such are among what the front end is given, not pixels alone."""
    needs_mask: bool
    """Whether the front end looks at Person.mask."""
    device: str
    """As torch names it: 'cpu', 'cuda:0'."""
    precision: str
    """'float32' or 'bfloat16': of image encoders and wide networks."""

    @property
    def where(self) -> str:
        """'cpu', or 'cpu in bfloat16'."""
        return self.device if self.precision == "float32" else f"{self.device} in {self.precision}"


@dataclass(frozen=True, slots=True)
class BodyPose:
    """The body of one network variant in one frame."""

    rotmat: np.ndarray
    """(24, 3, 3) float32: local joint rotations, [0] the global orientation in the crop's camera frame."""
    betas: np.ndarray
    """(10,) float32 shape coefficients."""
    camera: np.ndarray
    """(3,) float32: SPIN's weak-perspective (s, tx, ty) of the crop."""
    vertices: np.ndarray
    """(V, 3) float32 contiguous, metres, body frame."""
    normals: np.ndarray
    """(V, 3) float32 contiguous, unit length, body frame."""
    joints: np.ndarray
    """(24, 3) float32, metres, body frame."""
    joints_px: np.ndarray
    """(24, 2) float32, image pixels."""
    joints_cam: np.ndarray
    """(24, 3) float32, metres, the full image's camera frame (turned along the viewing ray, placed)."""


@dataclass(frozen=True, slots=True)
class AccelerationSample:
    """One point of the acceleration plots, mm/frame^2 normalised to 30 frames a second."""

    time_s: float
    """When the joints moved so, on the source's clock: some time ago where the reference is filtered."""
    error: dict[str, float]
    """Mean over joints of |a_predicted - a_reference| per curve: 'A', 'B', 'frame'; empty without one."""
    magnitude: dict[str, float]
    """Mean over joints of |a| per curve, and of the 'reference'."""
    reference: str
    """'ground truth', or 'mediapipe 6 Hz': what the errors are measured against; '' for nothing."""
    no_reference: str = ""
    """Why there is no reference, as text to show; '' where there is one."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Networks to run beside those shown, on the followed person's windows: wished for, never stored."""

    networks: tuple[NetworkSettings, ...]
    posed: tuple[NetworkSettings, ...] = ()
    """Those among them whose whole body is wanted, not its joints only."""


@dataclass(frozen=True, slots=True)
class AlternativeBodies:
    """What such networks make of the followed person in one frame; never smoothed for display."""

    networks: tuple[NetworkSettings, ...]
    joints_cam: np.ndarray
    """(K, 24, 3) float32, metres, the full image's camera frame: of each network. Where the body stands in it
    is each network's own guess: compare after centring."""
    attention: tuple[dict[str, np.ndarray], ...]
    """Of each network the softmax weights of its integrations."""
    bodies: dict[NetworkSettings, BodyPose]
    """Those that were asked for."""


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """What made a result, and so a recording: stored in its file as JSON (`config`)."""

    settings: Settings
    weights: str
    """Name of the checkpoint."""
    body: str
    """Name of the body model."""
    source: str
    """What was opened; the path where it was a file, so that a replay can show its pictures."""


NUMBER_OF_ONE = 1
"""Whoever is followed where only one person is."""


@dataclass(frozen=True, slots=True)
class PersonBody:
    """One of several people in one frame."""

    number: int
    """His for as long as he is known; see person/people.py."""
    person: Person | None
    """None: not found in this frame; `bodies` then holds the last one."""
    bodies: tuple[BodyPose, ...]
    """As BodyResult.bodies."""
    raw_bodies: tuple[BodyPose, ...] | None
    """As BodyResult.raw_bodies."""
    box: Box | None
    """The crop square that `bodies` were computed in."""
    held_s: float
    """Seconds since he was last seen, 0 while he is."""
    acceleration: AccelerationSample | None
    left_out: bool = False
    """The user wants no body of him: there is none, and nothing is recorded."""


@dataclass(frozen=True, slots=True)
class BodyResult:
    """Everything about one frame, the frame itself included, so that mesh and picture stay in step."""

    frame: Frame
    person: Person | None
    """None: no person was found in this frame; `bodies` then holds the last body, faded by `held_s`."""
    bodies: tuple[BodyPose, ...]
    """Variant A, then B where it is on. Empty before the first person."""
    box: Box | None
    """The crop square that `bodies` were computed in."""
    held_s: float
    """Seconds since a person was last seen, 0 while there is one."""
    crops: tuple[np.ndarray, ...]
    """The up to 16 newest crops, oldest first, each (224, 224, 3) uint8 BGR: the filmstrip."""
    lookahead: int
    """Frames of 1/30 s that this result waited for."""
    stages_ms: dict[str, float]
    """Milliseconds per stage of the tick that made this result."""
    acceleration: AccelerationSample | None
    """A new point for the plots, or None."""
    attention: dict[str, np.ndarray]
    """Softmax weights of variant A's integrations by name, for display."""
    raw_bodies: tuple[BodyPose, ...] | None = None
    """`bodies` without display smoothing, for recorders and measurements; None: `bodies` are raw already."""
    made_by: RecordingInfo | None = None
    """Settings, weights and body that made it; its source is '' where the engine does not know it."""
    number: int | None = None
    """Whose `person` and `bodies` these are: the followed one's; None before the first person."""
    others: tuple[PersonBody, ...] = ()
    """Everybody else in this frame, by number."""
    alternatives: AlternativeBodies | None = None
    """What other networks make of the same person; None where he was not found or nobody asks."""
    left_out: bool = False
    """As PersonBody.left_out, of the followed one: nobody else is there to be followed."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of everybody in this frame who was seen in it or before."""
        own = () if self.number is None else (self.number,)
        return tuple(sorted((*own, *(other.number for other in self.others))))

    @property
    def people(self) -> tuple[PersonBody, ...]:
        """Everybody in this frame, the followed one first."""
        if self.number is None and not self.bodies:
            return self.others
        followed = PersonBody(
            number=self.number or NUMBER_OF_ONE,
            person=self.person,
            bodies=self.bodies,
            raw_bodies=self.raw_bodies,
            box=self.box,
            held_s=self.held_s,
            acceleration=self.acceleration,
            left_out=self.left_out,
        )
        return (followed, *self.others)

    def of(self, number: int) -> BodyResult:
        """The same frame with this person as the followed one, and nobody else."""
        if number == self.number:
            return replace(self, others=())
        one = next(other for other in self.others if other.number == number)
        return replace(
            self,
            person=one.person,
            bodies=one.bodies,
            raw_bodies=one.raw_bodies,
            box=one.box,
            held_s=one.held_s,
            crops=(),
            acceleration=one.acceleration,
            attention={},
            number=number,
            others=(),
            alternatives=None,
            left_out=one.left_out,
        )

    def following(self, number: int) -> BodyResult:
        """The same frame and people, this one of them as the followed one."""
        others = [one for one in self.people if one.number != number]
        return replace(self.of(number), others=tuple(sorted(others, key=lambda one: one.number)))

    @property
    def measured_bodies(self) -> tuple[BodyPose, ...]:
        """The bodies without display smoothing: what is recorded and measured."""
        return self.bodies if self.raw_bodies is None else self.raw_bodies

    @property
    def person_seen(self) -> bool:
        """Whether a person is in this frame: found now, or when it was recorded."""
        if self.frame.replay is not None:
            return any(one.person and one.number == self.number for one in self.frame.replay.people)
        return self.person is not None


class Posed(NamedTuple):
    """A body that was posed along with its prediction, as arrays."""

    vertices: np.ndarray
    """(V, 3) metres, body frame."""
    joints: np.ndarray
    """(24, 3) metres, body frame."""
    normals: np.ndarray
    """(V, 3) unit length."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network predicts for one frame, as numpy arrays."""

    rotmat: np.ndarray
    """(24, 3, 3) local rotations, [0] the global orientation in the crop's camera frame."""
    betas: np.ndarray
    """(10,)."""
    camera: np.ndarray
    """(3,): s, tx, ty of the crop."""
    attention: dict[str, np.ndarray]
    """Softmax weights by integration."""
    posed: Posed | None = None
    """The body of rotmat and betas, where it is known already."""


@dataclass(frozen=True, slots=True)
class AccelerationMeans:
    """Means over the last seconds, for a table. mm/frame^2 by curve, as in AccelerationSample."""

    error: dict[str, float]
    magnitude: dict[str, float]
    samples: int
