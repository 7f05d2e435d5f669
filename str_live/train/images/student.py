"""What is learnt from frames: the image encoder and its join to the landmarks, through a known regressor.

The landmark front end stays as it is: its encoder, and the per-frame regressor through which both others
speak. So all three front ends end in one space of features, and the temporal networks that were trained on
the landmark features read them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from str_live.body.regressor import Regressor
from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.target import Target
from str_live.features.image_encoder import ImageConfig, ImageEncoder, JoinedEncoder
from str_live.features.landmarks import LandmarkEncoder
from str_live.features.pixels import ImageInput
from str_live.network.network import Network
from str_live.network.precision import FLOAT32, Precision
from str_live.train.images.config import ImageTraining
from str_live.train.images.observation import Observation
from str_live.train.losses import pose_loss

FRONT_ENDS = ("resnet", "both")
"""The front ends that learn here; 'landmarks' stands beside them in the scores."""


class Student(nn.Module):
    """The joined encoder, of which the image's part and the join learn, and the frozen regressor."""

    def __init__(
        self,
        config: ImageConfig,
        landmarks: Network,
        *,
        learn_trunk: bool,
        keep_statistics: bool,
        precision: Precision = FLOAT32,
    ) -> None:
        """`precision`: what the backbone computes in; encoders of landmarks and losses stay float32."""
        super().__init__()
        width = landmarks.config.width
        points = cast(LandmarkEncoder, landmarks.encoder)
        image = ImageEncoder(config, width, landmarks.config.encoder_hidden, landmarks.config.encoder_blocks)
        image.lift.load_state_dict(points.state_dict())
        self.encoder = JoinedEncoder(points, image, width)
        self.regressor: Regressor = landmarks.head("frame").regressor
        self.learn_trunk, self.keep_statistics = learn_trunk, keep_statistics
        self.precision = precision
        for frozen in (self.encoder.landmarks, self.regressor):
            frozen.requires_grad_(False)
        if not learn_trunk:
            for parameter in self.trunk_parameters():
                parameter.requires_grad_(False)

    def trunk_parameters(self) -> list[nn.Parameter]:
        """Of the backbone without its last stage."""
        backbone = self.encoder.image.backbone
        last = {id(parameter) for part in backbone.last_parts() for parameter in part.parameters()}
        return [parameter for parameter in backbone.parameters() if id(parameter) not in last]

    def last_parameters(self) -> list[nn.Parameter]:
        """All else that learns."""
        trunk = {id(parameter) for parameter in self.trunk_parameters()}
        return [p for p in self.parameters() if p.requires_grad and id(p) not in trunk]

    def train(self, mode: bool = True) -> Student:
        """As nn.Module.train; with `keep_statistics` the trunk's batch norms stay in evaluation mode.

        They then keep ImageNet's statistics, as all batches of renders are alike.
        """
        super().train(mode)
        if not self.keep_statistics:
            return self
        backbone = self.encoder.image.backbone
        last = set(backbone.last_parts())
        for part in backbone.children():
            if part not in last:
                part.eval()
        return self

    def trunk(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) -> (N, K, S / 16, S / 16), channels last, in the precision."""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        learns = self.learn_trunk and self.training
        with self.precision.autocast(pixels.device), torch.set_grad_enabled(learns):
            return self.encoder.image.backbone.trunk(pixels)

    def features(self, between: Tensor, maps: Tensor, landmarks: Tensor) -> Features:
        """What the front ends make of the trunk's output, the maps and the landmark inputs."""
        image = self.encoder.image
        with self.precision.autocast(between.device):
            pooled = image.pooled(between.to(self.precision.dtype), maps)
        pixels, pointed = image.projected(pooled.float())
        points = self.encoder.landmarks(landmarks)
        both = self.encoder.joined(points, pixels)
        return Features({"landmarks": points, "resnet": pixels, "both": both}, pointed)


class Features(NamedTuple):
    """What N frames became."""

    of: dict[str, Tensor]
    """Front end -> (N, C)."""
    pointed: Tensor
    """(N, 66): what the image encoder takes for the landmark inputs."""


@dataclass(frozen=True, slots=True)
class TrunkFeatures:
    """Frames after the trunk: what several steps can learn from when the trunk does not."""

    between: Tensor
    maps: Tensor
    landmarks: Tensor
    clean: Tensor
    target: Target

    def index(self, rows: Tensor) -> TrunkFeatures:
        """The frames `rows`."""
        between, maps, landmarks, clean = (part[rows] for part in self.tensors()[:4])
        return TrunkFeatures(between, maps, landmarks, clean, self.target.index(rows))

    @staticmethod
    def joined(parts: Sequence[TrunkFeatures]) -> TrunkFeatures:
        """Several in a row."""
        columns = zip(*(part.tensors() for part in parts), strict=True)
        return TrunkFeatures.of_tensors([torch.cat(column) for column in columns])

    @staticmethod
    def of_tensors(tensors: Sequence[Tensor]) -> TrunkFeatures:
        """The inverse of `tensors`."""
        between, maps, landmarks, clean, *target = tensors
        return TrunkFeatures(between, maps, landmarks, clean, Target(*target))

    def in_half(self) -> TrunkFeatures:
        """The trunk's output in two bytes a number, whatever it was computed in: a memory holds many."""
        return replace(self, between=self.between.bfloat16())

    def write(self, rows: Tensor, other: TrunkFeatures) -> None:
        """Overwrite the frames `rows` with another's. In place."""
        for own, new in zip(self.tensors(), other.tensors(), strict=True):
            own[rows] = new.to(own.dtype)

    def tensors(self) -> tuple[Tensor, ...]:
        """All of its tensors, (N, ...) each."""
        return self.between, self.maps, self.landmarks, self.clean, *self.target

    def __len__(self) -> int:
        return len(self.landmarks)


def prepare(student: Student, observation: Observation) -> TrunkFeatures:
    """Run the trunk."""
    image: ImageInput = observation.image
    return TrunkFeatures(
        student.trunk(image.pixels), image.maps, observation.landmarks, observation.clean, observation.target
    )


def frame_loss(
    student: Student, trunk_features: TrunkFeatures, body: PointBody, config: ImageTraining
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of the image encoder and of the join, and each front end's 3D error (N, 45, 3)."""
    features = student.features(trunk_features.between, trunk_features.maps, trunk_features.landmarks)
    losses, errors = {}, {}
    for name in FRONT_ENDS:
        regression = student.regressor(features.of[name])
        losses[name], error = pose_loss(regression, trunk_features.target, body, config.weights)
        errors[name] = error.detach()
    pointing = (features.pointed - trunk_features.clean).abs().clamp(max=2.0).mean()
    loss = losses["resnet"] + config.pointing * pointing + config.joined_weight * losses["both"]
    return loss, errors
