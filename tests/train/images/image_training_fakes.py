"""Small stand-ins: a landmark network, a body, and pictures that need no renderer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.target import Target
from str_live.features.image_encoder import ImageConfig
from str_live.features.landmarks import landmark_input
from str_live.features.pixels import InputConfig, image_inputs
from str_live.network.network import Network, NetworkConfig
from str_live.rotation import rotmat_from_axis_angle
from str_live.skeleton import PARENTS
from str_live.temporal import STRConfig
from str_live.train.images.config import ImageTraining
from str_live.train.images.observation import Observation
from tests.features.small_backbone import SMALL_BACKBONE

INPUT = InputConfig(32, background="removed", joints=True)


def small_body() -> PointBody:
    rng = np.random.default_rng(0)
    weights, joints, landmarks = (rng.random(shape) ** 8 for shape in ((40, 24), (24, 40), (33, 40)))
    return PointBody(
        v_template=rng.normal(size=(40, 3)) * [0.2, 0.8, 0.1],
        shapedirs=rng.normal(size=(40, 3, 10)) * 0.02,
        j_regressor=joints / joints.sum(1, keepdims=True),
        weights=weights / weights.sum(1, keepdims=True),
        parents=np.array(PARENTS),
        landmark_regressor=landmarks / landmarks.sum(1, keepdims=True),
    )


def landmark_network() -> Network:
    torch.manual_seed(0)
    switches = STRConfig(width=16, attention_width=8)
    config = NetworkConfig(
        networks=("str", "frame"),
        switches=switches,
        encoder_hidden=16,
        encoder_blocks=1,
        regressor_hidden=8,
    )
    network = Network(config)
    # A regressor that was never trained hardly listens to features, and through it nothing could be learnt.
    torch.nn.init.normal_(network.head("frame").regressor.decpose.weight, std=0.3)
    return network


def recipe(**changes: object) -> ImageTraining:
    defaults = {
        "image": ImageConfig(SMALL_BACKBONE, INPUT),
        "keep_statistics": False,
        "trunk_rate": 1e-4,
        "pictures": 64,
        "batch": 8,
        "warm_up": 2,
        "held_out": 8,
        "sequences": 4,
        "window_steps": 3,
        "window_batch": 2,
    }
    return ImageTraining(**{**defaults, **changes})


def observation(count: int = 8, seed: int = 0) -> Observation:
    """Random pictures of random people; they have nothing to do with each other."""
    generator = torch.Generator().manual_seed(seed)
    rotmat = rotmat_from_axis_angle(torch.randn(count, 24, 3, generator=generator) * 0.3)
    betas = torch.randn(count, 10, generator=generator)
    points = torch.rand(count, 21, 2, generator=generator) - 0.5
    inside = torch.ones(count, 21, dtype=torch.bool)
    colour = torch.rand(count, 3, 32, 32, generator=generator)
    mask = torch.rand(count, 32, 32, generator=generator).round()
    truth = small_body()(rotmat, betas).all()
    image = image_inputs(INPUT, colour, mask, points, inside)
    landmarks = landmark_input(points, inside)
    return Observation(image, landmarks, landmarks, Target(rotmat, betas, truth, points))


class FakePictures:
    """As pictures.Pictures, without a renderer: the same few batches again and again."""

    def __init__(
        self,
        config: ImageTraining,
        *_: object,
        first: int = 0,
        frames: int = 1,
        sequences: int = 0,
        **__: object,
    ) -> None:
        self.count, self.number = (sequences or config.batch) * frames, first

    def __iter__(self) -> Iterator[Observation]:
        return self

    def __next__(self) -> Observation:
        self.number += 1
        return observation(self.count, self.number % 2)

    def __enter__(self) -> FakePictures:
        return self

    def __exit__(self, *_: object) -> None:
        pass
