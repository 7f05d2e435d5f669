"""Small renderers of simple poses; a skip that says why where there is no GL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
import torch
from train.synthetic.scene_material import Draw, MakeRenderer

from str_live.body import Body, load_body
from str_live.rotation import rotmat_from_axis_angle
from str_live.train.simulation.poses import PoseSampler
from str_live.train.synthetic.atlas import Atlas
from str_live.train.synthetic.figure import load_figure
from str_live.train.synthetic.renderer import FREE_BODY, Renderer, RendererConfig, read_photographs
from str_live.train.synthetic.scenes import Scenes


@pytest.fixture(scope="session")
def poses() -> PoseSampler:
    """People who stand with their arms down and sway."""
    generator = torch.Generator().manual_seed(0)
    turns = 0.15 * torch.randn(60, 24, 3, generator=generator)
    turns[:, 0] *= 0.2
    turns[:, 16, 2] -= 1.1
    turns[:, 17, 2] += 1.1
    return PoseSampler(rotmat_from_axis_angle(turns).numpy(), np.array([0, 30]))


@pytest.fixture(scope="session")
def body() -> Body:
    """The free body."""
    return load_body(FREE_BODY)


@pytest.fixture(scope="session")
def make_renderer(poses: PoseSampler, body: Body) -> Iterator[MakeRenderer]:
    """Gives the renderer of a configuration; they are built once and released at the end."""
    made: dict[RendererConfig, Renderer] = {}
    with ExitStack() as stack:

        def make(**values) -> Renderer:
            config = RendererConfig(**{"size": 64, "tiles": 8, "cell_m": 0.04, "samples": 0, **values})
            try:
                if config not in made:
                    made[config] = stack.enter_context(Renderer(config, poses, body))
            except RuntimeError as error:
                pytest.skip(str(error))
            return made[config]

        yield make


@pytest.fixture(scope="session")
def draw() -> Iterator[Draw]:
    """Draws given scenes, 96 pixels a picture."""
    with ExitStack() as stack:
        atlases: dict[bool, Atlas] = {}

        def draw_scenes(scenes: Scenes, *, shadows: bool = True) -> np.ndarray:
            nothing = read_photographs(None)
            try:
                if shadows not in atlases:
                    figure = load_figure(FREE_BODY, 0.03)
                    atlas = Atlas(figure, nothing, size=96, tiles=16, samples=0, shadows=shadows)
                    atlases[shadows] = stack.enter_context(atlas)
            except RuntimeError as error:
                pytest.skip(str(error))
            return atlases[shadows].draw(scenes).numpy()

        yield draw_scenes
