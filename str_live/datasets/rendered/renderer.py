"""Pictures of synthetic people with their truth, from one process. See stream.py for several."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from str_live.body.skinning import Body, load_body
from str_live.datasets.motion import load_motion
from str_live.datasets.motion.split import clips_of
from str_live.datasets.rendered.atlas import Atlas
from str_live.datasets.rendered.dice import Dice
from str_live.datasets.rendered.figure import load_figure
from str_live.datasets.rendered.scenes import SceneConfig, Scenes, SceneSampler
from str_live.datasets.simulated.poses import PoseSampler
from str_live.datasets.target import Target
from str_live.files import FREE_BODY

PHOTOGRAPH_SIZE = (768, 512)
"""Pixels that background photographs are shrunk to."""


@dataclass(frozen=True, slots=True)
class RendererConfig:
    """What the pictures are like. Everything is picklable: it goes to the processes of a stream."""

    size: int = 224
    """Pixels, side of a picture."""
    tiles: int = 64
    """Pictures drawn at once; fewer where the graphics card's limits say so."""
    cell_m: float = 0.03
    """Body vertices closer than this become one, which a CPU that draws needs; 0 keeps all 12,308."""
    samples: int = 4
    """Of each pixel, against jagged edges; 0 for one."""
    shadows: bool = True
    """Whether people throw shadows."""
    backgrounds: Path | None = None
    """Folder of photographs without people (jpg, png); without it there are rooms and washes only."""
    scenes: SceneConfig = field(default_factory=SceneConfig)

    def quick(self) -> RendererConfig:
        """The same people for a processor that draws: coarser, with jagged edges, without shadows."""
        return replace(self, cell_m=0.04, samples=0, shadows=False)


@dataclass(frozen=True, slots=True)
class SyntheticBatch:
    """N pictures, as crops that the app would have cut, with their truth."""

    pixels: Tensor
    """(N, S, S, 4) uint8: red, green, blue, and the share of the pixel (0 to 255) that the person fills."""
    target: Target
    """Orientation and points relative to the crop's ray, as the app's regressor speaks of them."""
    inside: Tensor
    """(N, 21) bool: the landmark point lies within the camera's picture."""
    ray: Tensor
    """(N, 3, 3): ray @ target.rotmat[:, 0] is the orientation in the camera's frame."""

    @property
    def pictures(self) -> Tensor:
        """(N, S, S, 3) uint8 RGB, a view."""
        return self.pixels[..., :3]

    @property
    def masks(self) -> Tensor:
        """(N, S, S) uint8, a view: what is seen of the person."""
        return self.pixels[..., 3]


class Renderer:
    """Draws people and pictures of them. Owns a GL context: use and release it in one thread."""

    def __init__(self, config: RendererConfig, poses: PoseSampler, body: Body | None = None) -> None:
        self.config = config
        photographs = read_photographs(config.backgrounds)
        with torch.device("cpu"):  # whatever trains: what GL draws comes from here
            body = load_body(FREE_BODY) if body is None else body
        self._sampler = SceneSampler(config.scenes, poses, body, len(photographs))
        figure = load_figure(FREE_BODY, config.cell_m)
        self._atlas = Atlas(
            figure,
            photographs,
            size=config.size,
            tiles=config.tiles,
            samples=config.samples,
            shadows=config.shadows,
        )

    def render(self, batch: int, generator: torch.Generator) -> SyntheticBatch:
        """Single pictures of `batch` people; the generator alone decides what they show."""
        return self.render_sequence(batch, 1, generator)

    def render_sequence(self, sequences: int, frames: int, generator: torch.Generator) -> SyntheticBatch:
        """B * T pictures, sequence by sequence: one person, one light, one camera, 30 frames a second."""
        with torch.inference_mode(), torch.device("cpu"):
            return self._drawn(self._sampler.draw(sequences, frames, generator))[0]

    def film(
        self, rotmat: Tensor, betas: Tensor, camera: Tensor, generator: torch.Generator
    ) -> tuple[SyntheticBatch, Tensor]:
        """Pictures of known motion, shapes as in SceneSampler.film, and the (N, 3, 4) projection of each."""
        with torch.inference_mode(), torch.device("cpu"):
            return self._drawn(self._sampler.film(rotmat, betas, camera, Dice(generator, len(rotmat))))

    def _drawn(self, scenes: Scenes) -> tuple[SyntheticBatch, Tensor]:
        parts = [self._atlas.draw(part) for part in split(scenes, self._atlas.tiles)]
        pixels = torch.cat(parts) if len(parts) > 1 else parts[0]
        return SyntheticBatch(pixels, scenes.target, scenes.inside, scenes.ray), scenes.projection

    def release(self) -> None:
        """Free the GL context."""
        self._atlas.release()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def read_training_poses(motion: Path) -> PoseSampler:
    """The part of the free motion that is learnt from; a folder of motion files, or a cache of them.

    A folder takes some 20 s to read; `python -m str_live.datasets.motion` makes the cache.
    """
    learnt = clips_of(load_motion(motion), "train")
    with torch.device("cpu"):
        return PoseSampler.of_clips(learnt)


def split(scenes: Scenes, most: int) -> list[Scenes]:
    """The scenes in pieces of at most `most` pictures, each with its own numbering of pictures and people."""
    count = len(scenes.tiles)
    return (
        [scenes]
        if count <= most
        else [_piece(scenes, low, min(low + most, count)) for low in range(0, count, most)]
    )


def _piece(scenes: Scenes, low: int, high: int) -> Scenes:
    def within(numbers: Tensor) -> Tensor:
        return (numbers >= low) & (numbers < high)

    chosen = within(scenes.people[:, 0, 0])
    people = scenes.people[chosen].clone()
    people[:, 0, 0] -= low
    number = torch.cumsum(chosen, 0) - 1
    things = []
    for drawn in (scenes.boxes, scenes.flats):
        mine = drawn[within(drawn[:, 0, 3])].clone()
        mine[:, 0, 3] -= low
        things.append(mine)
    rows = [number[each[chosen[each]]].int() for each in (scenes.skirts.long(), scenes.long_hair.long())]
    here = slice(low, high)
    return Scenes(
        people,
        scenes.tiles[here],
        things[0],
        things[1],
        rows[0],
        rows[1],
        Target(*(part[here] for part in scenes.target)),
        scenes.inside[here],
        scenes.ray[here],
        scenes.projection[here],
    )


def read_photographs(folder: Path | None) -> np.ndarray:
    """(K, 512, 768, 3) uint8 RGB of all pictures in the folder; none without a folder."""
    if folder is None:
        return np.zeros((0, 8, 8, 3), np.uint8)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder; give the folder of background photographs, or none")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    pictures = [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in paths]
    shrunk = [
        cv2.resize(picture, PHOTOGRAPH_SIZE, interpolation=cv2.INTER_AREA)[..., ::-1]
        for picture in pictures
        if picture is not None
    ]
    return np.stack(shrunk) if shrunk else np.zeros((0, 8, 8, 3), np.uint8)
