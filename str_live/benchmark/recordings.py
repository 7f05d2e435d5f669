"""What the project's own front end reports of a scene, and the truth, frame by frame.

In: a Scene and the condition it is seen in. Out: a Recording, the rows of a database: the frozen landmark
encoder's features of simulated observations (datasets/simulated/views.py), pose, betas, joints and box.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from str_live.benchmark.scenes import Scene
from str_live.datasets.measured_body import MeasuredBody
from str_live.datasets.published.sequences import TARGET_SCALE
from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.simulated.views import ViewConfig, observe
from str_live.features.landmarks import LandmarkEncoder
from str_live.rotation import axis_angle_from_rotmat

FOCAL_PX = 1000.0
PICTURE_PX = (1280, 720)
"""Of the made-up picture that 2D joints and boxes are in: the optical axis meets it in the middle."""


@dataclass(frozen=True, slots=True)
class Recording:
    """T frames of one scene, as numpy arrays under the keys of 3DPW's databases."""

    name: str
    features: np.ndarray
    """(T, C) float32."""
    pose: np.ndarray
    """(T, 72) float32 axis-angle, global orientation in the camera frame."""
    shape: np.ndarray
    """(T, 10) float32."""
    joints3d: np.ndarray
    """(T, 49, 3) float32 metres, camera frame."""
    joints2d: np.ndarray
    """(T, 49, 3) float32 pixels, and confidence 1."""
    bbox: np.ndarray
    """(T, 4) float32 pixels: centre, width, height, before the crop's scale."""


class Recorder:
    """A front end, and the body in the two forms that observation and truth need."""

    def __init__(self, encoder: LandmarkEncoder, points: PointBody, body: MeasuredBody) -> None:
        self.encoder, self.points, self.body = encoder.eval(), points, body

    @torch.inference_mode()
    def record(self, scene: Scene, view: ViewConfig) -> Recording:
        """The scene, observed with the errors of `view`."""
        frames = len(scene.rotmat)
        betas = scene.betas.expand(frames, -1)
        points = self.points(scene.rotmat, betas).points  # (T, 21, 3)
        generator = torch.Generator().manual_seed(scene.seed)
        placed = replace(view, distance=(scene.distance, scene.distance))
        observation = observe(points, 1, frames, placed, generator)
        joints = self.body.joints_49(scene.rotmat, betas) + torch.tensor([0.0, 0.0, scene.distance])
        points = points + torch.tensor([0.0, 0.0, scene.distance])
        scale, shift = crop_of_picture(_through_lens(points), observation.clean)
        centre = torch.tensor(PICTURE_PX) / 2
        side = 2 * FOCAL_PX / scale / TARGET_SCALE  # (T, 1)
        box = torch.cat([centre - FOCAL_PX * shift / scale, side, side], dim=1)
        pixels = FOCAL_PX * _through_lens(joints) + centre
        return Recording(
            scene.name,
            self.encoder(observation.inputs).numpy(),
            axis_angle_from_rotmat(scene.rotmat).flatten(1).numpy(),
            betas.numpy(),
            joints.numpy(),
            torch.cat([pixels, torch.ones(*pixels.shape[:2], 1)], dim=2).numpy(),
            box.numpy(),
        )


def crop_of_picture(image: Tensor, crop: Tensor) -> tuple[Tensor, Tensor]:
    """Scale (T, 1) and shift (T, 2) with crop = scale * image + shift, for (T, P, 2) points in both.

    `observe` cuts the crop around what it observed and gives the true points in it: where it lies follows.
    """
    middle, goal = image.mean(1, keepdim=True), crop.mean(1, keepdim=True)
    spread = (image - middle).square().sum((1, 2))
    scale = ((image - middle) * (crop - goal)).sum((1, 2)) / spread  # (T,)
    return scale[:, None], (goal - scale[:, None, None] * middle)[:, 0]


def _through_lens(points: Tensor) -> Tensor:
    """(..., 3) metres, camera frame -> (..., 2) of a picture with focal length 1."""
    return points[..., :2] / points[..., 2:].clamp_min(0.3)
