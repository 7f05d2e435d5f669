"""Ways of tracking, run over frames. In: frames, out: a Track, what each shows of the person in every frame.

mediapipe looks at the frames once for all networks of the app, and once more as it comes, for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch

from str_live.body.skinning import Body
from str_live.geometry import crop_to_image, project
from str_live.live.engine import Engine
from str_live.messages import BodyPose, BodyResult, Box, Frame, NetworkInfo, Observation, Person, Prediction
from str_live.network.runner import Runner
from str_live.person.left_right import LeftRightGuard
from str_live.person.tracker import PersonTracker
from str_live.settings import NetworkSettings
from str_live.skeleton import LIMB_JOINTS, LIMB_LANDMARKS
from str_live.temporal.window import Samples

MEDIAPIPE = "mediapipe as it comes"
GUARDED = "the same, unsmoothed, sides guarded"
TRUTH = "the joints themselves"
"""Stands among the ways of tracking for its mean acceleration: what others should have."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A person as shown in one frame."""

    joints: np.ndarray
    """(12, 3) limb joints, metres, axes of the camera."""
    points_px: np.ndarray
    """(12, 2) the same limbs' landmarks in the picture, pixels."""
    mask: np.ndarray | None
    """(H, W) bool: the pixels that the person covers; None where nobody asked for them."""


@dataclass(frozen=True, slots=True)
class Track:
    """What one way of tracking shows in each frame of a clip."""

    name: str
    sights: list[Sight | None]
    """The person found in the frame, else the one shown last; None before the first."""
    found: np.ndarray
    """(N,) bool: whether the person was found in this very frame."""


class RepeatedPersons:
    """The Tracker that gives, frame by frame, what another found before: mediapipe then runs only once."""

    segmentation = False

    def __init__(self, persons: Sequence[Person | None]) -> None:
        self._persons = persons

    def find(self, frame: Frame) -> Person | None:
        """The person found in the frame of this number."""
        return self._persons[frame.index]

    def close(self) -> None:
        """Nothing is held."""


class RememberedFeatures:
    """The Runner that encodes each picture only once, however many of its networks ask for the feature."""

    def __init__(self, model: Runner[np.ndarray]) -> None:
        self._model = model
        self._known: dict[tuple[Box, bytes], np.ndarray] = {}

    @property
    def info(self) -> NetworkInfo:
        """See Runner."""
        return self._model.info

    def observe(self, observations: Sequence[Observation]) -> list[np.ndarray]:
        """P people -> P features (C,) float32; the same landmarks in the same square are the same picture."""
        return [self._feature(observation) for observation in observations]

    def predict(
        self, windows: Sequence[Samples[np.ndarray]], variants: Sequence[NetworkSettings]
    ) -> list[list[Prediction]]:
        """See Runner."""
        return self._model.predict(windows, variants)

    def _feature(self, observation: Observation) -> np.ndarray:
        key = observation.crop.box, observation.person.landmarks_px.tobytes()
        if key not in self._known:
            (self._known[key],) = self._model.observe([observation])
        return self._known[key]


def find_persons(frames: Sequence[Frame], *, masks: bool) -> list[Person | None]:
    """The person that the app follows in each frame, with their mask if asked for."""
    with PersonTracker(segmentation=masks) as tracker:
        return [tracker.find(frame) for frame in frames]


def mediapipe_track(frames: Sequence[Frame], *, masks: bool) -> Track:
    """mediapipe by itself, as it comes: its own smoothing on, nobody chosen or guarded."""
    import mediapipe

    found: list[Sight | None] = []
    epoch: int | None = None
    with mediapipe.solutions.pose.Pose(model_complexity=1, enable_segmentation=masks) as pose:
        for frame in frames:
            if epoch not in (None, frame.epoch):
                pose.reset()
            epoch = frame.epoch
            found.append(_mediapipe_sight(pose.process(cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB)), frame))
    return Track(MEDIAPIPE, held(found, frames), np.array([sight is not None for sight in found]))


def _mediapipe_sight(result: Any, frame: Frame) -> Sight | None:
    if result.pose_landmarks is None:
        return None
    height, width = frame.image.shape[:2]
    world = [(point.x, point.y, point.z) for point in result.pose_world_landmarks.landmark]
    pixels = [(point.x * width, point.y * height) for point in result.pose_landmarks.landmark]
    mask = result.segmentation_mask
    limbs = LIMB_LANDMARKS
    return Sight(np.array(world)[limbs], np.array(pixels)[limbs], None if mask is None else mask > 0.5)


def guarded_track(frames: Sequence[Frame], persons: Sequence[Person | None]) -> Track:
    """mediapipe's landmarks as the app's networks are given them: unsmoothed, exchanged sides put right."""
    guard = LeftRightGuard()
    found = [
        None if person is None else _person_sight(guard(person, frame.time_s))
        for person, frame in zip(persons, frames, strict=True)
    ]
    return Track(GUARDED, held(found, frames), np.array([sight is not None for sight in found]))


def _person_sight(person: Person) -> Sight:
    limbs = LIMB_LANDMARKS
    return Sight(person.world_landmarks[limbs], person.landmarks_px[limbs], None)


def held(found: Sequence[Sight | None], frames: Sequence[Frame]) -> list[Sight | None]:
    """What a viewer sees: where nobody was found the person stands as in the last frame of the same film."""
    shown: list[Sight | None] = []
    for index, sight in enumerate(found):
        goes_on = index > 0 and frames[index].epoch == frames[index - 1].epoch
        shown.append(shown[-1] if sight is None and goes_on else sight)
    return shown


def engine_track(name: str, engine: Engine, frames: Sequence[Frame], *, masks: bool) -> Track:
    """Variant A of the app's engine."""
    body = engine.parts.body
    assert body is not None
    results = [result for frame in frames for result in engine.process(frame)] + engine.flush()
    assert [result.frame.index for result in results] == [frame.index for frame in frames]
    sights = [_engine_sight(body, result, masks) for result in results]
    return Track(name, sights, np.array([result.person_seen for result in results]))


def _engine_sight(body: Body, result: BodyResult, masks: bool) -> Sight | None:
    if not result.bodies or result.box is None:
        return None
    pose = result.bodies[0]
    height, width = result.frame.image.shape[:2]
    vertices_px = _in_picture(pose.vertices, pose, result.box)
    mask = silhouette(vertices_px, body.faces, (width, height)) if masks else None
    points_px = _in_picture(_landmarks(body, pose)[LIMB_LANDMARKS], pose, result.box)
    return Sight(pose.joints_cam[LIMB_JOINTS], points_px, mask)


def _landmarks(body: Body, pose: BodyPose) -> np.ndarray:
    """(33, 3) metres: mediapipe's landmarks on a posed body."""
    rotmat, betas = torch.from_numpy(pose.rotmat)[None], torch.from_numpy(pose.betas)[None]
    with torch.inference_mode():
        return body.landmarks(rotmat.to(body.template), betas.to(body.template))[0].cpu().numpy()


def _in_picture(points: np.ndarray, pose: BodyPose, box: Box) -> np.ndarray:
    """(N, 3) metres in the body frame -> (N, 2) pixels of the picture."""
    return crop_to_image(project(points, pose.camera), box)


def silhouette(vertices_px: np.ndarray, faces: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(V, 2) pixels and (F, 3) faces of a closed surface -> (H, W) bool, for a picture of (width, height)."""
    triangles = vertices_px[faces]  # (F, 3, 2)
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    facing = first[:, 0] * second[:, 1] > first[:, 1] * second[:, 0]  # one side covers what both cover
    mask = np.zeros(size[::-1], np.uint8)
    for triangle in np.round(triangles[facing]).astype(np.int32):
        cv2.fillConvexPoly(mask, triangle, (1,))
    return mask.astype(bool)
