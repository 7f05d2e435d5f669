"""What the front ends report of a rendered scene, and the truth: recordings.py with pixels.

In: a Scene and the condition it is seen in. Out: per front end a Recording, all of the same pictures. People
are drawn as for the training of the image front ends; bad light and blur damage the pictures as they damage
real clips (evaluate/damage/), and the detector's points by the errors fitted to that (conditions.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from str_live.benchmark.recordings import Recording
from str_live.benchmark.scenes import Scene
from str_live.datasets.measured_body import MeasuredBody, load_measured_body
from str_live.datasets.published.sequences import TARGET_SCALE
from str_live.datasets.rendered.augment import in_picture
from str_live.datasets.rendered.renderer import Renderer, RendererConfig, SyntheticBatch
from str_live.datasets.rendered.scenes import SceneConfig
from str_live.datasets.simulated.conditions import CONDITIONS
from str_live.datasets.simulated.poses import PoseSampler
from str_live.datasets.simulated.views import found_frames, last_found
from str_live.evaluate.damage.film import Damage, Film
from str_live.evaluate.damage.light import deep_flicker, over_exposed, very_dark
from str_live.evaluate.damage.motion import motion_blur, occlusion
from str_live.features.image_encoder import JoinedEncoder
from str_live.interruption import workers_end_too
from str_live.process import prepare_to_share
from str_live.rotation import axis_angle_from_rotmat
from str_live.settings import FRONT_ENDS
from str_live.train.images.config import PRESETS
from str_live.train.images.observation import Observation, observe_rendered
from str_live.weights.own_images import load_images

LIGHTS: tuple[Damage, ...] = (very_dark, over_exposed, deep_flicker)
"""Condition "light" is one of these, by the scene's seed: those that its detector's errors were fitted to."""
CROP_PX = 224
"""Side of the made-up picture that 2D joints and boxes are in: the crop itself."""
DRAWN = PRESETS["cpu"]
"""Pictures are as fine as in the training on a processor alone."""
CHUNK = 64


@dataclass(frozen=True, slots=True)
class Studio:
    """What a Photographer is made of; picklable, as several processes make one each."""

    landmarks: Path
    """Landmark weights, on which `images` was trained."""
    images: Path
    backgrounds: Path
    poses: PoseSampler
    """Any: the renderer wants one, though the motion is given."""


class Photographer:
    """A renderer and the front ends that look at its pictures. Owns a GL context: use it in one thread."""

    def __init__(self, studio: Studio) -> None:
        network = load_images(studio.images, "both", studio.landmarks)
        assert isinstance(network.encoder, JoinedEncoder)
        self.encoder = network.encoder.eval()
        self.input = self.encoder.image.config.input
        config = RendererConfig(
            size=self.input.size,
            cell_m=DRAWN.cell_m,
            samples=DRAWN.samples,
            backgrounds=studio.backgrounds,
            scenes=replace(SceneConfig(), bystander=0.0),
        )
        self._renderer = Renderer(config, studio.poses)
        self._body = load_measured_body(None)

    @torch.inference_mode()
    def record(self, scene: Scene, condition: str) -> dict[str, Recording]:
        """Front end -> what it reports of the scene."""
        generator = torch.Generator().manual_seed(scene.seed)
        world = scene.rotmat.clone()
        world[:, 0] = scene.camera.T @ scene.rotmat[:, 0]
        batch, projection = self._renderer.film(world[None], scene.betas[None], scene.camera[None], generator)
        batch = damaged(batch, condition, scene.seed)
        frames, view = len(world), CONDITIONS[condition]
        held = last_found(found_frames(1, frames, view, generator))[0]
        observation = observe_rendered(batch, frames, view, self.input, generator)
        truth = truth_of(scene.name, batch, projection, self._body)
        features = {name: feature[held].numpy() for name, feature in self._features(observation).items()}
        return {name: replace(truth, features=features[name]) for name in FRONT_ENDS}

    def _features(self, observation: Observation) -> dict[str, Tensor]:
        parts = [
            self._chunk(observation.index(rows))
            for rows in torch.arange(len(observation.landmarks)).split(CHUNK)
        ]
        return {name: torch.cat([part[name] for part in parts]) for name in FRONT_ENDS}

    def _chunk(self, observation: Observation) -> dict[str, Tensor]:
        pixels = observation.image.pixels.contiguous(memory_format=torch.channels_last)
        points = self.encoder.landmarks(observation.landmarks)
        image = self.encoder.image(observation.image._replace(pixels=pixels))
        return {"landmarks": points, "resnet": image, "both": self.encoder.joined(points, image)}

    def release(self) -> None:
        """Free the GL context."""
        self._renderer.release()


def damaged(batch: SyntheticBatch, condition: str, seed: int) -> SyntheticBatch:
    """The pictures of one scene as the condition leaves them; what hides the person is off its mask.

    What lies outside the camera's picture stays black.
    """
    if condition == "normal":
        return batch
    within = in_picture(batch.pictures.permute(0, 3, 1, 2))[:, 0, ..., None].byte().numpy()
    pixels = batch.pixels.numpy().copy()  # (T, S, S, 4)
    pictures = list(pixels[..., 2::-1])  # BGR
    if condition == "light":
        pictures = LIGHTS[seed % len(LIGHTS)](Film(pictures), seed)
    elif condition == "blur":
        covered = list(occlusion(Film(pictures), seed))
        for frame, before, after in zip(pixels, pictures, covered, strict=True):
            frame[(before != after).any(-1), 3] = 0
        pictures = motion_blur(Film(covered), seed)
    else:
        raise ValueError(f"nothing is known of pictures in condition {condition!r}")
    for frame, picture, there in zip(pixels, pictures, within, strict=True):
        frame[..., :3] = picture[..., ::-1] * there
    return replace(batch, pixels=torch.from_numpy(pixels))


def truth_of(name: str, batch: SyntheticBatch, projection: Tensor, body: MeasuredBody) -> Recording:
    """The rows of a database but the features, in the camera frame of each crop's own ray.

    `projection`: (N, 3, 4), as Scenes has it.
    """
    rotmat, betas = batch.target.rotmat, batch.target.betas
    pelvis = body.body.joints_only(rotmat, betas)[:, :1]
    joints = body.joints_49(rotmat, betas) - pelvis
    place = torch.linalg.solve(projection[..., :3], projection[..., 3])  # (T, 3) from the camera
    shown = torch.cat([joints, torch.ones(*joints.shape[:2], 1)], 2) @ projection.transpose(1, 2)
    crop = shown[..., :2] / shown[..., 2:].clamp_min(0.05)
    pixels = (crop + 1) / 2 * CROP_PX
    side = CROP_PX / TARGET_SCALE
    box = torch.tensor([CROP_PX / 2, CROP_PX / 2, side, side]).repeat(len(joints), 1)
    return Recording(
        name,
        np.zeros((len(joints), 0), np.float32),
        axis_angle_from_rotmat(rotmat).flatten(1).numpy(),
        betas.numpy(),
        (joints + place[:, None]).numpy(),
        torch.cat([pixels, torch.ones(*pixels.shape[:2], 1)], dim=2).numpy(),
        box.numpy(),
    )


def photographed(
    studio: Studio, scenes: Iterable[tuple[Scene, str]], *, jobs: int = 1
) -> Iterator[dict[str, Recording]]:
    """Front end -> Recording of each (scene, condition), in their order, rendered in `jobs` processes.

    Their number changes nothing, to the bit, where torch has one thread.
    """
    if jobs == 1:
        photographer = Photographer(studio)
        try:
            for scene, condition in scenes:
                yield photographer.record(scene, condition)
        finally:
            photographer.release()
        return
    context = torch.multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(studio,))
    with pool, workers_end_too(pool):
        yield from pool.map(_take, scenes)


_studio: Studio | None = None
_photographer: Photographer | None = None
"""Of this process: a GL context cannot be sent to another."""


def _start(studio: Studio) -> None:
    global _studio
    _studio = studio
    prepare_to_share()


def _take(order: tuple[Scene, str]) -> dict[str, Recording]:
    global _photographer
    if _photographer is None:  # made here, not at the start, so that what it raises is told
        assert _studio is not None
        _photographer = Photographer(_studio)
    return _photographer.record(*order)
