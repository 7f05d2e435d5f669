"""Stand-ins for detector, network and body, whose numbers tell which frame and network they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from str_live.body.skinning import BodyOutput
from str_live.live.engine import Engine
from str_live.messages import BodyTruth, Box, Frame, NetworkInfo, Observation, Person, Prediction
from str_live.settings import TEMPORAL_NETWORKS, NetworkSettings, Settings
from str_live.temporal.window import Samples, mixed
from str_live.weights.load import Parts

SIZE = (48, 64)


def make_frame(
    index: int, *, fps: float = 30.0, epoch: int = 0, size: tuple[int, int] = SIZE, truth: bool = False
) -> Frame:
    """A black picture; ground truth at rest if wanted."""
    joints = BodyTruth(np.zeros((24, 3), np.float32)) if truth else None
    return Frame(np.zeros((*size, 3), np.uint8), index, index / fps, 0, epoch, joints)


def make_person(number: float) -> Person:
    """A person whose landmarks carry the frame's number."""
    points = np.full((33, 2), number, np.float32)
    return Person(Box(32, 24, 40), points, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None)


@dataclass
class FakeTracker:
    """Finds a person in every frame but those whose index is in `nobody`."""

    nobody: set[int] = field(default_factory=set)
    segmentation: bool = False
    closed: bool = False

    def find(self, frame: Frame) -> Person | None:
        return None if frame.index in self.nobody else make_person(frame.index)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeRunner:
    """Predicts betas = (frame number, number of the network, newest number in the window)."""

    name: str = "fake weights"
    needs_mask: bool = False
    networks: tuple[str, ...] = TEMPORAL_NETWORKS
    windows: list[np.ndarray] = field(default_factory=list)
    asked: list[tuple[NetworkSettings, ...]] = field(default_factory=list)

    @property
    def info(self) -> NetworkInfo:
        return NetworkInfo(
            name=self.name,
            front_end="landmarks",
            networks=self.networks,
            sees_landmarks=True,
            needs_mask=self.needs_mask,
            device="cpu",
            precision="float32",
        )

    def observe(self, observations: Sequence[Observation]) -> list[np.ndarray]:
        return [np.array([person.landmarks_px[0, 0]], np.float32) for person, _ in observations]

    def predict(
        self, windows: Sequence[Samples[np.ndarray]], variants: Sequence[NetworkSettings]
    ) -> list[list[Prediction]]:
        return [self._predict_one(mixed(samples), variants) for samples in windows]

    def _predict_one(self, window: np.ndarray, variants: Sequence[NetworkSettings]) -> list[Prediction]:
        self.windows.append(window)
        self.asked.append(tuple(variants))
        predictions = []
        for variant in variants:
            betas = np.zeros(10, np.float32)
            betas[:3] = window[8, 0], network_number(variant), window[:, 0].max()
            camera = np.array([0.9, 0.0, 0.0], np.float32)
            rotmat = np.tile(np.eye(3, dtype=np.float32), (24, 1, 1))
            predictions.append(Prediction(rotmat, betas, camera, {"self": np.ones(3, np.float32) / 3}))
        return predictions


def network_number(network: NetworkSettings) -> float:
    """A number for each combination of STR's switches; negative ones for the other networks."""
    if network.temporal != "str":
        return -float(TEMPORAL_NETWORKS[::-1].index(network.temporal) + 1)
    switches = (
        network.ttr,
        network.ste_time,
        network.ste_freq,
        network.self_integration,
        network.cross_integration,
    )
    return float(sum(on << place for place, on in enumerate(switches)))


class FakeBody:
    """Five vertices; its joints stand where the first beta says, so that accelerations can be foretold."""

    name = "fake body"
    has_landmarks = False
    template = torch.zeros(1)
    faces = np.array([[0, 1, 2], [2, 3, 4]], np.int32)
    vertex_joint = np.zeros(5, np.int64)

    def forward(self, rotmat: torch.Tensor, betas: torch.Tensor) -> BodyOutput:
        joints = self.joints_only(rotmat, betas)
        return BodyOutput(joints[:, :5].clone(), joints, torch.ones(len(betas), 5, 3))

    def joints_only(self, rotmat: torch.Tensor, betas: torch.Tensor) -> torch.Tensor:
        joints = torch.zeros(len(betas), 24, 3)
        joints[:, 1:] = 0.01 * betas[:, None, :1]
        return joints


def make_engine(
    settings: Settings | None = None, *, nobody: set[int] | None = None, runner: FakeRunner | None = None
) -> Engine:
    """An Engine of stand-ins."""
    parts = Parts(runner or FakeRunner(), FakeBody())
    return Engine(settings or Settings(), parts, tracker=FakeTracker(nobody or set()))
